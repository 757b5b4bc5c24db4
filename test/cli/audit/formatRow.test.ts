import pc from "picocolors";
import { formatRow } from "../../../cli/audit/formatRow.js";
import { AUDIT_EVENT_TYPES } from "../../../contract/wire/audit.js";
import type { AuditEvent } from "../../../contract/wire/auditEvent.js";

const BASE = { version: 1, org_id: "org-a", seq: 7, at: "2026-01-01T00:00:00.000Z", digest: "0".repeat(64) } as const;
const CONNECTION = {
  ...BASE,
  type: "connection",
  action: "connect",
  decision: "refused",
  reason: "password-failed",
  session: "s",
  address: "203.0.113.7",
  via: "vpce-1",
  endpoint_id: "ep-a",
  role: "app",
  database: "shop",
} as const;
const CHANGE = {
  ...BASE,
  type: "change",
  key_id: 3,
  owner: { type: "user", id: "ann" },
  call: "PATCH /projects/:project_id",
  object: { kind: "project", id: "shop-1" },
  request_id: "r",
  address: "::1",
} as const;

const LINES: readonly [AuditEvent, string][] = [
  [
    { ...CHANGE, before: { name: "a", ips: [1], id: 1 }, after: { name: "b", ips: [2], id: 1 } },
    "change            user/ann                                   PATCH /projects/:project_id  project shop-1 (name, ips)  from ::1 with key 3",
  ],
  [
    CONNECTION,
    "refused           app                                        connect ep-a/shop  from 203.0.113.7 by vpce-1  password-failed",
  ],
  [
    { ...BASE, type: "connection-end", session: "s", duration_ms: 5, bytes_from_client: 1, bytes_to_client: 2 },
    "end               -                                          session s  5 ms, 1 bytes in, 2 out",
  ],
  [
    { ...BASE, type: "refusals-counted", refusals: 12, since: "2026-01-01T00:00:00.000Z" },
    "refused           -                                          12 more since 2026-01-01T00:00:00.000Z",
  ],
  [
    { ...BASE, type: "statement", session: "s", branch_id: "br-a", role: "app", statement: "SELECT $1", length: 9 },
    "statement         app                                        br-a  SELECT $1",
  ],
  [
    { ...BASE, type: "statement", session: "s", branch_id: "br-a", role: "app", length: 9 },
    "statement         app                                        br-a  9 bytes that cannot be parsed",
  ],
  [
    { ...BASE, type: "anomaly", rule: "new-network", severity: "high", summary: "app came from 203.0.113.0/24", evidence: [1] },
    "anomaly high      -                                          new-network: app came from 203.0.113.0/24",
  ],
];

test.each(LINES)("one line of %j", (event, line) => {
  expect(formatRow({ ...event }, pc.createColors(false))).toBe(`2026-01-01T00:00:00.000Z        7  ${line}\n`);
});

test("every type has a line", () => {
  expect(new Set(LINES.map(([{ type }]) => type))).toEqual(new Set(AUDIT_EVENT_TYPES));
});

test("nothing in a row moves the cursor, breaks the line or is drawn in colour that was not asked for", () => {
  const hostile = "x\n\u001b[2J\u202e";
  const text = formatRow({ ...CONNECTION, role: hostile, database: hostile, address: hostile, reason: hostile }, pc.createColors(false));
  expect(text.trimEnd()).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  expect(formatRow(CONNECTION, pc.createColors(true))).toContain("\u001b[31m");
});

test("a row that lacks what its type has is printed as far as it goes", () => {
  for (const type of [...AUDIT_EVENT_TYPES, "of-a-later-release"]) expect(formatRow({ seq: 1, digest: "x", type })).toMatch(/^- .+\n$/);
});
