import type { Socket } from "node:net";
import type { SecureContext } from "node:tls";
import type { PlaneLogLine } from "@palisade/neon/contract/plane";
import type { Backend, EndpointRules } from "./backend.js";
import type { CancelKeys } from "./cancelKeys.js";
import type { LeakyBuckets, Limits } from "./limits.js";
import type { Origin } from "./rules.js";
import type { PrewarmedConnections } from "./prewarmedConnections.js";

/** What all connections of one proxy share. */
export interface ProxyContext {
  readonly backend: Backend;
  /** As of now: certificates are renewed while the proxy runs. */
  readonly tls: { readonly context: SecureContext; readonly endPoint: Buffer | undefined };
  readonly domain: string;
  readonly limits: Limits;
  readonly connections: LeakyBuckets;
  readonly cancels: LeakyBuckets;
  readonly wrongPasswords: LeakyBuckets;
  readonly cancelKeys: CancelKeys;
  readonly prewarmed: PrewarmedConnections;
  /** Keeps the salts of roles that do not exist. */
  readonly secret: Buffer;
  /** Sessions that were admitted, and where: what is deleted ends with its sessions. */
  readonly liveSessions: Map<{ destroy(): unknown }, LiveSession>;
  readonly http: HttpService;
  readonly log: (line: PlaneLogLine) => void;
}

/** Where a session is, and whose. */
export interface LiveSession {
  readonly rules: EndpointRules;
  readonly role: string;
}

/** Where a connection came in: on the public port, where private endpoints do, or through one that is known already. */
export type ConnectionSource = "public" | "private" | TlsClient;

/** What is known of a client that comes through a WebSocket, inside of TLS already. Its password comes in clear. */
export interface TlsClient {
  readonly origin: Origin;
  /** The name that it asked for in TLS. */
  readonly sni: string | undefined;
}

/** What the proxy does with clients that speak HTTP inside TLS: `POST /sql`, and WebSockets that carry Postgres' own protocol at `/v2`. */
export interface HttpService {
  /** Takes over a connection of which nothing was read. */
  take: (socket: Socket, tlsClient: TlsClient) => void;
  /** Resolves when the requests under way have been answered. */
  close: () => Promise<void>;
}
