import { createServer } from "node:http";
import { closeServer, listenOnLoopback } from "../loopbackServer.js";

/** A double of Azure's managed identity of an app: the unmodified credential chain takes its tokens. */
export interface ManagedIdentity {
  /** What a process that has the identity finds in its environment. */
  readonly environment: Readonly<Record<"IDENTITY_ENDPOINT" | "IDENTITY_HEADER", string>>;
  close: () => Promise<void>;
}

const SECONDS = 86_400;

/** @param token that every caller with the header gets, for any resource */
export async function startManagedIdentity(token: string): Promise<ManagedIdentity> {
  const header = "double";
  const server = createServer((request, response) => {
    const isOurs = request.headers["x-identity-header"] === header;
    const resource = new URL(request.url ?? "/", "http://identity").searchParams.get("resource");
    const expires = Math.floor(Date.now() / 1_000) + SECONDS;
    response
      .writeHead(isOurs ? 200 : 401, { "content-type": "application/json" })
      .end(JSON.stringify(isOurs ? { access_token: token, expires_on: String(expires), resource, token_type: "Bearer" } : {}));
  });
  const port = await listenOnLoopback(server);
  return {
    environment: { IDENTITY_ENDPOINT: `http://127.0.0.1:${port}/msi/token`, IDENTITY_HEADER: header },
    close: () => closeServer(server),
  };
}
