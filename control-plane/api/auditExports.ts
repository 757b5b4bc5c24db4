import { omitUndefined } from "@palisade/neon/contract/values";
import {
  AuditExportCreateRequest,
  AuditExportResponse,
  AuditExports,
  AuditExportUpdateRequest,
} from "@palisade/neon/contract/wire/auditExport";
import type { AuditExports as RunningExports } from "../audit/export/exports.js";
import { formatEntry, isSinkAllowed } from "../audit/export/sinkPermissions.js";
import { getPlace, getSignedOrigin, hideAddress, MAX_EXPORTS, parseConfiguration } from "../domain/auditExports.js";
import { Refusal } from "../domain/refusals.js";
import type { Sealed, StoredAuditExport } from "../store/kinds.js";
import type { Tx } from "../store/store.js";
import { AfterCommit, defineRoute } from "./route.js";

const OF_ORGANIZATION = "/x-palisade/organizations/:org_id/audit_exports";
const ONE = `${OF_ORGANIZATION}/:export_id` as const;
const EXTENSION = "An extension of the embedded plane: Neon's API has no audit and exports none.";

/** Palisade extension: where the audit of an organisation is exported to. */
export const auditExportRoutes = [
  defineRoute({
    method: "GET",
    path: OF_ORGANIZATION,
    description: `${EXTENSION} All exports of the organisation, and how they do.`,
    who: "organization",
    least: "administrator",
    effect: "reveal",
    answers: { 200: AuditExports },
    handle: ({ tx, exports: auditExports, organization }) => ({
      audit_exports: listExports(tx, organization.id).map((one) => auditExports.describe(tx, one)),
    }),
  }),
  defineRoute({
    method: "POST",
    path: OF_ORGANIZATION,
    description: `${EXTENSION} Begins with the first row that the plane still keeps. Of a webhook the answer has the signing secret, which is told this once.`,
    who: "organization",
    least: "administrator",
    effect: "mutation",
    body: AuditExportCreateRequest,
    answers: { 201: AuditExportResponse },
    handle({ tx, ids, at, exports: auditExports, organization, body }) {
      const { format, filter, enabled, annotations, name, sink } = body;
      const hidden = hideAddress(sink);
      const given = { name, sink: hidden.sink, format, filter, enabled, ...omitUndefined({ annotations }) };
      const document: StoredAuditExport = { id: ids.createExportId(), org_id: organization.id, ...given, created_at: at, updated_at: at };
      if (listExports(tx, organization.id).length >= MAX_EXPORTS) throw new Refusal("exportsLimit", { max: MAX_EXPORTS });
      const secret = getSignedOrigin(document) === undefined ? undefined : ids.createSigningSecret();
      const kept = { missed: 0, ...omitUndefined({ secret, url: hidden.url }) };
      assertPossible(tx, auditExports, document, kept);
      tx.put("audit_export", document, kept);
      return answerWhenRunning(document, secret);
    },
  }),
  defineRoute({
    method: "GET",
    path: ONE,
    description: `${EXTENSION} The export, and how it does.`,
    who: "organization",
    least: "administrator",
    effect: "reveal",
    answers: { 200: AuditExportResponse },
    handle: ({ tx, exports: auditExports, organization, params }) => ({
      audit_export: auditExports.describe(tx, getExport(tx, organization.id, params.export_id)),
    }),
  }),
  defineRoute({
    method: "PATCH",
    path: ONE,
    description: `${EXTENSION} The position stays, so another sink goes on where the one before ended. A webhook at another host gets another signing secret, which the answer has.`,
    who: "organization",
    least: "administrator",
    effect: "mutation",
    body: AuditExportUpdateRequest,
    answers: { 200: AuditExportResponse },
    handle({ tx, ids, clock, exports: auditExports, organization, params, body }) {
      const before = getExport(tx, organization.id, params.export_id);
      const { secret: former, url, acknowledged, ...place } = tx.getSealed("audit_export", before.id) ?? { missed: 0 };
      const hidden = body.sink === undefined ? { sink: before.sink, url } : hideAddress(body.sink);
      const document: StoredAuditExport = { ...before, ...omitUndefined(body), sink: hidden.sink, updated_at: clock.tick() };
      const origin = getSignedOrigin(document);
      const made = origin === undefined || origin === getSignedOrigin(before) ? undefined : ids.createSigningSecret();
      const secret = origin === undefined ? undefined : (made ?? former);
      const there = getPlace(document) === getPlace(before) ? acknowledged : undefined;
      const kept = { ...place, ...omitUndefined({ secret, url: hidden.url, acknowledged: there }) };
      assertPossible(tx, auditExports, document, kept);
      tx.put("audit_export", document, kept);
      return answerWhenRunning(document, made);
    },
  }),
  defineRoute({
    method: "POST",
    path: `${ONE}/rotate_secret`,
    description: `${EXTENSION} Signs with a new secret from now on, which the answer has.`,
    who: "organization",
    least: "administrator",
    effect: "mutation",
    answers: { 200: AuditExportResponse },
    handle({ tx, ids, clock, organization, params }) {
      const before = getExport(tx, organization.id, params.export_id);
      if (getSignedOrigin(before) === undefined) throw new Refusal("exportUnsigned");
      const document = { ...before, updated_at: clock.tick() };
      const secret = ids.createSigningSecret();
      tx.put("audit_export", document, { missed: 0, ...tx.getSealed("audit_export", before.id), secret });
      return answerWhenRunning(document, secret);
    },
  }),
  defineRoute({
    method: "DELETE",
    path: ONE,
    description: `${EXTENSION} Ends the export: nothing more is delivered after the answer. What was delivered stays where it is.`,
    who: "organization",
    least: "administrator",
    effect: "mutation",
    answers: { 200: AuditExportResponse },
    handle({ tx, exports: auditExports, organization, params }) {
      const document = getExport(tx, organization.id, params.export_id);
      const audit_export = { ...auditExports.describe(tx, document), state: "disabled" as const };
      tx.remove("audit_export", document.id);
      return new AfterCommit(async () => {
        await auditExports.follow(document.id);
        return { audit_export };
      });
    },
  }),
];

