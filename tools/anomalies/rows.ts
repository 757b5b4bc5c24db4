import type { AuditEvent, ChangeEvent, ConnectionEvent, RefusalCountEvent } from "../../contract/wire/auditEvent.js";

/** A row before it has its place in the stream. */
export type Draft =
  | Omit<ConnectionEvent, "seq" | "digest" | "version" | "org_id">
  | Omit<ChangeEvent, "seq" | "digest" | "version" | "org_id">
  | Omit<RefusalCountEvent, "seq" | "digest" | "version" | "org_id">;

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
/** A Monday. */
export const START = Date.parse("2026-01-05T00:00:00.000Z");

/** Who logs in, and from where. */
export interface Login {
  readonly project: string;
  readonly role: string;
  readonly address: string;
  /** Default: it is let in. */
  readonly reason?: string;
}

/** @param at milliseconds since the start */
export const createLogin = (at: number, { project, role, address, reason }: Login): Draft => ({
  type: "connection",
  at: formatAt(at),
  action: "connect",
  decision: reason === undefined ? "admitted" : "refused",
  ...(reason !== undefined && { reason }),
  session: "00000000-0000-4000-8000-000000000000",
  address,
  via: "public",
  project_id: project,
  endpoint_id: `ep-${project}`,
  branch_id: `br-${project}`,
  role,
  database: "app",
});

/** What an API key changes. */
export interface Change {
  readonly key: number;
  readonly address: string;
  readonly project: string;
  readonly kind: string;
  readonly before?: Readonly<Record<string, unknown>>;
  readonly after?: Readonly<Record<string, unknown>>;
}

export const createChange = (at: number, { key, address, project, kind, before, after }: Change): Draft => ({
  type: "change",
  at: formatAt(at),
  key_id: key,
  owner: { type: "organization", id: ORGANIZATION },
  call: "PATCH /projects/:project_id",
  object: { kind, id: project },
  ...(before && { before }),
  ...(after && { after }),
  request_id: "00000000-0000-4000-8000-000000000001",
  address,
  project_id: project,
});

export const createRefusalCount = (at: number, sinceMs: number, refusals: number): Draft => ({
  type: "refusals-counted",
  at: formatAt(at),
  since: formatAt(at - sinceMs),
  refusals,
});

/** A project whose list is this. */
export const createList = (ips: readonly string[]): Readonly<Record<string, unknown>> => ({
  settings: { allowed_ips: { ips, protected_branches_only: false }, block_public_connections: false },
});

const ORGANIZATION = "org-made-up-12345678";
const formatAt = (at: number): string => new Date(START + at).toISOString();

/** Rows in the order of their time. The digests are none: no rule looks at them. */
export function toRows(drafts: readonly Draft[]): AuditEvent[] {
  const sorted = drafts
    .map((draft, at) => ({ draft, at }))
    .sort((a, b) => (a.draft.at < b.draft.at ? -1 : a.draft.at > b.draft.at ? 1 : a.at - b.at));
  return sorted.map(({ draft }, at) => ({ version: 1, org_id: ORGANIZATION, seq: at + 1, digest: "0".repeat(64), ...draft }));
}
