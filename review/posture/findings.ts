import { createMatcher, type IgnoreRule } from "../drift/ignore.js";
import type { Outcome, PostureControl } from "./control.js";
import { computeDeadline } from "./deadlines.js";
import type { PastRun } from "./history.js";
import type { PostureFinding, PostureReport } from "./report.js";

type Failure = Extract<Outcome, { state: "fails" }>;
type ExceptedFinding = PostureReport["excepted"][number];

/** What is wrong, sorted into what is red and what an exception excuses. */
export class FindingList {
  readonly findings: PostureFinding[] = [];
  readonly excepted: ExceptedFinding[] = [];
  readonly #used = new Set<IgnoreRule>();
  readonly #rules: readonly { readonly rule: IgnoreRule; readonly fits: (id: string) => boolean; readonly isOver: boolean }[];

  constructor(
    exceptions: readonly IgnoreRule[],
    private readonly past: readonly PastRun[],
    private readonly nowMs: number,
  ) {
    this.#rules = exceptions.map((rule) => ({
      rule,
      fits: createMatcher(rule.resource),
      isOver: Date.parse(rule.expires) <= nowMs,
    }));
  }

  add(
    { id, says, severity, remedy }: PostureControl,
    { resource, what, sinceMs, of = { rule: id, says, severity } }: Omit<Failure, "state">,
  ): void {
    const found = { control: id, ...of, resource, what, remedy };
    const meant = this.#rules.filter(({ rule, fits }) => rule.rule === of.rule && fits(resource.id));
    const exception = meant.find(({ isOver }) => !isOver)?.rule;
    if (exception) {
      this.#used.add(exception);
      this.excepted.push({ ...found, exception });
      return;
    }
    const { isOverdue, ...dates } = computeDeadline(found, this.past, this.nowMs, sinceMs);
    this.findings.push({ ...found, ...dates, overdue: isOverdue, ended: meant.find(({ isOver }) => isOver)?.rule ?? null });
  }

  /** Whether one of the rules has found something in the project. */
  tells(rules: readonly string[], projectId: string): "finding" | "excepted" | undefined {
    const isMeant = ({ rule, resource }: Pick<PostureFinding, "rule" | "resource">) =>
      rules.includes(rule) && resource.id.split("/")[0] === projectId;
    if (this.findings.some(isMeant)) return "finding";
    return this.excepted.some(isMeant) ? "excepted" : undefined;
  }

  listExceptions(): PostureReport["exceptions"] {
    return this.#rules.map(({ rule, isOver }) => ({
      ...rule,
      state: isOver ? ("ended" as const) : this.#used.has(rule) ? ("stands" as const) : ("unused" as const),
    }));
  }
}
