import { resolve } from "node:path";
import { Option } from "commander";
import { PalisadeError } from "../../contract/errors.js";
import { EXIT, type ExitCode } from "../../contract/exitCodes.js";
import type { Configuration } from "../../provider/client/configuration.js";
import { buildApplied, type Baseline, buildBaseline, type LiveBefore, findStackName } from "../../review/drift/appliedRecord.js";
import { type AccountDrift, detectDrift as drifted, NEVER_COMPARED } from "../../review/drift/drift.js";
import { applyIgnoreRules, type IgnoreRule } from "../../review/drift/ignore.js";
import { listUnknownOmitted } from "../../review/drift/observeOmitted.js";
import { planRepair, repair } from "../../review/drift/repair.js";
import { listDrift, type DriftReport, type RepairReport, toText } from "../../review/drift/report.js";
import { toSafeJson, escapeForTerminal } from "../../review/terminalText.js";
import { readSettings } from "../connection/settings.js";
import { getAppliedFile, readAppliedFile, readIgnoreRules } from "../drift/files.js";
import { readStateInput } from "../drift/state.js";
import { assertNewFile } from "../newFile.js";
import { groupByAccount, record } from "../drift/record.js";
import { DRAFT_FILE, writeDraft } from "../drift/writeDraft.js";
import { notify, parseWebhookUrl } from "../drift/webhook.js";
import type { Verb } from "../verb.js";
import { createOutputOption, createWholeNumberParser } from "../options.js";
import { createPainter, createProgress } from "../terminal.js";

interface Options {
  stack?: string;
  cwd: string;
  state?: string;
  applied?: string;
  record: boolean;
  ignore?: string;
  writeIgnore?: string | true;
  webhook?: string;
  repair?: "closing";
  apply: boolean;
  maxChanges?: number;
  grace: number;
  output: "text" | "json";
}

const GRACE_SECONDS = 900;
const MOST_CHANGES = 1_000;
const MOST_GRACE_SECONDS = 30 * 86_400;

export const drift: Verb = (program, ended) =>
  void program
    .command("drift")
    .option("--stack <name>", "stack to look at; the selected one when omitted")
    .option("--cwd <directory>", "directory of the Pulumi project", ".")
    .option("--state <file>", "output of pulumi stack export, instead of asking Pulumi")
    .option("--applied <file>", "record of what was applied; .palisade/applied-<stack>.json when omitted")
    .option(
      "--record",
      "record what is applied now, and what is live of what the program leaves out, right after a pulumi up; compare nothing",
      false,
    )
    .option("--ignore <file>", "YAML or JSON list of {rule, resource, reason, expires}: findings to leave out")
    .option("--write-ignore [file]", `draft an ignore file of what is found, with reasons to fill in (${DRAFT_FILE}); never overwrites one`)
    .option("--webhook <url>", "post the findings there as JSON, when there are any")
    .addOption(new Option("--repair <what>", "undo what opens, by calls that only close").choices(["closing"]))
    .option("--apply", "make the changes of --repair; without it they are only said", false)
    .addOption(
      new Option("--max-changes <count>", "with --repair: change nothing when it would be more").argParser(
        createWholeNumberParser(1, MOST_CHANGES),
      ),
    )
    .addOption(
      new Option("--grace <seconds>", "with --repair: leave changes younger than this alone")
        .default(GRACE_SECONDS)
        .argParser(createWholeNumberParser(0, MOST_GRACE_SECONDS)),
    )
    .addOption(createOutputOption())
    .addHelpText(
      "after",
      "\nExits with 0 when nothing has drifted, 23 when something has, 22 when a part could not be read and so not judged, 1 when a repair failed. With --write-ignore: 0 when the draft is written or nothing is to be drafted, 22 as above, 2 when the file exists. The key that runs the command, and the only administrator, are told and are no drift.",
    )
    .action(async (options: Options) => {
      ended(await run(options));
    });

async function run(options: Options): Promise<ExitCode> {
  assertCompatibleOptions(options);
  const webhook = options.webhook === undefined ? undefined : parseWebhookUrl(options.webhook);
  const rules = options.ignore === undefined ? [] : await readIgnoreRules(options.ignore);
  if (options.writeIgnore !== undefined) await assertNewFile("--write-ignore", getDraftFile(options));
  const nowMs = Date.now();
  const { state: recorded, pulumi } = await readStateInput(options);
  const stack = findStackName(recorded) ?? options.stack ?? "unknown";
  const state = buildApplied(recorded, stack, nowMs);
  const file = options.applied ?? getAppliedFile(resolve(options.cwd), stack);
  if (options.record) {
    const { applied, kept } = await record(file, recorded, stack, await readSettings(options.cwd, options.stack, pulumi));
    process.stdout.write(`${file}: ${applied.resources.length} resources as applied\n${formatKept(kept)}`);
    return EXIT.done;
  }
  const applied = await readAppliedFile(file, stack);
  if (!applied && options.applied !== undefined) throw new PalisadeError("PAL_USAGE", `--applied: ${file} does not exist`);
  const baseline = buildBaseline(state, applied);
  const settings = await readSettings(options.cwd, options.stack, pulumi);
  const accounts = await compareAccounts(settings, baseline, nowMs, applied);
  const against = { source: applied ? ("applied" as const) : ("state" as const), recordedAt: applied?.recordedAt ?? null };
  const head = {
    stack,
    at: new Date(nowMs).toISOString(),
    against: { ...against, unrecorded: baseline.unrecorded, unknown: listUnknownOmitted(baseline.managed) },
  };
  const { report, failed } = await buildReport(head, accounts, rules, options, nowMs);
  const draft = options.writeIgnore === undefined ? undefined : await writeDraft(getDraftFile(options), report, nowMs);
  const shownReport = draft === undefined ? report : { ...report, draft };
  process.stdout.write(options.output === "json" ? `${toSafeJson(shownReport)}\n` : toText(shownReport, createPainter()));
  if (webhook && (listDrift(report).length > 0 || report.unjudged.length > 0)) {
    const why = await notify(webhook, report);
    if (why !== undefined) process.stderr.write(`palisade: the webhook did not take the findings: ${escapeForTerminal(why)}\n`);
  }
  if (failed) return EXIT.failed;
  if (report.unjudged.length > 0) return EXIT.cannotJudge;
  return draft === undefined && listDrift(report).length > 0 ? EXIT.drift : EXIT.done;
}

