import { DAY_SECONDS } from "../../../contract/durations.js";
import { type ExportedFindings, readExports } from "../../../review/posture/exportedFindings.js";
import type { PostureFacts } from "../../../review/posture/facts.js";
import { parsePastRun } from "../../../review/posture/history.js";
import { toJson } from "../../../review/posture/json.js";
import { renderPage } from "../../../review/posture/page/page.js";
import type { PostureReport } from "../../../review/posture/report.js";
import { toText } from "../../../review/posture/text.js";
import { sharedPlane } from "../../support/plane.js";
import { asff, assessment, exportOf, inspector, OWN_TAGS } from "./exports.js";
import { look, NO_SCOPE, reportOf } from "./lab.js";

/** What the clouds' scanners export, as findings of the posture; and what a hostile file can do, which is to be counted or refused. */
const RULE = "vulnerability-open";
const DAY_MS = DAY_SECONDS * 1_000;
const plane = sharedPlane({ seed: "projects:\n  - { name: open, id: open-00000001, settings: {} }\n" });
let facts: PostureFacts;
beforeAll(async () => {
  ({ facts } = await look(plane));
});

const read = (...values: unknown[]): ExportedFindings =>
  readExports(values.map((value, at) => ({ file: `file-${at}.json`, text: typeof value === "string" ? value : JSON.stringify(value) })));
const reportOn = (exported: ExportedFindings, days = 0, more: Parameters<typeof reportOf>[1] = {}): PostureReport =>
  reportOf({ ...facts, exported, nowMs: facts.nowMs + days * DAY_MS }, more);
const findingsOf = ({ findings }: PostureReport) => findings.filter(({ rule }) => rule === RULE);
const statusOf = ({ controls }: PostureReport) => controls.find(({ id }) => id === RULE)?.status;
const day = (days: number) => new Date(facts.nowMs + days * DAY_MS).toISOString();

