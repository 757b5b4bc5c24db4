import { DAY_SECONDS } from "../../../contract/durations.js";
import { parseIgnoreRules } from "../../../review/drift/ignore.js";
import type { PostureFacts } from "../../../review/posture/facts.js";
import { parsePastRun, type PastRun } from "../../../review/posture/history.js";
import { toJson } from "../../../review/posture/json.js";
import type { PostureReport } from "../../../review/posture/report.js";
import { toText } from "../../../review/posture/text.js";
import { sharedPlane } from "../../support/plane.js";
import { look, NO_SCOPE, reportOf } from "./lab.js";

/** What becomes of a finding over time, and what is kept of a run. */
const plane = sharedPlane({
  seed: `
projects:
  - { name: open, id: open-00000001, settings: { audit_log_level: full }, branches: [{ name: main, protected: true }] }
keys:
  - { name: org, kind: organisation, organisation: Palisade, key: napi_org }
`,
});
const DAY_MS = DAY_SECONDS * 1_000;
const RULE = "open-to-every-address";
let facts: PostureFacts;
beforeAll(async () => {
  ({ facts } = await look(plane));
});

const at = (days: number): PostureFacts => ({ ...facts, nowMs: facts.nowMs + days * DAY_MS });
const closed = (of: PostureFacts): PostureFacts => ({ ...of, projects: [] });
const findingOf = ({ findings }: PostureReport, rule = RULE) => findings.find((one) => one.rule === rule);
const statusOf = ({ controls }: PostureReport, id = RULE) => controls.find((one) => one.id === id)?.status;

/** Saved and read again, as the command does it. */
function save(report: PostureReport, later: PostureFacts): PastRun[] {
  const subject = {
    at: new Date(later.nowMs).toISOString(),
    host: facts.host,
    organization: facts.inventory.organization,
    scope: NO_SCOPE,
  };
  return [parsePastRun("run.json", toJson(report), subject)].filter((run) => run !== undefined);
}

const exception = (expires: string, rule = RULE, resource = "open-00000001") =>
  parseIgnoreRules([{ rule, resource, reason: "the office moves until then", expires }]);
const day = (days: number) => new Date(facts.nowMs + days * DAY_MS).toISOString();

describe("an exception", () => {
  it("excuses its finding until its end, and only that one", () => {
    const report = reportOf(facts, { exceptions: exception(day(1)) });
    expect([statusOf(report), report.exceptions[0]?.state, report.excepted.length]).toEqual(["excepted", "stands", 1]);
    expect(findingOf(report)).toBeUndefined();
    expect(findingOf(report, "passwords-stored")).toBeDefined();
    expect(reportOf(facts, { exceptions: exception(day(1), RULE, "open-00000002") }).exceptions[0]?.state).toBe("unused");
  });

  it("is red once it has ended, and says so", () => {
    const report = reportOf(at(2), { exceptions: exception(day(1)) });
    expect([statusOf(report), report.exceptions[0]?.state]).toEqual(["fails", "ended"]);
    expect(findingOf(report)?.ended).toMatchObject({ reason: "the office moves until then" });
    expect(toText(report, (_, text) => text)).toContain("Its exception ended");
  });

  it("makes nothing green that is not known", () => {
    const unknown = { ...facts, members: { reason: "refused" } };
    const rule = parseIgnoreRules([{ rule: "too-many-administrators", resource: "*", reason: "we are many", expires: day(9) }]);
    expect(statusOf(reportOf(unknown, { exceptions: rule }), "too-many-administrators")).toBe("notKnown");
  });

  it("needs a reason and an end", () => {
    expect(() => parseIgnoreRules([{ rule: RULE, resource: "x", reason: "", expires: day(1) }])).toThrow("PAL_BAD_IGNORE");
    expect(() => parseIgnoreRules([{ rule: RULE, resource: "x", reason: "we know" }])).toThrow("PAL_BAD_IGNORE");
  });
});