function assertCompatibleOptions({ repair: asked, apply, maxChanges, record, state, writeIgnore }: Options): void {
  if (writeIgnore !== undefined && (record || asked !== undefined))
    throw new PalisadeError(
      "PAL_USAGE",
      `--write-ignore drafts what a comparison finds: run it without ${record ? "--record" : "--repair"}`,
    );
  if (apply && asked === undefined) throw new PalisadeError("PAL_USAGE", "--apply belongs to --repair closing");
  if (asked !== undefined && maxChanges === undefined)
    throw new PalisadeError("PAL_USAGE", "--repair needs --max-changes: how many changes may it make?");
  if (record && asked !== undefined) throw new PalisadeError("PAL_USAGE", "--record compares nothing, so there is nothing to repair");
  if (record && state !== undefined) throw new PalisadeError("PAL_USAGE", "--record asks Pulumi itself: a file may be old");
}

const getDraftFile = ({ writeIgnore, cwd }: Options): string => resolve(cwd, typeof writeIgnore === "string" ? writeIgnore : DRAFT_FILE);

/** Each account that the stack uses; the main one also where it uses none. */
async function compareAccounts(
  settings: Configuration,
  { managed }: Baseline,
  nowMs: number,
  before: LiveBefore | undefined,
): Promise<AccountDrift[]> {
  const found: AccountDrift[] = [];
  for (const [name, own] of groupByAccount(managed))
    found.push(
      await drifted(settings.getAccount(name), { own, all: managed, nowMs, progress: createProgress(), ...(before && { before }) }),
    );
  return found;
}

/** What was opened between two records stays told: recording follows every update, and must not accept it. */
const formatKept = (kept: readonly string[]): string =>
  kept.length === 0
    ? ""
    : `Opened since the record before, and not accepted by this one: ${kept.map(escapeForTerminal).join(", ")}. palisade drift tells more; to accept all that is live, delete the record first.\n`;

async function buildReport(
  head: Pick<DriftReport, "stack" | "at" | "against">,
  accounts: readonly AccountDrift[],
  rules: readonly IgnoreRule[],
  { repair: asked, apply, maxChanges = 0, grace }: Options,
  nowMs: number,
): Promise<{ report: DriftReport; failed: boolean }> {
  const plans = accounts.map((account) => {
    const { kept, ignored, expired } = applyIgnoreRules(account.judged, rules, nowMs);
    return { account, kept, ignored, expired, plan: planRepair(kept, account.observation, { graceMs: grace * 1_000, nowMs }) };
  });
  const steps = plans.flatMap(({ plan }) => plan.steps);
  if (asked !== undefined && apply && steps.length > maxChanges)
    throw new PalisadeError("PAL_TOO_MANY_REPAIRS", `${steps.length} changes, ${maxChanges} allowed`);
  const repaired: RepairReport = {
    applied: apply,
    steps: steps.map(({ finding, closing }) => ({ what: closing.what, resource: finding.resource })),
    left: plans.flatMap(({ plan }) => plan.left.map(({ finding, why }) => ({ resource: finding.resource, rule: finding.rule, why }))),
    done: [],
  };
  const done = [];
  if (asked !== undefined && apply)
    for (const { account, plan } of plans) done.push(...(await repair(account.api, account.observation.orgId, plan)));
  const report: DriftReport = {
    version: 1,
    ...head,
    notCompared: NEVER_COMPARED,
    accounts: accounts.map(({ host, organization, keys, calls }) => ({ host, organization, keys, calls: calls() })),
    findings: plans.flatMap(({ kept }) => kept.map(({ finding }) => finding)),
    ignored: plans.flatMap(({ ignored }) =>
      ignored.map(({ judged, by: { reason, expires } }) => ({ finding: judged.finding, reason, expires })),
    ),
    expiredRules: plans[0]?.expired ?? [],
    unjudged: accounts.flatMap(({ unjudged }) => unjudged),
    elsewhere: accounts.flatMap((account) => account.elsewhere),
    repair: asked === undefined ? null : { ...repaired, done },
  };
  return { report, failed: done.some(({ outcome }) => outcome === "failed") };
}
