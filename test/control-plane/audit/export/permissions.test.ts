import { parseAuditExport, type SinkConfiguration } from "../../../../control-plane/audit/export/configuration.js";
import { createSink } from "../../../../control-plane/audit/export/sinks/createSink.js";
import { assertSinkAllowed, isSinkAllowed, parseAllowedSinks } from "../../../../control-plane/audit/export/sinkPermissions.js";
import { ORG } from "../../../support/auditRows.js";

const SECRET = `whsec_${Buffer.alloc(24, 7).toString("base64")}`;
const WEBHOOK: SinkConfiguration = { type: "webhook", url: "https://siem.example.com/in/audit", secret: SECRET };
const S3: SinkConfiguration = { type: "s3", bucket: "acme-audit", region: "eu-central-1", prefix: "audit/one" };
const BLOB: SinkConfiguration = { type: "blob", account: "acmeaudit", container: "audit" };
const SYSLOG: SinkConfiguration = { type: "syslog", host: "logs.example.com", port: 6514 };
const FILE: SinkConfiguration = { type: "file", name: "audit.jsonl" };

describe("the operator's list", () => {
  it.each([
    ["webhook:https://siem.example.com/in", WEBHOOK],
    ["webhook:https://SIEM.example.com", WEBHOOK],
    ["s3:acme-audit", S3],
    ["s3:acme-audit/audit/", S3],
    ["blob:acmeaudit/audit", BLOB],
    ["syslog:Logs.example.com:6514", SYSLOG],
    ["syslog:[2001:db8::1]:6514", { ...SYSLOG, host: "2001:db8::1" }],
    ["file", FILE],
  ] as const)("%s allows what it names, for that organisation alone", (entry, sink) => {
    const allowed = parseAllowedSinks([`${ORG}=${entry}`]);
    expect(isSinkAllowed(allowed, ORG, sink)).toBe(true);
    expect(isSinkAllowed(allowed, "org-other-12345678", sink)).toBe(false);
    expect(isSinkAllowed(allowed, null, sink)).toBe(false);
    expect(isSinkAllowed(parseAllowedSinks([`plane=${entry}`]), null, sink)).toBe(true);
  });

  it.each([
    ["webhook:https://siem.example.com/i", WEBHOOK],
    ["webhook:https://siem.example.com:8443/in", WEBHOOK],
    ["webhook:https://siem.example.com.evil.net/in", WEBHOOK],
    ["webhook:https://example.com/in", WEBHOOK],
    ["webhook:https://siem.example.com/in", { ...WEBHOOK, url: "https://siem.example.com/in/../admin" }],
    ["webhook:https://siem.example.com/in", { ...WEBHOOK, url: "https://siem.example.com/in/%2e%2e/admin" }],
    ["s3:acme-audit/audi", S3],
    ["s3:acme-audit/audit", { ...S3, prefix: "auditing" }],
    ["s3:acme-audit/audit", { ...S3, prefix: undefined }],
    ["s3:acme", S3],
    ["blob:acmeaudit/audits", BLOB],
    ["syslog:logs.example.com:651", SYSLOG],
    ["file", SYSLOG],
  ] as const)("%s does not allow a neighbour", (entry, sink) => {
    expect(isSinkAllowed(parseAllowedSinks([`${ORG}=${entry}`]), ORG, sink as SinkConfiguration)).toBe(false);
  });

  it.each([
    "",
    "file",
    `${ORG}=`,
    `${ORG}=file:x`,
    `${ORG}=ftp:x`,
    `${ORG}=toString:x`,
    `${ORG}=s3:B`,
    `${ORG}=webhook:http://a.example.com/`,
    `${ORG}=webhook:https://user:word@a.example.com/`,
    `${ORG}=syslog:host`,
    `${ORG}=blob:acmeaudit`,
    `*=file`,
    `${ORG}=s3:acme-audit extra`,
  ])("an entry that cannot be read is named: %s", (entry) => {
    expect(() => parseAllowedSinks([entry])).toThrow("PAL_EXPORT_ALLOWANCE");
    expect(() => parseAllowedSinks([entry])).toThrow(JSON.stringify(entry));
  });

  it("is needed for everything but a webhook, and says which entry", () => {
    for (const sink of [S3, BLOB, SYSLOG, FILE])
      expect(() => {
        assertSinkAllowed([], ORG, sink);
      }).toThrow("PAL_EXPORT_NOT_ALLOWED");
    expect(() => {
      assertSinkAllowed([], ORG, S3);
    }).toThrow(`${ORG}=s3:acme-audit/audit/one`);
    assertSinkAllowed([], ORG, WEBHOOK);
    expect(() => createSink({ id: "a", org_id: ORG, format: "json", sink: FILE }, { allowed: [], folder: "/nowhere" })).toThrow("no entry");
  });
});