describe("a deadline", () => {
  it("counts from the first run of an unbroken row, and is overdue after its days", () => {
    const past = save(reportOf(facts), at(1));
    expect(findingOf(reportOf(at(6), { past }))).toMatchObject({ firstSeenAt: day(0), dueAt: day(7), overdue: false });
    const late = reportOf(at(8), { past });
    expect(findingOf(late)).toMatchObject({ overdue: true, severity: "high" });
    expect(late.findings[0]?.overdue).toBe(true);
    expect(late.totals.overdue).toBe(1);
  });

  it("begins anew where a run between did not find it", () => {
    const past = [...save(reportOf(facts), at(1)), ...save(reportOf(closed(at(1))), at(2))];
    expect(findingOf(reportOf(at(8), { past }))).toMatchObject({ firstSeenAt: day(8), overdue: false });
  });

  it("goes on over a run that could not judge", () => {
    const blind = { ...at(1), projects: at(1).projects.map((one) => ({ ...one, branches: undefined, views: undefined })) };
    const past = [...save(reportOf(facts), at(1)), ...save(reportOf(blind), at(2))];
    expect(findingOf(reportOf(at(8), { past }))).toMatchObject({ firstSeenAt: day(0), overdue: true });
  });

  it("goes on while an exception stands", () => {
    const past = save(reportOf(facts, { exceptions: exception(day(1)) }), at(1));
    expect(findingOf(reportOf(at(8), { past }))).toMatchObject({ firstSeenAt: day(0), overdue: true });
  });
});

describe("a saved run", () => {
  it("is the same text for the same facts, and one that parses to the report", async () => {
    const report = reportOf(facts);
    const again = (await look(plane, { nowMs: facts.nowMs })).facts;
    expect(toJson(reportOf(again))).toBe(toJson(report));
    expect(JSON.parse(toJson(report))).toEqual(JSON.parse(JSON.stringify(report)));
    expect(Object.keys(JSON.parse(toJson(report)) as object)).toEqual(Object.keys(report).sort());
  });

  it("is a point of the trend", () => {
    const past = save(reportOf(facts), at(1));
    const { trend } = reportOf(closed(at(1)), { past });
    expect(trend.map(({ findings }) => findings)).toEqual([reportOf(facts).totals.findings, reportOf(closed(at(1))).totals.findings]);
  });

  it("of another organisation, another scope or a time to come is left out", () => {
    const text = toJson(reportOf(facts));
    const subject = { at: day(1), host: facts.host, organization: facts.inventory.organization, scope: NO_SCOPE };
    expect(parsePastRun("run.json", text, subject)).toBeDefined();
    for (const other of [
      { organization: { kind: "organization", id: "org-other-00000001", name: "x" } },
      { scope: { stack: "prod", projects: null } },
      { at: day(-1) },
    ])
      expect(parsePastRun("run.json", text, { ...subject, ...other })).toBeUndefined();
  });

  it.each(["", "[]", "{}", '{"kind":"palisade-posture","version":2}'])("that is %j is refused with the file's name", (text) => {
    const subject = { at: day(1), host: facts.host, organization: facts.inventory.organization, scope: NO_SCOPE };
    expect(() => parsePastRun("run.json", text, subject)).toThrow(/PAL_BAD_HISTORY/);
    expect(() => parsePastRun("run.json", text, subject)).toThrow(/run\.json/);
  });
});

it("evidence names each call, when it was answered and by what digest, and no control without a call is green", async () => {
  const { facts: seen, evidence } = await look(plane);
  const report = reportOf(seen, { evidence });
  expect(evidence.find(({ path }) => path.startsWith("/projects?"))).toMatchObject({
    method: "GET",
    status: 200,
    question: "projects",
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
  });
  expect(evidence.map(({ id }) => id)).toEqual(evidence.map((_, index) => index + 1));
  const green = report.controls.filter(({ status }) => status === "holds" || status === "fails");
  expect(green.filter(({ evidence: calls }) => calls.length === 0)).toEqual([]);
  expect(JSON.stringify(report)).not.toContain(plane.ready.apiKey);
});
