import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { formatErrorMessage } from "@palisade/neon/contract/errors";
import { WebSocketServer } from "ws";
import { isOwnHost } from "../../hosts.js";
import type { ProxyContext, HttpService, TlsClient } from "../proxyContext.js";
import type { Origin } from "../rules.js";
import { type HttpAnswer, answerStatements } from "./statements.js";
import { WebSocketStream } from "./webSocketStream.js";

/** From accept, or the last answer, until a request is whole; ours. Milliseconds. */
const REQUEST_MS = 15_000;
const MAX_HEADER_BYTES = 16_384;
/** Of one frame of a WebSocket; a client sends more in several. */
const MAX_FRAME_BYTES = 16 * 1024 * 1024;

export type ServeConnection = (stream: Socket, tlsClient: TlsClient) => Promise<void>;

/** @param serve what becomes of a WebSocket: a client of Postgres' protocol */
export function startHttpService(proxy: Omit<ProxyContext, "http">, serve: ServeConnection): HttpService {
  const clients = new WeakMap<Duplex, TlsClient>();
  const waiting = new Map<Duplex, NodeJS.Timeout>();
  const running = new Set<Promise<void>>();
  const webSockets = new WebSocketServer({ noServer: true, maxPayload: MAX_FRAME_BYTES, perMessageDeflate: false });

  const expect = (socket: Duplex) => {
    clearTimeout(waiting.get(socket));
    waiting.set(
      socket,
      setTimeout(() => socket.destroy(), REQUEST_MS),
    );
  };
  const forget = (socket: Duplex) => {
    clearTimeout(waiting.get(socket));
    waiting.delete(socket);
  };
  const track = (work: Promise<void>) => {
    const told = work
      .catch((error: unknown) => {
        proxy.log({ level: "error", event: "http-request-failed", error: formatErrorMessage(error) });
      })
      .finally(() => running.delete(told));
    running.add(told);
  };

  const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES }, (request, response) => {
    const { socket } = request;
    request.once("end", () => {
      forget(socket);
    });
    response.once("close", () => {
      if (!socket.destroyed) expect(socket);
    });
    track(answer(request, response, clients.get(socket)?.origin));
  });
  server.on("upgrade", (request, socket, head) => {
    const tlsClient = clients.get(socket);
    forget(socket);
    const isWanted = request.url?.split("?")[0] === "/v2" && tlsClient !== undefined && findForeignHost(request) === undefined;
    if (!isWanted) {
      socket.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n");
      return;
    }
    webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      track(serve(new WebSocketStream(webSocket) as unknown as Socket, tlsClient));
    });
  });

  async function answer(request: IncomingMessage, response: ServerResponse, origin: Origin | undefined): Promise<void> {
    const { status, body } = await computeAnswer(request, response, origin);
    const text = body && JSON.stringify(body);
    response.writeHead(status, text === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
    response.end(text);
  }

  async function computeAnswer(request: IncomingMessage, response: ServerResponse, origin: Origin | undefined): Promise<HttpAnswer> {
    const foreignHost = findForeignHost(request);
    if (origin === undefined || foreignHost !== undefined)
      return { status: 403, body: { message: `${foreignHost || "This page"} is not served here` } };
    allowOrigin(request, response);
    if (request.url?.split("?")[0] !== "/sql") return { status: 404, body: { message: "There are /sql and, for WebSockets, /v2" } };
    if (request.method === "OPTIONS") return { status: 204 };
    if (request.method !== "POST") return { status: 405, body: { message: "Statements are sent by POST" } };
    return answerStatements(proxy, origin, request, response);
  }

  return {
    take: (socket, tlsClient) => {
      clients.set(socket, tlsClient);
      socket.once("close", () => {
        forget(socket);
      });
      expect(socket);
      server.emit("connection", socket);
    },
    close: async () => {
      for (const socket of waiting.keys()) socket.destroy();
      await Promise.all(running);
    },
  };
}

/** Pages of this machine alone may ask from a browser. */
function allowOrigin({ headers }: IncomingMessage, response: ServerResponse): void {
  if (headers.origin === undefined) return;
  response.setHeader("access-control-allow-origin", headers.origin);
  response.setHeader("vary", "origin");
  response.setHeader("access-control-allow-methods", "POST, OPTIONS");
  response.setHeader("access-control-allow-headers", headers["access-control-request-headers"] ?? "content-type");
}

/** A host or an origin that does not belong to this machine. */
function findForeignHost({ headers }: IncomingMessage): string | undefined {
  const { host = "", origin } = headers;
  return [host, ...(origin === undefined ? [] : [parseHost(origin)])].find((one) => !isOwnHost(one));
}

const parseHost = (origin: string): string => (URL.canParse(origin) ? new URL(origin).host : "");
