import { chmod, mkdtemp, rm } from "node:fs/promises";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PalisadeError } from "@palisade/neon/contract/errors";

/** Takes connections before anything is loaded that can speak with them: they wait. */
export interface Listener {
  /** Gives it what waits, and what comes. */
  serve: (take: (socket: Socket) => void, failed: (error: Error) => void) => void;
  /** Accepts no more; resolves when every connection is closed. Those that nobody has taken are cut off. */
  close: () => Promise<void>;
}

/** The open port of the proxy. */
export interface ClientListener extends Listener {
  /** An IP address. */
  readonly address: string;
  readonly port: number;
}

/** Where private endpoints come in: a socket that only the plane's own user may enter. Whoever can do that says which endpoint it is. */
export interface PrivateListener extends Listener {
  /** Of the socket. */
  readonly path: string;
}

/** Detects peers that have vanished silently. */
const KEEP_ALIVE_MS = 60_000;

/** Throws PAL_PORT_TAKEN. @param port 0 = any free one */
export async function listenForClients(bind: string, port: number): Promise<ClientListener> {
  const { server, listener } = createListener();
  server.listen(port, bind);
  await once(server, "listening").catch((error: unknown) => {
    throw (error as NodeJS.ErrnoException).code === "EADDRINUSE" ? new PalisadeError("PAL_PORT_TAKEN", `${bind}:${port}`) : error;
  });
  const { address, port: at } = server.address() as AddressInfo;
  return { ...listener, address, port: at };
}

/**
 * On a socket in a new folder (0700). Never on a port: what runs in a tenant's Postgres reaches every port of this machine, whatever address it
 * is bound to.
 */
export async function listenForPrivateEndpoints(): Promise<PrivateListener> {
  const { server, listener } = createListener();
  // Short, because the path of a socket holds 107 bytes at most.
  const folder = await mkdtemp(join(tmpdir(), "palisade-private-"));
  const path = join(folder, "endpoints");
  server.listen(path);
  await once(server, "listening");
  await chmod(path, 0o600);
  return {
    ...listener,
    path,
    close: async () => {
      await listener.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function createListener(): { server: Server; listener: Listener } {
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
  const listener: Listener = {
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
  return { server, listener };
}

const ignore = (): void => undefined;