describe("a finding about what bears the three tags", () => {
  it.each([
    ["Amazon Inspector", () => inspector({ severity: "CRITICAL", firstObservedAt: day(-3) })],
    ["AWS Security Hub", () => asff({ Severity: { Label: "CRITICAL" }, FirstObservedAt: day(-3), CreatedAt: day(-2) })],
  ] as const)("of %s has severity, first seen and deadline of the scanner", (source, make) => {
    const exported = read(make());
    expect(exported.files).toMatchObject([{ file: "file-0.json", source, findings: 1, judged: 1, untagged: 0 }]);
    expect(findingsOf(reportOn(exported))).toMatchObject([{ severity: "high", firstSeenAt: day(-3), dueAt: day(4), overdue: false }]);
    expect(findingsOf(reportOn(exported, 5))).toMatchObject([{ overdue: true }]);
  });

  it.each(["az", "REST", "Resource Graph"] as const)("of Defender, as %s prints it, takes its tags from a list of resources", (form) => {
    const list = [{ id: assessment().resourceId.toUpperCase(), type: "Microsoft.KeyVault/vaults", tags: OWN_TAGS }];
    const file = assessment({ changed: day(-40), severity: "Medium", form }).file;
    expect(read(file).files).toMatchObject([{ judged: 0, tagsUnknown: 1 }]);
    const report = reportOn(read(file, list));
    expect(findingsOf(report)).toMatchObject([{ severity: "medium", firstSeenAt: day(-40), overdue: true }]);
    expect(report.exports).toMatchObject([{ findings: 1, judged: 1 }, { findings: 0 }]);
    expect(reportOn(read(file, [{ ...list[0], tags: null }])).exports).toMatchObject([{ untagged: 1 }, {}]);
  });

  it("of Defender is ours where any list of resources has the tags, whatever the order of the lists", () => {
    const { file, resourceId } = assessment({ severity: "High" });
    const [own, bare] = [OWN_TAGS, {}].map((tags) => [{ id: resourceId, type: "x", tags }]);
    expect(statusOf(reportOn(read(file, own, bare)))).toBe("fails");
    expect(statusOf(reportOn(read(file, bare, own)))).toBe("fails");
  });

  it("of a sub-assessment has the severity of its status", () => {
    const { file, resourceId } = assessment({ sub: true, severity: "Low" });
    expect(findingsOf(reportOn(read(file, [{ id: resourceId, type: "x", tags: OWN_TAGS }])))).toMatchObject([{ severity: "low" }]);
  });

  it("is open when it is suppressed or exempt, and when its status is one that nobody knows", () => {
    for (const status of ["ACTIVE", "SUPPRESSED", "PAUSED"]) expect(statusOf(reportOn(read(inspector({ status }))))).toBe("fails");
    expect(statusOf(reportOn(read(asff({ Workflow: { Status: "SUPPRESSED" } }))))).toBe("fails");
    const exempt = assessment({ code: "NotApplicable", cause: "Exempt", severity: "High" });
    expect(statusOf(reportOn(read(exempt.file, [{ id: exempt.resourceId, type: "x", tags: OWN_TAGS }])))).toBe("fails");
  });

  it("is put right when the scanner says so", () => {
    for (const closed of [
      inspector({ status: "CLOSED" }),
      inspector({ severity: "INFORMATIONAL" }),
      asff({ RecordState: "ARCHIVED" }),
      asff({ Workflow: { Status: "RESOLVED" } }),
      asff({ Compliance: { Status: "PASSED" } }),
    ]) {
      const report = reportOn(read(closed));
      expect([statusOf(report), report.exports[0]?.closed]).toEqual(["holds", 1]);
    }
  });

  it("without a severity is not known, and never green", () => {
    for (const unrated of [inspector({ severity: "UNTRIAGED" }), inspector({ severity: "constructor" }), asff({ Severity: {} })]) {
      const report = reportOn(read(unrated, inspector({ status: "CLOSED", findingArn: "arn:other" })));
      expect([statusOf(report), report.exports[0]?.unrated]).toEqual(["notKnown", 1]);
    }
  });

  it("is told once by several files, as the worse of them, whatever their order", () => {
    const old = inspector({ status: "CLOSED", firstObservedAt: day(-9) });
    const now = asff({ Id: inspector().findings[0]?.findingArn, Severity: { Label: "LOW" }, FirstObservedAt: day(-1) });
    for (const files of [
      [old, now],
      [now, old],
    ])
      // prettier-ignore
      expect(findingsOf(reportOn(read(...files)))).toMatchObject([{ severity: "low", firstSeenAt: day(-9) }]);
  });

  it("is excused by an exception that names the finding, until its end", () => {
    const exceptions = (days: number) => [{ rule: RULE, resource: "arn:aws:inspector2:*", reason: "no fix yet", expires: day(days) }];
    expect(statusOf(reportOn(read(inspector()), 0, { exceptions: exceptions(1) }))).toBe("excepted");
    expect(statusOf(reportOn(read(inspector()), 2, { exceptions: exceptions(1) }))).toBe("fails");
  });
});

describe("a deadline", () => {
  it("is lengthened neither by a date to come nor by an export that is made anew", () => {
    expect(findingsOf(reportOn(read(inspector({ firstObservedAt: day(900) }))))).toMatchObject([{ firstSeenAt: day(0) }]);
    const subject = { at: day(8), host: facts.host, organization: facts.inventory.organization, scope: NO_SCOPE };
    const run = parsePastRun("run.json", toJson(reportOn(read(inspector({ firstObservedAt: day(0) })))), subject);
    const past = run === undefined ? [] : [run];
    expect(findingsOf(reportOn(read(inspector({ firstObservedAt: day(8) })), 8, { past }))).toMatchObject([
      { firstSeenAt: day(0), overdue: true },
    ]);
  });
});

it("a finding about anything else is counted and not judged, and alone it makes nothing green", () => {
  const { dataClass, owner } = OWN_TAGS;
  const other = read(
    ...[{}, { dataClass, owner }, { ...OWN_TAGS, retention: "" }].map((tags) => inspector({ resources: [{ id: "arn:x", tags }] })),
    inspector({ resources: [{ id: "arn:x" }] }),
  );
  const report = reportOn(other);
  expect(report.exports.map(({ untagged, tagsUnknown }) => [untagged, tagsUnknown])).toEqual([[1, 0], [1, 0], [1, 0], [0, 1]]); // prettier-ignore
  expect([statusOf(report), findingsOf(report)]).toEqual(["notApplicable", []]);
  expect(statusOf(reportOf({ ...facts, exported: undefined }))).toBe("notKnown");
});

