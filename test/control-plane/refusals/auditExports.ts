import { AuditExportResponse } from "@palisade/neon/contract/wire/auditExport";
import { parseAllowedSink } from "@palisade/neon/contract/auditSinks";
import { startPlane } from "../../support/plane.js";
import { api, plane, type Provocations } from "./scene.js";

const pathOf = (org: string) => `/x-palisade/organizations/${org}/audit_exports`;
const webhook = (name: string) => ({ name, sink: { type: "webhook", url: "https://siem.palisade.test/in" }, enabled: false });
const file = (name: string) => ({ name, sink: { type: "file", name: "audit.jsonl" }, enabled: false });

/** A plane whose operator allows its organisation files. It is known by its id once it has started. */
async function withFiles() {
  const first = await startPlane();
  await first.stop();
  return startPlane({ dataDirectory: first.directory, allowedSinks: [parseAllowedSink(`${first.ready.orgId}=file`)] });
}

/** Exports of the audit. */
export const AUDIT_EXPORTS = {
  exportNotFound: () => api.refused("GET", `${pathOf(plane.ready.orgId)}/export-no-such-00000000`),
  exportTargetTaken: async () => {
    const { api: own, ready } = await withFiles();
    await own.ok(AuditExportResponse, "POST", pathOf(ready.orgId), file("one"));
    return own.refused("POST", pathOf(ready.orgId), file("another"));
  },
  exportsLimit: async () => {
    const { api: own, ready } = await startPlane();
    for (let number = 0; number < 50; number++) await own.ok(AuditExportResponse, "POST", pathOf(ready.orgId), webhook(`export ${number}`));
    return own.refused("POST", pathOf(ready.orgId), webhook("one more"));
  },
  exportNotAllowed: () => api.refused("POST", pathOf(plane.ready.orgId), file("file")),
  exportUnsigned: async () => {
    const { api: own, ready } = await withFiles();
    const { audit_export } = await own.ok(AuditExportResponse, "POST", pathOf(ready.orgId), file("file"));
    return own.refused("POST", `${pathOf(ready.orgId)}/${audit_export.id}/rotate_secret`);
  },
} satisfies Provocations;
