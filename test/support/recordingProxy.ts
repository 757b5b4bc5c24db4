import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";

/** A way to a plane that tells of what went along it. */
export interface RecordingProxy {
  /** With `/api/v2`, as programs are configured with it. */
  readonly apiUrl: string;
  close: () => Promise<void>;
}

/** What is told of a call; paths begin below /api/v2. */
export interface Call {
  readonly method: string;
  readonly path: string;
}

/**
 * @param apiUrl of the plane
 * @param before is waited for before a call goes on @param after is told of each that was answered without an error, before its caller is
 */
export async function recordCalls(
  apiUrl: string,
  { before, after }: { before: (call: Call) => Promise<void>; after: (call: Call) => void },
): Promise<RecordingProxy> {
  const { origin, pathname } = new URL(apiUrl);
  const server = createServer((incoming, outgoing) => {
    const { method = "GET", url = "/", headers } = incoming;
    const told = { method, path: url.slice(pathname.length) };
    void before(told).then(() => {
      const call = request(`${origin}${url}`, { method, headers }, (answer) => {
        const status = answer.statusCode ?? 502;
        if (status < 300) after(told);
        outgoing.writeHead(status, answer.headers);
        answer.pipe(outgoing);
      });
      call.on("error", () => outgoing.destroy());
      incoming.pipe(call);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}${pathname}`,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
