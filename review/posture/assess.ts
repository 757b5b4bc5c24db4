import { SEVERITIES, type Severity } from "../../contract/findings.js";
import { PRIVACY } from "../../contract/frameworks.js";
import type { IgnoreRule } from "../drift/ignore.js";
import { toProjectJson } from "../scan/json.js";
import { formatKeysRead } from "../scan/scan.js";
import type { Outcome, PostureControl } from "./control.js";
import { CONTROL_GROUPS } from "./controls/index.js";
import { DEADLINE_DAYS } from "./deadlines.js";
import type { Evidence } from "./evidence.js";
import type { PostureFacts } from "./facts.js";
import { FindingList } from "./findings.js";
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
  const list = new FindingList(exceptions, past, facts.nowMs);
  const judged = CONTROL_GROUPS.flatMap(({ title, controls }) =>
    controls.map((control: PostureControl) => ({
      control,
      title,
      outcomes: control.extension && facts.isNeon ? [] : [...control.check(facts)],
    })),
  );
  for (const { control, outcomes } of judged) for (const one of outcomes) if (one.state === "fails") list.add(control, one);
  const toldOf = new Map(judged.map(({ control, outcomes }) => [control, addUntold(list, control, outcomes)]));
  const controls = judged.map(({ control, title, outcomes }) => {
    const told = toldOf.get(control) ?? [];
    const status = computeStatus(control, facts, outcomes, list, told);
    const isAsked = status !== "notAvailable" && !(control.needsStack && facts.drift === undefined);
    return buildResult(control, { title, status, outcomes, told: told.map(({ rule }) => rule), evidence: isAsked ? evidence : [] });
  });
  const totals = countTotals(controls, list.findings);
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
    findings: list.findings.sort(compareFindings),
    excepted: list.excepted,
    exceptions: list.listExceptions(),
    projects: facts.projects.map(toProjectJson),
    unjudged,
    evidence,
    exports: facts.exported?.files ?? [],
    trend: buildTrend(past, at, totals),
    keys: formatKeysRead(facts.inventory),
    notJudged: NOT_JUDGED,
  };
}

/** What another rule tells of the same object, and whether it is red there. */
interface OtherFinding {
  readonly rule: string;
  readonly isRed: boolean;
}

/** One fact is one finding, but no reason to call what it breaks green. What nobody tells becomes a finding of its own. */
function addUntold(list: FindingList, control: PostureControl, outcomes: readonly Outcome[]): readonly OtherFinding[] {
  return outcomes.flatMap((one): readonly OtherFinding[] => {
    if (one.state !== "toldBy") return [];
    const telling = one.rules.filter((rule) => list.tells([rule], one.resource.id) !== undefined);
    if (telling.length === 0) list.add(control, one);
    return telling.map((rule) => ({ rule, isRed: list.tells([rule], one.resource.id) === "finding" }));
  });
}

/** Green needs an object that was seen: where one could not be seen, or none is there, it is something else. */
function computeStatus(
  { id, extension }: PostureControl,
  { isNeon }: PostureFacts,
  outcomes: readonly Outcome[],
  { findings, excepted }: FindingList,
  told: readonly OtherFinding[],
): Status {
  if (extension && isNeon) return "notAvailable";
  if (findings.some(({ control }) => control === id) || told.some(({ isRed }) => isRed)) return "fails";
  if (outcomes.some(({ state }) => state === "notKnown")) return "notKnown";
  if (excepted.some(({ control }) => control === id) || told.length > 0) return "excepted";
  return outcomes.length > 0 ? "holds" : "notApplicable";
}

interface Judged {
  readonly title: string;
  readonly status: Status;
  readonly outcomes: readonly Outcome[];
  readonly told: readonly string[];
  readonly evidence: readonly Evidence[];
}

function buildResult(
  {
    id,
    requires,
    why,
    remedy,
    severity,
    promises,
    soc2,
    iso27001,
    privacy,
    policies,
    extension,
    needsStack,
    needsFindings,
    asks,
  }: PostureControl,
  { title, status, outcomes, told, evidence }: Judged,
): ControlResult {
  const { iso27701, gdpr, ccpa, because } = privacy === undefined ? NO_PRIVACY : PRIVACY[privacy];
  const notKnown = outcomes.flatMap((one) => (one.state === "notKnown" ? [{ resource: one.resource, reason: one.reason }] : []));
  return {
    ...{ id, group: title, requires, why, remedy, severity, promises, policies, status, because, notKnown },
    extension: extension === true,
    needsStack: needsStack === true,
    needsFindings: needsFindings === true,
    clauses: { soc2, iso27001, iso27701, gdpr, ccpa },
    judged: outcomes.length - notKnown.length,
    toldBy: [...new Set(told)].sort(),
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

const rankOf = (severity: Severity): number => SEVERITIES.indexOf(severity);
const compareFindings = (a: PostureFinding, b: PostureFinding): number =>
  Number(b.overdue) - Number(a.overdue) ||
  rankOf(a.severity) - rankOf(b.severity) ||
  compareTexts(a.control, b.control) ||
  compareTexts(a.resource.name, b.resource.name) ||
  compareTexts(a.resource.id, b.resource.id) ||
  compareTexts(a.rule, b.rule);
const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
