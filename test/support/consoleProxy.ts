import { once } from "node:events";
import { createServer, request } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { createAuthority, createServerCertificate } from "../../control-plane/pki/issue.js";

/** Where Neon's clients go that can be told no other address. */
const CONSOLE = "console.neon.tech";

/**
 * What a client takes for its HTTPS_PROXY: its calls of Neon's API end here and go to the plane, everything else is refused.
 * `authority` is the certificate (PEM) that the client is to trust for it.
 * @param apiUrl of the plane, with `/api/v2`
 */
export async function consoleProxy(apiUrl: string): Promise<{ url: string; authority: string; close: () => Promise<void> }> {
  const { origin } = new URL(apiUrl);
  const day = 86_400_000;
  const period = { notBefore: new Date(Date.now() - day), notAfter: new Date(Date.now() + day) };
  const authority = await createAuthority(period);
  const { key, cert } = await createServerCertificate(authority, [CONSOLE], period);
  const console = createTlsServer({ key, cert }, (incoming, outgoing) => {
    const { host: _console, ...headers } = incoming.headers;
    const call = request(`${origin}${incoming.url ?? ""}`, { method: incoming.method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    call.on("error", () => outgoing.destroy());
    incoming.pipe(call);
  });
  const tunnels = createServer((_, outgoing) => outgoing.writeHead(403).end());
  tunnels.on("connect", ({ url }, socket) => {
    if (url !== `${CONSOLE}:443`) {
      socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
      return;
    }
    socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
    console.emit("connection", socket);
  });
  tunnels.listen(0, "127.0.0.1");
  await once(tunnels, "listening");
  return {
    url: `http://127.0.0.1:${(tunnels.address() as AddressInfo).port}`,
    authority: authority.cert,
    close: async () => {
      console.closeAllConnections();
      tunnels.close();
      tunnels.closeAllConnections();
      await once(tunnels, "close");
    },
  };
}
