import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { createSecureContext } from "node:tls";
import { messageOf } from "@palisade/neon/contract/errors";
import type { PlaneLogLine } from "@palisade/neon/contract/plane";
import type { ClientListener, Listener } from "../listen/clients.js";
import type { Backend, EndpointRules } from "./backend.js";
import { CancelKeys } from "./cancelKeys.js";
import { endPointOf } from "./channelBinding.js";
import { serve } from "./connection.js";
import type { Door, Entrance } from "./door.js";
import { openHttpDoor } from "./http/door.js";
import { Buckets, LIMITS, type Limits } from "./limits.js";
import { Spares } from "./spares.js";

export interface ProxyOptions {
  readonly listener: ClientListener;
  /** Where private endpoints come in: every connection there begins with a PROXY v2 header, and none elsewhere may. Default: nowhere. */
  readonly privateListener?: Listener | undefined;
  readonly backend: Backend;
  readonly tls: Certificate;
  /** Computes are `<id>.<domain>`; such as db.localhost. */
  readonly domain: string;
  /** Signs the made-up salts of unknown roles. Give the same at every start: salts that change tell which role exists. Default: random. */
  readonly secret?: Buffer;
  /** Default: those of Neon's proxy. */
  readonly limits?: Partial<Limits>;
  readonly log: (line: PlaneLogLine) => void;
}

/** PEM: the private key, and the certificate with its chain. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

export interface Proxy {
  /** An IP address. */
  readonly address: string;
  readonly port: number;
  /** Of each compute that has any: how many sessions are open. */
  sessions: () => { projectId: string; endpointId: string; count: number }[];
  /** For connections from now on; open ones keep theirs. */
  reloadCertificate: (certificate: Certificate) => void;
  /** Ends the open sessions among those in this project, branch or compute whose compute is there no more, or is disabled. */
  endSessions: (id: string) => void;
  /** Accepts no more, gives open sessions five seconds, then cuts them off. */
  stop: () => Promise<void>;
}

/** Opens the front door of all computes behind a port that listens. */
export function startProxy(options: ProxyOptions): Proxy {
  const limits: Limits = { ...LIMITS, ...options.limits };
  const common: { -readonly [K in keyof Omit<Door, "http">]: Door[K] } = {
    ...{ backend: options.backend, domain: options.domain, log: options.log, limits },
    tls: tlsOf(options.tls),
    connections: new Buckets(limits.connections),
    cancels: new Buckets(limits.cancels),
    wrongPasswords: new Buckets(limits.wrongPasswords),
    cancelKeys: new CancelKeys(),
    spares: new Spares(),
    secret: options.secret ?? randomBytes(32),
    live: new Map(),
  };
  const door: Door = Object.assign(common, {
    http: openHttpDoor(common, (stream, through) => serve(stream, door, () => undefined, through)),
  });
  /** Every open connection, and whether it is past the door. */
  const open = new Map<Socket, boolean>();
  /** Not over before the access log has been told. */
  const sessions = new Set<Promise<void>>();
  const { listener, privateListener } = options;
  const { address, port } = listener;
  const take = (entrance: Entrance) => (socket: Socket) => {
    open.set(socket, false);
    socket.on("close", () => open.delete(socket));
    const admitted = () => {
      open.set(socket, true);
      sessions.add(visit);
    };
    const visit = serve(socket, door, admitted, entrance)
      .catch((error: unknown) => {
        socket.destroy();
        options.log({ level: "error", event: "connection-failed", error: messageOf(error) });
      })
      .finally(() => sessions.delete(visit));
  };
  const failed = (error: Error) => {
    options.log({ level: "error", event: "proxy-accept-failed", error: error.message });
  };
  listener.serve(take("public"), failed);
  privateListener?.serve(take("private"), failed);

  let stopped: Promise<unknown> | undefined;
  const stop = async () => {
    const closed = Promise.all([listener.close(), privateListener?.close()]);
    for (const [socket, isSession] of open) if (!isSession) socket.destroy();
    const cut = setTimeout(() => {
      for (const socket of open.keys()) socket.destroy();
    }, limits.drainMs);
    await Promise.all([closed, door.http.close()]);
    clearTimeout(cut);
    await Promise.all(sessions);
    door.spares.close();
  };
  return {
    ...{ address, port },
    sessions: () => sessionsIn(door.live),
    reloadCertificate: (certificate) => {
      common.tls = tlsOf(certificate);
    },
    endSessions: (id) => {
      for (const [session, where] of door.live)
        if ([where.projectId, where.branchId, where.endpointId].includes(id) && isOver(options.backend, where)) session.destroy();
    },
    stop: async () => {
      await (stopped ??= stop());
    },
  };
}

function isOver({ endpoint }: Backend, { endpointId }: EndpointRules): boolean {
  const now = endpoint(endpointId);
  return now === undefined || now.disabled;
}

function sessionsIn(live: Door["live"]): ReturnType<Proxy["sessions"]> {
  const found = new Map<string, { projectId: string; endpointId: string; count: number }>();
  for (const { projectId, endpointId } of live.values())
    found.set(endpointId, { projectId, endpointId, count: (found.get(endpointId)?.count ?? 0) + 1 });
  return [...found.values()];
}

const tlsOf = ({ key, cert }: Certificate): Door["tls"] => ({
  context: createSecureContext({ key, cert, minVersion: "TLSv1.2" }),
  endPoint: endPointOf(cert),
});
