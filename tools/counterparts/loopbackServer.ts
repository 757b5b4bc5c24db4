import type { Server } from "node:http";
import type { Server as TlsServer } from "node:https";
import type { AddressInfo } from "node:net";

/** Listens at a free port of 127.0.0.1. @returns the port */
export async function listenOnLoopback(server: Server | TlsServer): Promise<number> {
  // A connection that idles is the client's to end: one that is closed just as it is used again fails a call that nobody has refused.
  server.keepAliveTimeout = 0;
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  return (server.address() as AddressInfo).port;
}

export const closeServer = (server: Server | TlsServer): Promise<void> =>
  new Promise((closed) => {
    server.close(() => {
      closed();
    });
    server.closeAllConnections();
  });