const listExports = (tx: Tx, orgId: string): StoredAuditExport[] => tx.list("audit_export", { where: { org: orgId } });

function getExport(tx: Tx, orgId: string, id: string): StoredAuditExport {
  const found = tx.get("audit_export", id);
  if (found?.org_id !== orgId) throw new Refusal("exportNotFound");
  return found;
}

/** The answer tells of the export as it runs from now on; the run of before has ended. */
const answerWhenRunning = (document: StoredAuditExport, secret: string | undefined): AfterCommit =>
  new AfterCommit(async ({ store, exports: auditExports }) => {
    await auditExports.follow(document.id);
    return { audit_export: store.transact((tx) => auditExports.describe(tx, document)), ...omitUndefined({ signing_secret: secret }) };
  });

/** @throws Refusal badRequest, exportTargetTaken, exportNotAllowed */
function assertPossible(tx: Tx, auditExports: RunningExports, document: StoredAuditExport, kept: Sealed["audit_export"]): void {
  const { sink } = parseConfiguration(document, kept);
  const { id, org_id: orgId } = document;
  const others = listExports(tx, orgId).filter((one) => one.id !== id);
  const place = getPlace(document);
  const holder = place === undefined ? undefined : others.find((one) => getPlace(one) === place);
  if (holder !== undefined) throw new Refusal("exportTargetTaken", { name: holder.name });
  if (sink.type !== "webhook" && !isSinkAllowed(auditExports.allowed, orgId, sink))
    throw new Refusal("exportNotAllowed", { entry: formatEntry(orgId, sink) });
}
