import { resolve } from "node:path";
import { formatErrorMessage, PalisadeError } from "../../contract/errors.js";
import { EXIT, type ExitCode } from "../../contract/exitCodes.js";
import type { Configuration } from "../../provider/client/configuration.js";
import { computeApprovalDigest, closeApprovals, reopenApproval, claimApproval, readApprovalUse } from "../../review/approval/claims.js";
import { decide, type Decision } from "../../review/approval/decide.js";
import { findBeyondApproval, buildIntention } from "../../review/approval/intention.js";
import { appendLog, type VerdictEntry } from "../../review/approval/verdictLog.js";
import type { Subject } from "../../review/approval/subject.js";
import { judge, type Review } from "../../review/change/judge.js";
import { buildChange } from "../../review/change/change.js";
import { listClearSecrets } from "../../review/change/secretsInClear.js";
import type { RecordedState } from "../../review/change/state.js";
import { escapeForTerminal } from "../../review/terminalText.js";
import { readApproval } from "../approval/approvalFile.js";
import { readProgramCommit } from "../approval/programCommit.js";
import { readFailedUpdateState, computeSubject } from "../approval/subject.js";
import { findStackName } from "../../review/drift/appliedRecord.js";
import { runGuardedUp } from "../approval/guardedUp.js";
import { readSettings } from "../connection/settings.js";
import { getAppliedFile } from "../drift/files.js";
import { record, recordWithoutLiveState } from "../drift/record.js";
import { readDeclaredState } from "../drift/state.js";
import type { Verb } from "../verb.js";
import { parseLockError } from "../pulumi/lockErrors.js";
import { runPreview } from "../pulumi/preview.js";
import { type StackTarget, resolveTarget } from "../pulumi/target.js";
import { compareWithBase } from "../review/baseCommit.js";

interface Options {
  stack?: string;
  cwd: string;
  approval?: string;
  allowedSigners?: string;
  policyPack: string[];
  policyPackConfig: string[];
  base?: string;
  log: string;
}

export const guard: Verb = (program, ended) =>
  void program
    .command("guard")
    .argument("<command...>", "the update to guard: -- pulumi up, with --parallel, --message, --diff, --color if wanted")
    .option("--stack <name>", "stack to update; the selected one when omitted")
    .option("--cwd <directory>", "directory of the Pulumi project", ".")
    .option("--approval <file>", "what palisade approve wrote")
    .option("--allowed-signers <file>", "who may approve, as in `man ssh-keygen`; must lie outside of the repository")
    .option("--policy-pack <directory>", "run the update with this policy pack as well; may be given again", collect, [])
    .option("--policy-pack-config <file>", "configuration of the policy pack; may be given again", collect, [])
    .option("--base <commit>", "judge what is new in code and packages since this commit, as palisade review --base does")
    .option("--log <file>", "log of verdicts, one line each, chained by hashes", ".palisade/verdicts.jsonl")
    .addHelpText(
      "after",
      "\nExits with pulumi's success as 0; 1 when the update failed; 20, 21 or 22 when it was refused (as palisade review).\n" +
        "It binds only where the API key exists behind it alone: see docs/guides/approval.md.",
    )
    .action(async (command: string[], options: Options) => {
      ended(await runGuarded(parseFlags(command), options));
    });

