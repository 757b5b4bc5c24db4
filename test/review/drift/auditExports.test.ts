import { UNKNOWN } from "../../../provider/introspection.js";
import { listChangedItems } from "../../../review/drift/changed.js";
import { managed } from "./lab.js";

/** Where an export of the audit goes by now, against what was applied: a rule of the sink is asked for the sink as a whole. */

const PEM = "-----BEGIN CERTIFICATE-----";
const webhook = (host: string, more: object = {}) => ({ webhook: { host, path: UNKNOWN, ...more } });
const APPLIED = { name: "siem", sink: webhook("siem.example.com"), format: "json", enabled: true };

it.each([
  ["another host", { sink: webhook("siem.example.net") }, "sink.webhook.host"],
  ["another authority", { sink: webhook("siem.example.com", { caCert: PEM }) }, "sink.webhook.caCert"],
  ["a file", { sink: { file: { name: "audit.jsonl" } } }, "sink.file.name"],
  ["fewer rows", { filter: { decisions: ["admitted"] } }, "filter.decisions"],
  ["nothing", { enabled: false }, "enabled"],
])("%s is told as an opening", (_, over, property) => {
  const resource = managed("AuditExport", "org-a-1/export-1", APPLIED);
  const items = listChangedItems(resource, { ...APPLIED, ...over }, undefined);
  const found = items.find(
    (item) => item.property !== undefined && (item.property === property || property.startsWith(`${item.property}.`)),
  );
  expect([found?.severity, found?.means]).toEqual(["medium", "opens"]);
});
