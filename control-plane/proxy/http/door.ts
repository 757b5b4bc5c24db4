import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { messageOf } from "@palisade/neon/contract/errors";
import { WebSocketServer } from "ws";
import { isOwnHost } from "../../hosts.js";
import type { Door, HttpDoor, Through } from "../door.js";
import type { Origin } from "../rules.js";
import { type Answered, answerStatements } from "./statements.js";
import { WebSocketStream } from "./webSocketStream.js";

/** From accept, or the last answer, until a request is whole; ours. Milliseconds. */
const REQUEST_MS = 15_000;
const MOST_HEADER_BYTES = 16_384;
/** Of one frame of a WebSocket; a client sends more in several. */
const MOST_FRAME_BYTES = 16 * 1024 * 1024;

export type Serve = (stream: Socket, through: Through) => Promise<void>;

/** @param serve what becomes of a WebSocket: a client of Postgres' protocol */
export function openHttpDoor(door: Omit<Door, "http">, serve: Serve): HttpDoor {
  const clients = new WeakMap<Duplex, Through>();
  const waiting = new Map<Duplex, NodeJS.Timeout>();
  const running = new Set<Promise<void>>();
  const webSockets = new WebSocketServer({ noServer: true, maxPayload: MOST_FRAME_BYTES, perMessageDeflate: false });

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
        door.log({ level: "error", event: "http-request-failed", error: messageOf(error) });
      })
      .finally(() => running.delete(told));
    running.add(told);
  };

  const server = createServer({ maxHeaderSize: MOST_HEADER_BYTES }, (request, response) => {
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
    const through = clients.get(socket);
    forget(socket);
    const isWanted = request.url?.split("?")[0] === "/v2" && through !== undefined && strangerIn(request) === undefined;
    if (!isWanted) {
      socket.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n");
      return;
    }
    webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      track(serve(new WebSocketStream(webSocket) as unknown as Socket, through));
    });
  });

  async function answer(request: IncomingMessage, response: ServerResponse, origin: Origin | undefined): Promise<void> {
    const { status, body } = await answered(request, response, origin);
    const text = body && JSON.stringify(body);
    response.writeHead(status, text === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
    response.end(text);
  }

  async function answered(request: IncomingMessage, response: ServerResponse, origin: Origin | undefined): Promise<Answered> {
    const stranger = strangerIn(request);
    if (origin === undefined || stranger !== undefined)
      return { status: 403, body: { message: `${stranger || "This page"} is not served here` } };
    allowOrigin(request, response);
    if (request.url?.split("?")[0] !== "/sql") return { status: 404, body: { message: "There are /sql and, for WebSockets, /v2" } };
    if (request.method === "OPTIONS") return { status: 204 };
    if (request.method !== "POST") return { status: 405, body: { message: "Statements are sent by POST" } };
    return answerStatements(door, origin, request, response);
  }

  return {
    take: (socket, through) => {
      clients.set(socket, through);
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

/** A host or an origin that is not of this machine. */
function strangerIn({ headers }: IncomingMessage): string | undefined {
  const { host = "", origin } = headers;
  return [host, ...(origin === undefined ? [] : [hostOf(origin)])].find((one) => !isOwnHost(one));
}

const hostOf = (origin: string): string => (URL.canParse(origin) ? new URL(origin).host : "");
