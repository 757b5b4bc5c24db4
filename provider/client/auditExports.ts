import {
  type AuditExport,
  type AuditExportCreateRequest,
  AuditExportResponse,
  AuditExports,
  type AuditExportUpdateRequest,
} from "../../contract/wire/auditExport.js";
import { catchNotFound, type Calls } from "./calls.js";

const URL_OF_EXPORTS = "/x-palisade/organizations/{org_id}/audit_exports";
const URL_OF_EXPORT = `${URL_OF_EXPORTS}/{export_id}`;
const JSON_BODY = { headers: { "content-type": "application/json" } };

/** Exports of the audit: an extension of the embedded plane, Neon has none. */
export function createAuditExportCalls(calls: Calls) {
  const { client } = calls;
  const at = (orgId: string, exportId: string) => ({ url: URL_OF_EXPORT, path: { org_id: orgId, export_id: exportId } });
  return {
    list: async (orgId: string): Promise<AuditExport[]> =>
      (await calls.ask(AuditExports, client.get({ url: URL_OF_EXPORTS, path: { org_id: orgId } }))).audit_exports,

    /** undefined when there is none, or no such organisation. */
    find: async (orgId: string, exportId: string): Promise<AuditExport | undefined> =>
      (await catchNotFound(calls.ask(AuditExportResponse, client.get(at(orgId, exportId)))))?.audit_export,

    create: (orgId: string, body: AuditExportCreateRequest) =>
      calls.ask(AuditExportResponse, client.post({ url: URL_OF_EXPORTS, path: { org_id: orgId }, body, ...JSON_BODY })),

    update: (orgId: string, exportId: string, body: AuditExportUpdateRequest) =>
      calls.ask(AuditExportResponse, client.patch({ ...at(orgId, exportId), body, ...JSON_BODY })),

    rotateSecret: (orgId: string, exportId: string) =>
      calls.ask(AuditExportResponse, client.post({ ...at(orgId, exportId), url: `${URL_OF_EXPORT}/rotate_secret` })),

    delete: async (orgId: string, exportId: string): Promise<void> => {
      await calls.ask(AuditExportResponse, client.delete(at(orgId, exportId)));
    },
  };
}
