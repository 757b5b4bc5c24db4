import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { omitUndefined } from "@palisade/neon/contract/values";
import { AUDIT_EVENT_TYPES, AuditEventsPage, AuditHead, AuditPoint } from "@palisade/neon/contract/wire/audit";
import type { AuditTrail } from "../audit/auditTrail.js";
import type { Stream } from "../audit/chain.js";
import type { AuditContext } from "../audit/changes.js";
import { type EventFilter, readFilteredEvents } from "../audit/readFiltered.js";
import { Refusal } from "../domain/refusals.js";
import type { Tx } from "../store/store.js";
import { type Actor, formatOwner, listOrganizations } from "./actor.js";
import { decodeCursor, encodeCursor, buildLimitSchema } from "./paging.js";
import { defineRoute } from "./route.js";

const Instant = z.iso.datetime({ offset: true }).transform((text) => new Date(text).toISOString());

const AuditQuery = z.object({
  org_id: z.string(),
  project_id: z.string().optional(),
  since: Instant.optional(),
  until: Instant.optional(),
  cursor: z.string().optional(),
  limit: buildLimitSchema(100),
});
const DEFAULT_PAGE_SIZE = 50;

/** Rows of one page of events. */
const MAX_EVENTS = 1_000;
const EventsQuery = z.object({
  /** Only rows after this place. */
  after: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
  type: z.enum(AUDIT_EVENT_TYPES).optional(),
  /** Id of a key's owner, alone or as `user/…`, id of a key, or a role. */
  actor: z.string().max(256).optional(),
  branch_id: z.string().max(256).optional(),
  since: Instant.optional(),
  until: Instant.optional(),
  cursor: z.string().optional(),
  limit: buildLimitSchema(MAX_EVENTS),
});
const OrganizationQuery = z.object({ org_id: z.string() });

/** `before` is absent for created documents, `after` for deleted ones. */
const AuditEntry = z.object({
  at: z.string(),
  key_id: z.number().int(),
  owner: z.object({ type: z.string(), id: z.string() }),
  /** Method and route. */
  call: z.string(),
  object: z.object({ kind: z.string(), id: z.string() }),
  project_id: z.string().optional(),
  before: z.record(z.string(), z.unknown()).optional(),
  after: z.record(z.string(), z.unknown()).optional(),
  request_id: z.string(),
  address: z.string(),
});
/** The newest first. A page is cut short where its documents are large; `next` is absent on the last one. */
export const AuditPage = z.object({ entries: z.array(AuditEntry), pagination: z.object({ next: z.string().optional() }) });

/** Rows that still wait belong to what is asked for. */
const flush = ({ audit }: { audit: AuditTrail }) => {
  audit.flush();
  return Promise.resolve(undefined);
};
/** A head that is kept elsewhere must be of rows that no power cut takes. */
const settle = ({ audit }: { audit: AuditTrail }) => {
  audit.settle();
  return Promise.resolve(undefined);
};

const OF_PLANE = "The plane's own rows: connections to computes that do not exist.";

