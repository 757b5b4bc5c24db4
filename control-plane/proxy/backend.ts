import type { RangeTable } from "@palisade/neon/contract/ranges";
import type { ScramVerifier } from "../passwords/scram.js";
import type { DenyReason } from "./refusals.js";

/** What the proxy asks of the plane. All but `wake` and `settled` answer from memory: they are called for every connection, so a changed rule holds at once. */
export interface Backend {
  /** The rules of a compute; `id` is without `-pooler`. `undefined` when there is no such compute. */
  findRules: (id: string) => EndpointRules | undefined;
  /** `resourceGuid` of the accepted Azure private endpoint that a link id is of. */
  findLinkedEndpoint: (linkId: number) => LinkedEndpoint | undefined;
  /** Of a role on the compute's branch; `undefined` when there is none or it may not log in. */
  findVerifier: (endpointId: string, role: string) => ScramVerifier | undefined;
  /**
   * Starts the compute when it sleeps, once for all who wait. Called only after authentication.
   * Rejects with a WakeRefusal when the user must know why; any other rejection is the plane's fault, and logged.
   */
  wake: (endpointId: string, to: { readonly pooled: boolean; readonly database: string }) => Promise<Lease>;
  /**
   * Resolves to true once what the API was asked to do with the compute or its branch is done; to false where nothing was under way, and when
   * `late` comes first.
   */
  waitForOperations: (endpointId: string, late: AbortSignal) => Promise<boolean>;
  /** What takes the bytes that a client of temporary access sends; undefined for every other role. Absent where nothing is recorded. */
  openStatementTap?: (who: TemporarySession) => Promise<((bytes: Buffer) => boolean) | undefined>;
  /** Told of every decision: the access log. */
  onDecision: (entry: AccessLogEntry) => void;
  /** And of the end of every session that was admitted. */
  onSessionEnd: (entry: SessionEnd) => void;
}

export interface TemporarySession {
  readonly session: string;
  readonly projectId: string;
  readonly branchId: string;
  readonly role: string;
}

/** What Azure's load balancer calls by a number: an endpoint as one organisation has assigned it in one region. */
export interface LinkedEndpoint {
  readonly id: string;
  readonly owner: string;
}

/** Who may try to authenticate: contract/reachability.ts, ready for look-ups. Built by `buildEndpointRules`. */
export interface EndpointRules {
  readonly endpointId: string;
  readonly projectId: string;
  readonly branchId: string;
  /** What the salts of roles that are not there are made of. */
  readonly salts: string;
  readonly publicAddresses: RangeTable;
  readonly blockPublic: boolean;
  readonly blockVpc: boolean;
  readonly allowedVpcEndpoints: ReadonlySet<string>;
  /** Organisation and region: the same endpoint, as another organisation has assigned it, is no way in. */
  readonly owner: string;
  readonly disabled: boolean;
}

/** A compute that stays awake until it is released: the idle timer counts leases. */
export interface Lease {
  /** The Unix socket itself, not its directory: of Postgres, or of the compute's pooler. */
  readonly socketPath: string;
  readonly pooled: boolean;
  /** Called once, when the session has ended. */
  release: () => void;
}

/** Why a compute cannot start, in words for the user. */
export class WakeRefusal extends Error {}

export interface AccessLogEntry {
  /** RFC 3339, milliseconds. */
  readonly at: string;
  readonly action: "connect" | "cancel";
  readonly decision: "admitted" | "refused";
  /** With `refused`. */
  readonly reason?: DenyReason;
  /** Postgres' own words, or the plane's, where the reason alone does not tell what was wrong. */
  readonly detail?: string;
  readonly clientAddress: string;
  /** `public`, or the id of the VPC endpoint (AWS) or the resourceGuid of the private endpoint (Azure) it came through. */
  readonly via: string;
  /** Of the connection, to find its end by: a UUID. */
  readonly session: string;
  /** As far as the connection said. */
  readonly endpointId?: string;
  readonly role?: string;
  readonly database?: string;
  readonly applicationName?: string;
  /** Where there is such a compute. */
  readonly branchId?: string;
  readonly projectId?: string;
}

export interface SessionEnd extends Omit<AccessLogEntry, "action" | "decision" | "reason"> {
  /** Since it was admitted. */
  readonly durationMs: number;
  /** Of the protocol inside TLS, the login not counted. */
  readonly bytesFromClient: number;
  readonly bytesToClient: number;
}