it("counts of a file add up to its findings", () => {
  const all = [inspector(), inspector({ severity: "UNTRIAGED" }), inspector({ status: "CLOSED" }), inspector({ resources: [{ id: "a", tags: {} }] }), inspector({ resources: [{ id: "a" }] })]; // prettier-ignore
  const [file] = read({ findings: all.flatMap(({ findings }) => findings) }).files;
  expect(file).toMatchObject({ findings: 5, judged: 1, unrated: 1, closed: 1, untagged: 1, tagsUnknown: 1 });
});

describe("a hostile file", () => {
  const HOSTILE = "</td><script>alert(1)</script>\u202e\u001b[2J\n";

  it("shows as text what it has of markup, controls and turned directions", () => {
    const report = reportOn(
      read(inspector({ title: HOSTILE, findingArn: `arn:${HOSTILE}`, resources: [{ id: HOSTILE, tags: OWN_TAGS }] })),
    );
    const page = renderPage(report);
    expect(page).toContain("&lt;script&gt;");
    expect(page).not.toMatch(/<script|[\u202e\u001b]/);
    expect(toText(report, (_, text) => text)).not.toMatch(/[\u202e\u001b]/);
    expect(toJson(report)).not.toMatch(/[\u202e\u001b]/);
  });

  it("has no tags by its prototype", () => {
    const tags = `{"__proto__":${JSON.stringify(OWN_TAGS)},"constructor":"x"}`;
    const text = JSON.stringify(inspector({ resources: [{ id: "arn:x", tags: "HERE" }] })).replace('"HERE"', tags);
    expect(read(text).files).toMatchObject([{ judged: 0, untagged: 1 }]);
    const { file, resourceId } = assessment({ form: "REST" });
    const item = JSON.stringify({ value: [{ id: resourceId, type: "x", tags: "HERE" }] }).replace('"HERE"', tags);
    expect(read(file, item).files).toMatchObject([{ judged: 0, untagged: 1 }, {}]);
    expect(({} as Record<string, unknown>).dataClass).toBeUndefined();
  });

  it("nests as deeply as it likes where nothing is read", () => {
    const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
    const text = JSON.stringify(inspector({ remediation: "HERE" })).replace('"HERE"', deep);
    expect(read(text).files).toMatchObject([{ judged: 1 }]);
  });

  it.each([
    ["{", "is not JSON"],
    ["null", "neither findings"],
    ['{"findings":{}}', "neither findings"],
    [inspector({ title: "x".repeat(10_000_000) }), "findings.0.title"],
    [inspector({ firstObservedAt: "2026-02-30T00:00:00Z" }), "findings.0.firstObservedAt"],
    [inspector({ firstObservedAt: 1_700_000_000 }), "findings.0.firstObservedAt"],
    [inspector({ resources: [] }), "findings.0.resources"],
    [inspector({ resources: [{ id: "arn:x", tags: { owner: 1 } }] }), "findings.0.resources.0.tags.owner"],
    [asff({ CreatedAt: "yesterday" }), "Findings.0.CreatedAt"],
    [assessment({ code: 1 }).file, "0.status.code"],
    [exportOf("value", [null]), "value.0"],
    [{ ...inspector(), nextToken: "more" }, "nextToken"],
    [{ value: [], nextLink: "https://example.com" }, "nextLink"],
    [{ findings: Array(20_001).fill(inspector().findings[0]) }, "more than 20000 findings"],
    [Array(200_001).fill({ id: "a", type: "b" }), "more than 200000 entries"],
  ])("is refused with the file and the field (%#)", (value, where) => {
    expect(() => read(value)).toThrow("PAL_BAD_FINDINGS");
    expect(() => read(value)).toThrow(where);
    expect(() => read(value)).toThrow(/file/);
  });
});
