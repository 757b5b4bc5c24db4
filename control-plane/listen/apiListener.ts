import { randomUUID } from "node:crypto";
import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { PalisadeError } from "@palisade/neon/contract/errors";

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** The open port of the API. It takes calls before anything is loaded that can answer them: they wait. */
export interface ApiListener {
  /** `http://127.0.0.1:4400` */
  readonly origin: string;
  /** Answers what waits, and what comes. */
  serve: (handler: Handler) => void;
  /** Accepts no more and cuts off what is open. */
  close: () => Promise<void>;
}

/** As fastify has it: longer than what proxies in between keep a connection. Milliseconds. */
const KEEP_ALIVE_MS = 72_000;

/** On every address that `bind` means. Throws PAL_PORT_TAKEN. */
export async function listenForCalls(bind: string, port: number): Promise<ApiListener> {
  let answer: Handler | undefined;
  let waiting: [IncomingMessage, ServerResponse][] = [];
  const open = async (host: string, at: number): Promise<Server> => {
    const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
      if (answer) answer(request, response);
      else waiting.push([request, response]);
    });
    server.on("clientError", (_error, socket) => {
      if (socket.writable) socket.end(buildBadRequest(randomUUID()));
      else socket.destroy();
    });
    server.listen({ host, port: at });
    await once(server, "listening");
    return server;
  };
  const first = await open(bind, port).catch((error: unknown) => {
    throw (error as NodeJS.ErrnoException).code === "EADDRINUSE" ? new PalisadeError("PAL_PORT_TAKEN", `${bind}:${port}`) : error;
  });
  const { address, family, port: at } = first.address() as AddressInfo;
  const others = bind === "localhost" ? await lookup(bind, { all: true }).catch(() => []) : [];
  const more = others.filter((other) => other.address !== address).map((other) => open(other.address, at).catch(() => undefined));
  const servers = [first, ...(await Promise.all(more)).filter((server) => server !== undefined)];
  return {
    origin: `http://${family === "IPv6" ? `[${address}]` : address}:${at}`,
    serve: (handler) => {
      answer = handler;
      for (const [request, response] of waiting) handler(request, response);
      waiting = [];
    },
    close: async () => {
      const closed = servers.map((server) => new Promise((done) => server.close(done)));
      for (const server of servers) server.closeAllConnections();
      await Promise.all(closed);
    },
  };
}

/** The whole answer to bytes that are no HTTP. */
function buildBadRequest(id: string): string {
  const body = JSON.stringify({ request_id: id, code: "", message: "request is not valid HTTP" });
  const headers = [
    "content-type: application/json",
    `content-length: ${body.length}`,
    `x-request-id: ${id}`,
    `x-neon-ret-request-id: ${id}`,
  ];
  return ["HTTP/1.1 400 Bad Request", ...headers, "connection: close", "", body].join("\r\n");
}
