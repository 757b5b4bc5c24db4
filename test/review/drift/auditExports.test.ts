import { UNKNOWN } from "../../../provider/introspection.js";
import { listChangedItems } from "../../../review/drift/changed.js";

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
  const resource = { urn: "urn:pulumi:dev::test::t::siem", type: "t", id: "org-a-1/export-1", kind: "AuditExport", outputs: {} } as const;
  const items = listChangedItems({ ...resource, inputs: APPLIED }, { ...APPLIED, sink: webhook("siem.example.com"), ...over }, undefined);
  expect(
    items.map((item) => [item.property.startsWith(property) || property.startsWith(item.property), item.severity, item.means]),
  ).toContainEqual([true, "medium", "opens"]);
});
