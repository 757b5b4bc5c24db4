import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { Refusal } from "../domain/refusals.js";
import { omitUndefined } from "../domain/values.js";
import type { AuditContext, AuditRow } from "../store/audit.js";
import type { Tx } from "../store/store.js";
import { type Actor, listOrganizations } from "./actor.js";
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
    handle({ tx, query: { org_id, project_id: project, since, until, cursor, limit = DEFAULT_PAGE_SIZE } }) {
      const rows = tx.listAudit({ org: org_id, project, since, until, below: parseSequenceCursor(cursor), limit });
      const last = rows.at(-1);
      const more = last && tx.listAudit({ org: org_id, project, since, until, below: last.seq, limit: 1 }).length > 0;
      return { entries: rows.map(toAuditEntry), pagination: more ? { next: encodeCursor({ value: String(last.seq), id: org_id }) } : {} };
    },
  }),
];

/** The caller, as every audit row of a call records it. */
export function buildAuditContext(actor: Actor, at: string, what: string, { id, ip, params }: FastifyRequest): AuditContext<Tx> {
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

function formatOwner(actor: Actor): string {
  switch (actor.kind) {
    case "personal":
      return `user/${actor.user.id}`;
    case "organization":
      return `organization/${actor.orgId}`;
    case "project":
      return `project/${actor.projectId}`;
  }
}

function toAuditEntry({ at, key, owner, what, kind, id, project, before, after, request, address }: AuditRow): z.infer<typeof AuditEntry> {
  const [type = "", ownerId = ""] = owner.split("/");
  return {
    at,
    key_id: key,
    owner: { type, id: ownerId },
    call: what,
    object: { kind, id },
    ...omitUndefined({ project_id: project ?? undefined, before: parseDocument(before), after: parseDocument(after) }),
    request_id: request,
    address,
  };
}

const parseDocument = (text: string | null) => (text === null ? undefined : (JSON.parse(text) as Record<string, unknown>));

function parseSequenceCursor(cursor: string | undefined): number | undefined {
  const after = decodeCursor(cursor);
  if (after === undefined) return undefined;
  if (!/^\d{1,15}$/.test(after.value)) throw new Refusal("badRequest", { detail: "cursor: is not a cursor of this list" });
  return Number(after.value);
}
