import type { AuditExport } from "@palisade/neon/contract/wire/auditExport";
import type { Resource } from "../../../provider/engine/define.js";
import { findDestination, isNarrower } from "../../../provider/resources/auditExport/evidence.js";
import { fromWire, toRequest } from "../../../provider/resources/auditExport/wire.js";
import { catalogue } from "../../../provider/resources/index.js";

const PEM = "-----BEGIN CERTIFICATE-----";
const SINKS = [
  { webhook: { url: "https://siem.example.com/in?a=b", caCert: PEM } },
  { syslog: { host: "logs.example.com", port: 6514, serverName: "other.example.com", caCert: PEM } },
  { syslog: { host: "2001:db8::1", port: 6514 } },
  { file: { name: "audit.jsonl" } },
  { s3: { bucket: "acme-audit", region: "eu-central-1", prefix: "a/b" } },
  { blob: { accountUrl: "https://acme.blob.core.windows.net", container: "audit", prefix: "a" } },
];

test.each(SINKS)("%j goes to the plane and comes back the same", (sink) => {
  const inputs = {
    name: "siem",
    sink,
    format: "ocsf" as const,
    filter: { types: ["change" as const], minimumSeverity: "low" as const },
    enabled: true,
  };
  const progress = { id: "export-a", org_id: "org-a-b-1", state: "active" as const, position: 1, behind: 0, missed: 0 };
  const live = { ...toRequest(inputs, undefined), ...progress, created_at: "", updated_at: "" } as AuditExport;
  expect(fromWire(live).inputs).toEqual({ orgId: "org-a-b-1", ...inputs });
});

test("a place is another where somebody else has it, and not where its path is", () => {
  const places = SINKS.map(findDestination);
  expect(new Set(places).size).toBe(SINKS.length);
  const webhook = (url: string) => findDestination({ webhook: { url } });
  expect(webhook("https://siem.example.com/other")).toBe(webhook("https://SIEM.example.com/in"));
  expect(webhook("https://siem.example.com.evil.net/in")).not.toBe(webhook("https://siem.example.com/in"));
  expect(webhook("https://siem.example.com:8443/")).not.toBe(webhook("https://siem.example.com/"));
});

test("a filter is narrower where a row falls out of it", () => {
  expect(isNarrower({ types: ["change"] }, undefined)).toBe(true);
  expect(isNarrower({ types: ["change"] }, { types: ["change", "anomaly"] })).toBe(true);
  expect(isNarrower({ types: ["change", "connection"] }, { types: ["change", "anomaly"] })).toBe(true);
  expect(isNarrower({ minimumSeverity: "low" }, {})).toBe(true);
  expect(isNarrower({ decisions: ["refused"] }, { types: ["change"] })).toBe(true);
  expect(isNarrower(undefined, { types: ["change"] })).toBe(false);
  expect(isNarrower({ types: ["anomaly", "change"] }, { types: ["change"] })).toBe(false);
  expect(isNarrower({ minimumSeverity: "info" }, undefined)).toBe(false);
});

test("Neon has none, so it is refused before anything is called", () => {
  const resource = catalogue.AuditExport as unknown as Resource;
  expect(resource.explainUnsupportedHost?.("console.neon.tech", {})).toContain("PAL_EXTENSION");
  expect(resource.explainUnsupportedHost?.("127.0.0.1:4400", {})).toBeUndefined();
});