describe("a configuration", () => {
  const accept = (sink: unknown) => parseAuditExport({ id: "export-1", org_id: ORG, format: "ocsf", sink }).sink;

  it("is taken in each of its forms", () => {
    for (const sink of [WEBHOOK, S3, BLOB, SYSLOG, FILE]) expect(accept(sink)).toEqual(sink);
    expect(accept({ ...SYSLOG, host: "2001:db8::1" })).toBeDefined();
  });

  it.each([
    [{ ...WEBHOOK, url: "http://siem.example.com/" }, "sink.url"],
    [{ ...WEBHOOK, url: "https://u:p@siem.example.com/" }, "sink.url"],
    [{ ...WEBHOOK, url: "file:///etc/passwd" }, "sink.url"],
    [{ ...WEBHOOK, secret: "short" }, "sink.secret"],
    [{ ...WEBHOOK, secret: `whsec_${Buffer.alloc(23).toString("base64")}` }, "sink.secret"],
    [{ ...WEBHOOK, secret: SECRET.slice(0, -1) }, "sink.secret"],
    [{ ...WEBHOOK, ca_cert: "-----BEGIN CERTIFICATE-----" }, "sink.ca_cert"],
    [{ ...FILE, name: "../x" }, "sink.name"],
    [{ ...FILE, name: "a/b" }, "sink.name"],
    [{ ...FILE, name: ".hidden" }, "sink.name"],
    [{ ...FILE, name: "" }, "sink.name"],
    [{ ...FILE, name: "a\0b" }, "sink.name"],
    [{ ...S3, bucket: "A" }, "sink.bucket"],
    [{ ...S3, region: "eu-central-1.evil.net/" }, "sink.region"],
    [{ ...S3, prefix: "a//b" }, "sink.prefix"],
    [{ ...S3, prefix: "a/../b" }, "sink.prefix"],
    [{ ...S3, prefix: "/a" }, "sink.prefix"],
    [{ ...BLOB, account: "evil.net/x" }, "sink.account"],
    [{ ...BLOB, container: "$root" }, "sink.container"],
    [{ ...SYSLOG, host: "a b" }, "sink.host"],
    [{ ...SYSLOG, host: "fe80::1%eth0" }, "sink.host"],
    [{ ...SYSLOG, port: 0 }, "sink.port"],
    [{ ...FILE, more: 1 }, "sink"],
    [{ type: "ftp" }, "sink.type"],
  ])("%j is refused by the name of the field, and no value is repeated", (sink, field) => {
    expect(() => accept(sink)).toThrow("PAL_EXPORT_INVALID");
    expect(() => accept(sink)).toThrow(field);
    expect(() => accept(sink)).not.toThrow(SECRET.slice(6, 20));
  });

  it("has a filter that filters something", () => {
    const withFilter = (filter: unknown) => parseAuditExport({ id: "e", org_id: null, format: "json", sink: FILE, filter });
    expect(withFilter({ types: ["change"], decisions: ["refused"] }).filter).toBeDefined();
    expect(() => withFilter({ types: [] })).toThrow("filter.types");
    expect(() => withFilter({ decisions: ["maybe"] })).toThrow("filter.decisions");
  });
});