async function runGuarded(flags: readonly string[], options: Options): Promise<ExitCode> {
  const target = await resolveTarget(options);
  const { directory } = target;
  const log = resolve(directory, options.log);
  const program = await readProgramCommit(directory, [
    log,
    `${log}.lock`,
    `${log}.claims`,
    ...(options.approval === undefined ? [] : [options.approval]),
  ]);
  const approved = await readApproval(options, program.root);
  const packs = { policyPacks: options.policyPack, policyPackConfigs: options.policyPackConfig };
  const previewed = await runPreview(target, { refresh: false, ...packs });
  const change = buildChange(previewed);
  const { base } = options;
  const review = judge(change, base === undefined ? {} : await compareWithBase(directory, base, packs));
  const settings = await readSettings(directory, options.stack, target.pulumi);
  const subject = await computeSubject({ settings, program, change, review, state: previewed.state });
  const use = approved && (await readApprovalUse(log, approved));
  const prior = use?.is === "open" ? { ...use, beyond: findBeyondApproval(use.intention, change, review) } : use;
  const decision = decide(review, subject, approved, Date.now(), prior);
  const taken = decision.go && decision.signer !== undefined && approved && use ? { approved, use } : undefined;
  const note = (outcome: VerdictEntry["outcome"], why?: string) =>
    appendLog(log, buildEntry(subject, decision, outcome, why, taken && computeApprovalDigest(taken.approved)));
  if (!decision.go) {
    await note("refused", decision.why);
    process.stderr.write(`palisade: refused: ${escapeForTerminal(decision.why)}\n`);
    return getRefusalCode(review);
  }
  if (taken) await claimApproval(log, taken.approved, taken.use, buildIntention(change, review));
  await note("started", taken?.use.is === "open" ? `goes on with the update that failed, begun at ${taken.use.at}` : undefined);
  process.stderr.write(
    `palisade: ${decision.signer === undefined ? "nothing here needs an approval" : `approved by ${escapeForTerminal(decision.signer)}`}\n`,
  );
  const { code, said } = await runGuardedUp(target, change, review, previewed.plan, { flags, ...packs });
  if (code !== 0) {
    const locked = parseLockError(said);
    await note("failed", locked?.message ?? `pulumi up ended with ${code ?? "a signal"}`);
    if (taken) await reopenApproval(log, taken.approved, await readFailedUpdateState(target, settings, subject.stack));
    if (locked) throw locked;
    return EXIT.failed;
  }
  await note("applied");
  await closeApprovals(log, subject.stack);
  const state = await recordApplied(target, settings);
  warnOfClearSecrets(listClearSecrets(state));
  return EXIT.done;
}

/** What palisade drift measures against; a refresh cannot change it. The update is done: what cannot be looked at is said, and fails nothing. */
async function recordApplied(target: StackTarget, settings: Configuration): Promise<RecordedState> {
  const state = await readDeclaredState(target);
  const stack = findStackName(state);
  if (stack === undefined) return state;
  const file = getAppliedFile(target.directory, stack);
  try {
    await record(file, state, stack, settings);
  } catch (error) {
    await recordWithoutLiveState(file, state, stack);
    process.stderr.write(`palisade: recorded without what the program leaves out: ${escapeForTerminal(formatErrorMessage(error))}\n`);
  }
  return state;
}

/** A secret that was made in this very update was unknown when it was judged, and so was what it was handed on to. */
function warnOfClearSecrets(places: readonly string[]): void {
  for (const place of places)
    process.stderr.write(
      `palisade: ${escapeForTerminal(place)} holds a secret in clear, for everybody who may read the stack: rotate the secret\n`,
    );
}

const buildEntry = (subject: Subject, decision: Decision, outcome: VerdictEntry["outcome"], why?: string, approval?: string) => ({
  ...subject,
  at: new Date().toISOString(),
  outcome,
  ...(approval !== undefined && { approval }),
  ...(decision.go && decision.signer !== undefined && { signer: decision.signer }),
  ...(why !== undefined && { why }),
});

const getRefusalCode = ({ verdict, unjudged }: Review): ExitCode =>
  verdict === "block" ? EXIT.block : unjudged.length > 0 ? EXIT.cannotJudge : EXIT.needsReview;

/** Flags that change nothing of what is done. */
const HARMLESS = new Set(["--yes", "-y", "--diff", "--suppress-outputs", "--suppress-progress", "--show-sames", "--non-interactive"]);
const WITH_VALUE = new Set(["--parallel", "-p", "--message", "-m", "--color"]);

/** `pulumi up` and harmless flags; what another would do was not judged. */
function parseFlags([name, verb, ...flags]: readonly string[]): string[] {
  if (name !== "pulumi" || verb !== "up")
    throw new PalisadeError("PAL_USAGE", "only pulumi up can be guarded: palisade guard -- pulumi up");
  for (let at = 0; at < flags.length; at++) {
    const flag = (flags[at] ?? "").split("=", 1)[0] ?? "";
    if (WITH_VALUE.has(flag)) at += flags[at]?.includes("=") === true ? 0 : 1;
    else if (!HARMLESS.has(flag))
      throw new PalisadeError("PAL_USAGE", `${flag} changes what the update does, and was not judged: leave it out`);
  }
  return flags.filter((flag) => flag !== "--yes" && flag !== "-y" && flag !== "--non-interactive");
}

const collect = (value: string, others: string[]): string[] => [...others, value];
