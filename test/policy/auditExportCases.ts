import { UNKNOWN } from "../../provider/resources/shared/mergeInputs.js";
import type { Case } from "./cases.js";
import { raw, subject } from "./subjects.js";

const FILE = { sink: { file: { name: "audit.jsonl" } } };
const S3 = { sink: { s3: { bucket: "acme-audit", region: "eu-central-1" } } };
const exported = (inputs: object = {}, name = "one") => subject("AuditExport", { ...inputs }, { name });
const filtered = (filter: object, more: object = {}, name = "one") => exported({ ...more, filter }, name);
const project = (inputs: object = {}) => subject("Project", { ...inputs });
/** As a preview shows it: what the program does not know yet. */
const unknown = (inputs: object) => raw("AuditExport", { ...exported().inputs, ...inputs }, { name: "two" });

const webhook = (host: string) => exported({ sink: { webhook: { host } } });
const syslog = (host: string) => exported({ sink: { syslog: { host, port: 6514 } } });

const TOO_LITTLE = [
  // Receivers that listen where the plane does.
  ...["localhost", "siem.localhost:8443", "127.0.0.1:8443", "127.3.2.1", "0.0.0.0", "[::1]:8443", "[::]", "[::ffff:7f00:1]:8443"].map(
    webhook,
  ),
  ...["localhost", "127.0.0.1", "::1", "::", "::ffff:127.0.0.1"].map(syslog),
  exported(FILE),
  exported({ enabled: false }),
  filtered({ types: ["change"] }),
  filtered({ types: ["change", "connection"] }),
  filtered({ types: ["connection", "refusals-counted"] }),
  filtered({ decisions: ["admitted"] }),
  filtered({ minimumSeverity: "low" }),
  filtered({ minimumSeverity: "medium" }),
];
const ENOUGH = [
  ...["localhost.example.com", "10.0.0.1:8443", "[2001:db8::1]:8443", "128.0.0.1"].map((host) => [webhook(host)]),
  [syslog("2001:db8::1")],
  [exported()],
  [exported(S3)],
  [exported({ sink: { syslog: { host: "logs.example.com", port: 6514 } } })],
  [exported({ sink: { blob: { accountUrl: "https://acme.blob.core.windows.net", container: "audit" } } })],
  [exported(FILE), exported(S3, "two")],
  [filtered({ types: ["change", "connection", "refusals-counted"], decisions: ["refused"] })],
  // Each has a part of it.
  [filtered({ types: ["change"] }), filtered({ minimumSeverity: "low" }, S3, "two")],
  [exported(), unknown({ sink: UNKNOWN })],
];
const UNCLEAR = [
  [unknown({ enabled: UNKNOWN })],
  [unknown({ sink: UNKNOWN })],
  [unknown({ filter: UNKNOWN })],
  [unknown({ filter: { types: ["change", UNKNOWN] } })],
  [exported(FILE), unknown({ sink: UNKNOWN })],
];

export const AUDIT_EXPORT_CASES: Record<string, Case> = {
  "audit-export-outside": {
    weak: [
      ...TOO_LITTLE.map((one) => [one]),
      [exported({ orgId: "org-a-b-1" }), filtered({ types: ["change"] }, {}, "two")],
      [exported({ account: "elsewhere" }), exported(FILE, "two")],
    ],
    hardened: ENOUGH,
    unknown: UNCLEAR,
  },
  "audit-exported": {
    weak: [
      [project()],
      ...TOO_LITTLE.map((one) => [project(), one]),
      // Another organisation's rows are not this project's.
      [project(), exported({ orgId: "org-a-b-1" })],
      [project({ orgId: "org-a-b-1" }), exported()],
      [project(), exported({ account: "elsewhere" })],
      [project({ account: "elsewhere" }), exported()],
    ],
    hardened: [...ENOUGH.map((all) => [project(), ...all]), [project({ orgId: "org-a-b-1" }), exported({ orgId: "org-a-b-1" })]],
    unknown: UNCLEAR.map((all) => [project(), ...all]),
  },
};
