import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** How one request is answered: by status, headers and body, or by cutting the connection before or after the request was read. */
export type Answer = { status?: number; headers?: Record<string, string>; body?: unknown; text?: string } | "cut";

export interface HttpDouble {
  url: string;
  /** `GET /x`, in order of arrival, with the headers and the body that came. */
  requests: { line: string; headers: IncomingMessage["headers"]; body: string }[];
  close: () => Promise<void>;
}

/** A scripted HTTP server on loopback: the nth request gets the nth answer, the last one for ever. */
export async function httpDouble(answers: readonly Answer[]): Promise<HttpDouble> {
  const requests: HttpDouble["requests"] = [];
  const server: Server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      requests.push({ line: `${request.method ?? ""} ${request.url ?? ""}`, headers: request.headers, body });
      give(response, answers[Math.min(requests.length, answers.length) - 1] ?? "cut");
    });
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((closed) => {
        server.close(() => {
          closed();
        });
        server.closeAllConnections();
      }),
  };
}

function give(response: ServerResponse, answer: Answer): void {
  if (answer === "cut") {
    response.socket?.destroy();
    return;
  }
  const { status = 200, headers = {}, body, text } = answer;
  response.writeHead(status, { "content-type": "application/json", "x-request-id": "req-1", ...headers });
  response.end(text ?? JSON.stringify(body ?? {}));
}
