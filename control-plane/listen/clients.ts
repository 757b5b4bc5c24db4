import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { PalisadeError } from "@palisade/neon/contract/errors";

/** The open port of the proxy. It takes connections before anything is loaded that can speak with them: they wait. */
export interface ClientListener {
  /** An IP address. */
  readonly address: string;
  readonly port: number;
  /** Gives it what waits, and what comes. */
  serve: (take: (socket: Socket) => void, failed: (error: Error) => void) => void;
  /** Accepts no more; resolves when every connection is closed. Those that nobody has taken are cut off. */
  close: () => Promise<void>;
}

/** Finds peers that have vanished without a word. */
const KEEP_ALIVE_MS = 60_000;

/** Throws PAL_PORT_TAKEN. @param port 0 = any free one */
export async function listenForClients(bind: string, port: number): Promise<ClientListener> {
  let take: ((socket: Socket) => void) | undefined;
  const waiting = new Set<Socket>();
  const server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS }, (socket) => {
    if (take) {
      take(socket);
      return;
    }
    waiting.add(socket);
    socket.on("error", ignore).once("close", () => waiting.delete(socket));
  });
  server.listen(port, bind);
  await once(server, "listening").catch((error: unknown) => {
    throw (error as NodeJS.ErrnoException).code === "EADDRINUSE" ? new PalisadeError("PAL_PORT_TAKEN", `${bind}:${port}`) : error;
  });
  const { address, port: at } = server.address() as AddressInfo;
  return {
    ...{ address, port: at },
    serve: (taken, failed) => {
      take = taken;
      server.on("error", failed);
      for (const socket of waiting) taken(socket);
      waiting.clear();
    },
    close: async () => {
      const closed = new Promise((done) => server.close(done));
      for (const socket of waiting) socket.destroy();
      await closed;
    },
  };
}

const ignore = (): void => undefined;
