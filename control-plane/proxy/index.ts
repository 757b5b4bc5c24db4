import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { createSecureContext } from "node:tls";
import { formatErrorMessage } from "@palisade/neon/contract/errors";
import type { PlaneLogLine } from "@palisade/neon/contract/plane";
import type { ClientListener, Listener } from "../listen/clientListeners.js";
import type { Backend, EndpointRules } from "./backend.js";
import { CancelKeys } from "./cancelKeys.js";
import { computeServerEndPoint } from "./channelBinding.js";
import { serveClient } from "./clientConnection.js";
import type { ProxyContext, ConnectionSource } from "./proxyContext.js";
import { startHttpService } from "./http/httpService.js";
import { LeakyBuckets, LIMITS, type Limits } from "./limits.js";
import { PrewarmedConnections } from "./prewarmedConnections.js";

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
  listSessions: () => { projectId: string; endpointId: string; count: number }[];
  /** For connections from now on; open ones keep theirs. */
  reloadCertificate: (certificate: Certificate) => void;
  /** Ends the open sessions among those in this project, branch or compute whose compute is there no more, or is disabled. */
  endSessions: (id: string) => void;
  /** Ends the open sessions of a role. */
  endRoleSessions: (branchId: string, role: string) => void;
  /** Accepts no more, gives open sessions five seconds, then cuts them off. */
  stop: () => Promise<void>;
}

/** Starts the proxy of all computes on a port that already listens. */
export function startProxy(options: ProxyOptions): Proxy {
  const limits: Limits = { ...LIMITS, ...options.limits };
  const common: { -readonly [K in keyof Omit<ProxyContext, "http">]: ProxyContext[K] } = {
    backend: options.backend,
    domain: options.domain,
    log: options.log,
    limits,
    tls: buildTls(options.tls),
    connections: new LeakyBuckets(limits.connections),
    cancels: new LeakyBuckets(limits.cancels),
    wrongPasswords: new LeakyBuckets(limits.wrongPasswords),
    cancelKeys: new CancelKeys(),
    prewarmed: new PrewarmedConnections(),
    secret: options.secret ?? randomBytes(32),
    liveSessions: new Map(),
  };
  const proxy: ProxyContext = Object.assign(common, {
    http: startHttpService(common, (stream, tlsClient) => serveClient(stream, proxy, () => undefined, tlsClient)),
  });
  /** Every open connection, and whether it was admitted. */
  const open = new Map<Socket, boolean>();
  /** Not over before the access log has been told. */
  const sessions = new Set<Promise<void>>();
  const { listener, privateListener } = options;
  const { address, port } = listener;
  const take = (source: ConnectionSource) => (socket: Socket) => {
    open.set(socket, false);
    socket.on("close", () => open.delete(socket));
    const admitted = () => {
      open.set(socket, true);
      sessions.add(connection);
    };
    const connection = serveClient(socket, proxy, admitted, source)
      .catch((error: unknown) => {
        socket.destroy();
        options.log({ level: "error", event: "connection-failed", error: formatErrorMessage(error) });
      })
      .finally(() => sessions.delete(connection));
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
    await Promise.all([closed, proxy.http.close()]);
    clearTimeout(cut);
    await Promise.all(sessions);
    proxy.prewarmed.close();
  };
  return {
    address,
    port,
    listSessions: () => countSessions(proxy.liveSessions),
    reloadCertificate: (certificate) => {
      common.tls = buildTls(certificate);
    },
    endSessions: (id) => {
      for (const [session, { rules: where }] of proxy.liveSessions)
        if ([where.projectId, where.branchId, where.endpointId].includes(id) && isUnavailable(options.backend, where)) session.destroy();
    },
    endRoleSessions: (branchId, role) => {
      for (const [session, live] of proxy.liveSessions) if (live.rules.branchId === branchId && live.role === role) session.destroy();
    },
    stop: async () => {
      await (stopped ??= stop());
    },
  };
}

function isUnavailable({ findRules: endpoint }: Backend, { endpointId }: EndpointRules): boolean {
  const now = endpoint(endpointId);
  return now === undefined || now.disabled;
}

function countSessions(live: ProxyContext["liveSessions"]): ReturnType<Proxy["listSessions"]> {
  const found = new Map<string, { projectId: string; endpointId: string; count: number }>();
  for (const {
    rules: { projectId, endpointId },
  } of live.values())
    found.set(endpointId, { projectId, endpointId, count: (found.get(endpointId)?.count ?? 0) + 1 });
  return [...found.values()];
}

const buildTls = ({ key, cert }: Certificate): ProxyContext["tls"] => ({
  context: createSecureContext({ key, cert, minVersion: "TLSv1.2" }),
  endPoint: computeServerEndPoint(cert),
});
