import type { AllowedSink } from "./auditSinks.js";

/** What the command needs of the embedded control plane, so that it can be absent. */
export interface PlaneOptions {
  /** 0 = any free port. */
  apiPort: number;
  /** 0 = any free port. */
  proxyPort: number;
  /** A loopback address. */
  bind: string;
  /** Created with mode 0700 when missing; reopened with the same key and organisation. */
  dataDirectory: string;
  plan: PlanName;
  /** Path of a YAML file that describes a ready-made world; read when the data directory is new. */
  seedFile?: string | undefined;
  /** Path of a file that is served under /.well-known/security.txt; `security.txt` of the data directory, if there is one, when omitted. */
  securityTxtFile?: string | undefined;
  hosts: "auto" | "sni" | "universal";
  rateLimits: "off" | "neon";
  /** How long each operation takes, in milliseconds. */
  operationTimeMs: number;
  /** `postgres` (default): computes really run. `records`: they are rows only, for tests of the API. */
  computes?: "postgres" | "records" | undefined;
  /**
   * Keys of AWS KMS and Azure Key Vault that the plane's own identity in these clouds may use for an organisation: the id of the organisation, and
   * an ARN or `https://NAME.vault.azure.net/keys/NAME`. Default: none.
   */
  allowedKeys?: readonly { readonly organization: string; readonly key: string }[] | undefined;
  /** Where exports of the audit may go besides webhooks at public addresses, for an organisation or the plane's own stream. Default: nowhere. */
  allowedSinks?: readonly AllowedSink[] | undefined;
  /** Of tests, in the plane's own process: how doubles of key services are reached (`KeyClients` of the plane). */
  keyClients?: object | undefined;
  /** Of tests: how doubles of clouds are reached by exports of the audit (`s3`, `blob` and `nameServers` of the plane's `SinkContext`), as JSON. */
  exportClients?: object | undefined;
  /**
   * Proves who signed a text as an approval of temporary access (`ssh-keygen -Y verify`, namespace of contract/temporaryAccess.ts). `signer` is the name in the
   * operator's list of approvers, `isAlso` those of `others` by which the list has the same key. Default: nobody may approve.
   */
  verifyApproval?:
    | ((
        text: string,
        signature: string,
        others: readonly string[],
      ) => Promise<{ readonly signer: string; readonly isAlso: readonly string[] } | { readonly why: string }>)
    | undefined;
  /** What is sealed while no compute uses it: everything, or (default) the data of projects that have a key of their own. */
  seal?: "all" | "keyed" | undefined;
  /** Opens `/x-palisade/test/...` (faults, clock, call counts). For tests only. */
  testHooks?: boolean | undefined;
  /** One line of the plane's log: an object without secrets. */
  log: (line: PlaneLogLine) => void;
}

export const PLANS = ["free", "launch", "scale"] as const;
export type PlanName = (typeof PLANS)[number];

export interface PlaneLogLine {
  level: "info" | "warn" | "error";
  event: string;
  [detail: string]: unknown;
}

/**
 * A connection was admitted or refused; a cancel request counts as one. A flood of refusals is told in part, the rest by their number in
 * `{ event: "refusals-not-shown", refusals }`. Fields are only added while `version` stays.
 */
export interface PlaneAccessLine extends PlaneLogLine {
  event: "access";
  version: 1;
  /** RFC 3339, milliseconds. */
  at: string;
  action: "connect" | "cancel";
  decision: "admitted" | "refused";
  /** With `refused`: a name that does not change, and what it means. */
  reason?: string | undefined;
  why?: string | undefined;
  /** What Postgres said, where it refused. */
  detail?: string | undefined;
  clientAddress: string;
  /** `public`, or the private endpoint that it came through. */
  via: string;
  /** UUID of the connection, as in the access log. */
  session: string;
  /** As far as the connection said who it is and what it wants. */
  endpointId?: string | undefined;
  role?: string | undefined;
  database?: string | undefined;
  applicationName?: string | undefined;
  /** Where there is such a compute. */
  branchId?: string | undefined;
  branchName?: string | undefined;
  projectId?: string | undefined;
  projectName?: string | undefined;
}

/** The first line of `palisade dev --output json`. `proxyPort`, `rootCert` and `privateSocket` are null where the plane has no proxy. */
export interface PlaneReady {
  event: "ready";
  apiUrl: string;
  /** A personal key of an administrator of `orgId`. */
  apiKey: string;
  orgId: string;
  proxyHost: string;
  proxyPort: number | null;
  rootCert: string | null;
  /**
   * Path of the socket where private endpoints come in, as a cloud's load balancer would bring them: a PROXY v2 header that says which one it is,
   * and then what any client sends. Only the plane's own user may enter it.
   */
  privateSocket: string | null;
}

export interface Plane {
  readonly ready: PlaneReady;
  /**
   * Settles once everything behind the ports is loaded; calls and connections wait until then. Rejects where it cannot be.
   */
  readonly whole: Promise<void>;
  /** Ends every connection and operation within 20 seconds. */
  stop(): Promise<void>;
}

/** The module `@palisade/control-plane`. */
export interface ControlPlaneModule {
  startPlane: (options: PlaneOptions) => Promise<Plane>;
}
