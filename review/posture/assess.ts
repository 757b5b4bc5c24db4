import { SEVERITIES, type Severity } from "../../contract/findings.js";
import { PRIVACY } from "../../contract/frameworks.js";
import { createMatcher, type IgnoreRule } from "../drift/ignore.js";
import { toProjectJson } from "../scan/json.js";
import { formatKeysRead } from "../scan/scan.js";
import type { Outcome, PostureControl } from "./control.js";
import { CONTROL_GROUPS } from "./controls/index.js";
import { computeDeadline, DEADLINE_DAYS } from "./deadlines.js";
import type { Evidence } from "./evidence.js";
import type { PostureFacts } from "./facts.js";
import { buildTrend, type PastRun } from "./history.js";
import { type ControlResult, type PostureFinding, type PostureReport, type Status, STATUSES, type Totals } from "./report.js";

/** What no control looks at, whatever the key may see. */
const NOT_JUDGED = [
  "the data",
  "grants in Postgres",
  "the Data API",
  "Neon Auth",
  "SQL run in the console",
  "holders of API keys",
] as const;

export interface AssessInput {
  readonly facts: PostureFacts;
  readonly evidence: readonly Evidence[];
  readonly exceptions: readonly IgnoreRule[];
  /** Earlier runs about the same, the oldest first. */
  readonly past: readonly PastRun[];
  readonly scope: PostureReport["scope"];
}

/** What the facts say of every control. Pure: equal facts are an equal report. */
export function assess({ facts, evidence, exceptions, past, scope }: AssessInput): PostureReport {
  const match = createExceptionFinder(exceptions, facts.nowMs);
  const findings: PostureFinding[] = [];
  const excepted: PostureReport["excepted"][number][] = [];
  const controls = CONTROL_GROUPS.flatMap(({ title, controls: group }) =>
    group.map((control: PostureControl) => {
      const outcomes = control.extension && facts.isNeon ? [] : [...control.check(facts)];
      const counts = { findings: findings.length, excepted: excepted.length };
      for (const outcome of outcomes) {
        if (outcome.state !== "fails") continue;
        const found = buildFinding(control, outcome);
        const { standing, ended } = match(found);
        if (standing) excepted.push({ ...found, exception: standing });
        else {
          const { isOverdue, ...dates } = computeDeadline(found, past, facts.nowMs);
          findings.push({ ...found, ...dates, overdue: isOverdue, ended: ended ?? null });
        }
      }
      const status = computeStatus(control, facts, outcomes, {
        findings: findings.length - counts.findings,
        excepted: excepted.length - counts.excepted,
      });
      const isAsked = status !== "notAvailable" && !(control.needsStack && facts.drift === undefined);
      return buildResult(control, title, status, outcomes, isAsked ? evidence : []);
    }),
  );
  const totals = countTotals(controls, findings);
  const at = new Date(facts.nowMs).toISOString();
  const { organization, unjudged } = facts.inventory;
  return {
    kind: "palisade-posture",
    version: 1,
    at,
    host: facts.host,
    neon: facts.isNeon,
    organization,
    scope,
    totals,
    deadlineDays: DEADLINE_DAYS,
    controls,
    findings: findings.sort(compareFindings),
    excepted,
    exceptions: exceptions.map((rule) => ({ ...rule, state: match.stateOf(rule) })),
    projects: facts.projects.map(toProjectJson),
    unjudged,
    evidence,
    trend: buildTrend(past, at, totals),
    keys: formatKeysRead(facts.inventory),
    notJudged: NOT_JUDGED,
  };
}

type Failure = Extract<Outcome, { state: "fails" }>;

const buildFinding = (
  { id, says, severity, remedy }: PostureControl,
  { resource, what, of = { rule: id, says, severity } }: Failure,
): Pick<PostureFinding, "control" | "rule" | "says" | "severity" | "resource" | "what" | "remedy"> => ({
  control: id,
  ...of,
  resource,
  what,
  remedy,
});

/** Green needs an object that was seen: where one could not be seen, or none is there, it is something else. */
function computeStatus(
  { extension }: PostureControl,
  { isNeon }: PostureFacts,
  outcomes: readonly Outcome[],
  { findings, excepted }: { findings: number; excepted: number },
): Status {
  if (extension && isNeon) return "notAvailable";
  if (findings > 0) return "fails";
  if (outcomes.some(({ state }) => state === "notKnown")) return "notKnown";
  if (excepted > 0) return "excepted";
  return outcomes.length > 0 ? "holds" : "notApplicable";
}

function buildResult(
  { id, requires, why, remedy, severity, promises, soc2, iso27001, privacy, policies, extension, needsStack, asks }: PostureControl,
  group: string,
  status: Status,
  outcomes: readonly Outcome[],
  evidence: readonly Evidence[],
): ControlResult {
  const { iso27701, gdpr, ccpa, because } = privacy === undefined ? NO_PRIVACY : PRIVACY[privacy];
  const notKnown = outcomes.flatMap((one) => (one.state === "notKnown" ? [{ resource: one.resource, reason: one.reason }] : []));
  return {
    ...{
      id,
      group,
      requires,
      why,
      remedy,
      severity,
      promises,
      policies,
      extension: extension === true,
      needsStack: needsStack === true,
      status,
      because,
      notKnown,
    },
    clauses: { soc2, iso27001, iso27701, gdpr, ccpa },
    judged: outcomes.length - notKnown.length,
    evidence: evidence.filter(({ question }) => asks.includes(question)).map((one) => one.id),
  };
}

const NO_PRIVACY = { iso27701: [], gdpr: [], ccpa: [], because: null } as const;

const countTotals = (controls: readonly ControlResult[], findings: readonly PostureFinding[]): Totals => ({
  ...(Object.fromEntries(STATUSES.map((status) => [status, controls.filter((one) => one.status === status).length])) as Record<
    Status,
    number
  >),
  findings: findings.length,
  overdue: findings.filter(({ overdue }) => overdue).length,
});

/** Tells which exception a finding has, and afterwards what became of each. */
function createExceptionFinder(exceptions: readonly IgnoreRule[], nowMs: number) {
  const all = exceptions.map((rule) => ({ rule, fits: createMatcher(rule.resource), isOver: Date.parse(rule.expires) <= nowMs }));
  const used = new Set<IgnoreRule>();
  const find = ({ rule, resource }: Pick<PostureFinding, "rule" | "resource">) => {
    const meant = all.filter((one) => one.rule.rule === rule && one.fits(resource.id));
    const standing = meant.find(({ isOver }) => !isOver)?.rule;
    if (standing) used.add(standing);
    return { standing, ended: meant.find(({ isOver }) => isOver)?.rule };
  };
  const stateOf = (rule: IgnoreRule) => {
    if (Date.parse(rule.expires) <= nowMs) return "ended" as const;
    return used.has(rule) ? ("stands" as const) : ("unused" as const);
  };
  return Object.assign(find, { stateOf });
}

const rankOf = (severity: Severity): number => SEVERITIES.indexOf(severity);
const compareFindings = (a: PostureFinding, b: PostureFinding): number =>
  Number(b.overdue) - Number(a.overdue) ||
  rankOf(a.severity) - rankOf(b.severity) ||
  compareTexts(a.control, b.control) ||
  compareTexts(a.resource.id, b.resource.id) ||
  compareTexts(a.rule, b.rule);
const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