/** Our own: Neon's API has no audit. */
export const auditRoutes = [
  defineRoute({
    method: "GET",
    path: "/x-palisade/audit",
    who: "chosenOrganization",
    least: "administrator",
    readOrganizationId: ({ query }) => query.org_id,
    effect: "read",
    query: AuditQuery,
    answers: { 200: AuditPage },
    description: "Rows of changes, the newest first.",
    handle({ tx, query: { org_id, project_id: project, since, until, cursor, limit = DEFAULT_PAGE_SIZE } }) {
      const asked = { org: org_id, project, since, until };
      const rows = tx.audit.listChanges({ ...asked, below: parseSequenceCursor(cursor), limit });
      const last = rows.at(-1);
      const more = last && tx.audit.listChanges({ ...asked, below: last.seq, limit: 1 }).length > 0;
      // A row that was changed in the file may lack anything: whoever verifies is told.
      const entries = rows.flatMap((row) => AuditEntry.safeParse(row).data ?? []);
      return { entries, pagination: more ? { next: encodeSequenceCursor(last.seq, org_id) } : {} };
    },
  }),
  defineRoute({
    method: "GET",
    path: "/x-palisade/audit/events",
    who: "chosenOrganization",
    least: "administrator",
    readOrganizationId: ({ query }) => query.org_id,
    effect: "read",
    query: EventsQuery.extend(OrganizationQuery.shape),
    answers: { 200: AuditEventsPage },
    description: "Rows of every type, in the order of the chain. With a filter a page may be empty and have a next one.",
    prepare: flush,
    handle: ({ tx, query: { org_id, ...query } }) => buildEventsPage(tx, org_id, query),
  }),
  defineRoute({
    method: "GET",
    path: "/x-palisade/audit/head",
    who: "chosenOrganization",
    least: "administrator",
    readOrganizationId: ({ query }) => query.org_id,
    effect: "read",
    query: OrganizationQuery,
    answers: { 200: AuditHead },
    description: "The last row of the chain, signed, to be kept elsewhere; and the last one that was pruned.",
    prepare: settle,
    handle: ({ tx, audit, query: { org_id } }) => buildHead(tx, audit, org_id),
  }),
  defineRoute({
    method: "GET",
    path: "/x-palisade/plane_audit/events",
    who: "plane",
    least: "none",
    effect: "read",
    query: EventsQuery,
    answers: { 200: AuditEventsPage },
    description: OF_PLANE,
    prepare: flush,
    handle: ({ tx, query }) => buildEventsPage(tx, null, query),
  }),
  defineRoute({
    method: "GET",
    path: "/x-palisade/plane_audit/head",
    who: "plane",
    least: "none",
    effect: "read",
    answers: { 200: AuditHead },
    description: `${OF_PLANE} The last one, signed.`,
    prepare: settle,
    handle: ({ tx, audit }) => buildHead(tx, audit, null),
  }),
];

type PageQuery = EventFilter & Partial<Record<"after" | "limit", number | undefined>> & { cursor?: string | undefined };

function buildEventsPage(tx: Tx, stream: Stream, { after = 0, cursor, limit = MAX_EVENTS, ...filter }: PageQuery) {
  const place = Math.max(after, parseSequenceCursor(cursor) ?? 0);
  const { events, examined, hasMore } = readFilteredEvents(tx.audit, stream, place, limit, filter);
  return { events, pagination: { examined, ...(hasMore && { next: encodeSequenceCursor(examined, stream ?? "") }) } };
}

function buildHead(tx: Tx, audit: AuditTrail, stream: Stream): AuditHead {
  const head = audit.signPlace("audit-head", tx.audit.findPlace(stream), stream);
  // One that was changed in the file may be anything: whoever verifies finds the rows without.
  return { head, ...omitUndefined({ checkpoint: AuditPoint.safeParse(tx.audit.findCheckpoint(stream)).data }) };
}

/** The caller, as every audit row of a call records it. */
export function buildAuditContext(
  actor: Actor,
  at: string,
  what: string,
  { id, ip, params }: Pick<FastifyRequest, "id" | "ip" | "params">,
): AuditContext<Tx> {
  return {
    at,
    what,
    request: id,
    address: ip,
    key: actor.key.id,
    owner: formatOwner(actor),
    project: (params as { project_id?: string }).project_id,
    listOrganizations: (tx) => listOrganizations(tx, actor).map((organization) => organization.id),
  };
}

const encodeSequenceCursor = (seq: number, id: string): string => encodeCursor({ value: String(seq), id });

function parseSequenceCursor(cursor: string | undefined): number | undefined {
  const after = decodeCursor(cursor);
  if (after === undefined) return undefined;
  if (!/^\d{1,15}$/.test(after.value)) throw new Refusal("badRequest", { detail: "cursor: is not a cursor of this list" });
  return Number(after.value);
}
