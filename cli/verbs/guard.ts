import { resolve } from "node:path";
import { messageOf, PalisadeError } from "../../contract/errors.js";
import { EXIT, type ExitCode } from "../../contract/exitCodes.js";
import { approvalDigest, closeApprovals, leaveOpen, takeApproval, useOf } from "../../review/approval/claims.js";
import { decide, type Decision } from "../../review/approval/decide.js";
import { beyond, intentionOf } from "../../review/approval/intention.js";
import { appendLog, type Entry } from "../../review/approval/log.js";
import type { Subject } from "../../review/approval/subject.js";
import { judge, type Review } from "../../review/change/judge.js";
import { changeOf } from "../../review/change/model.js";
import { clearSecretsIn } from "../../review/change/secretsInClear.js";
import type { RecordedState } from "../../review/change/state.js";
import { shown } from "../../review/shown.js";
import { approvalOf } from "../approval/approvalFile.js";
import { programOf } from "../approval/program.js";
import { leftBy, subjectOf } from "../approval/subject.js";
import { stackOf } from "../../review/drift/applied.js";
import { guardedUp } from "../approval/up.js";
import { settingsOf } from "../connection/settings.js";
import { appliedFile } from "../drift/files.js";
import { record, recordBlindly } from "../drift/record.js";
import { declaredState } from "../drift/state.js";
import type { Verb } from "../verb.js";
import { lockError } from "../pulumi/lock.js";
import { runPreview } from "../pulumi/preview.js";
import { type Target, targetOf } from "../pulumi/target.js";
import { sinceBase } from "../review/base.js";

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
      ended(await guarded(flagsOf(command), options));
    });

async function guarded(flags: readonly string[], options: Options): Promise<ExitCode> {
  const target = await targetOf(options);
  const { directory } = target;
  const log = resolve(directory, options.log);
  const program = await programOf(directory, [
    log,
    `${log}.lock`,
    `${log}.claims`,
    ...(options.approval === undefined ? [] : [options.approval]),
  ]);
  const approved = await approvalOf(options, program.root);
  const packs = { policyPacks: options.policyPack, policyPackConfigs: options.policyPackConfig };
  const previewed = await runPreview(target, { refresh: false, ...packs });
  const change = changeOf(previewed);
  const { base } = options;
  const review = judge(change, base === undefined ? {} : await sinceBase(directory, base, packs));
  const subject = await subjectOf({ directory, stack: options.stack, program, change, review, state: previewed.state });
  const use = approved && (await useOf(log, approved));
  const prior = use?.is === "open" ? { ...use, beyond: beyond(use.intention, change, review) } : use;
  const decision = decide(review, subject, approved, Date.now(), prior);
  const taken = decision.go && decision.signer !== undefined && approved && use ? { approved, use } : undefined;
  const note = (outcome: Entry["outcome"], why?: string) =>
    appendLog(log, entryOf(subject, decision, outcome, why, taken && approvalDigest(taken.approved)));
  if (!decision.go) {
    await note("refused", decision.why);
    process.stderr.write(`palisade: refused: ${shown(decision.why)}\n`);
    return refusalCode(review);
  }
  if (taken) await takeApproval(log, taken.approved, taken.use, intentionOf(change, review));
  await note("started", taken?.use.is === "open" ? `goes on with the update that failed, begun at ${taken.use.at}` : undefined);
  process.stderr.write(
    `palisade: ${decision.signer === undefined ? "nothing here needs an approval" : `approved by ${shown(decision.signer)}`}\n`,
  );
  const { code, said } = await guardedUp(target, change, review, previewed.plan, { flags, ...packs });
  if (code !== 0) {
    const locked = lockError(said);
    await note("failed", locked?.message ?? `pulumi up ended with ${code ?? "a signal"}`);
    if (taken) await leaveOpen(log, taken.approved, await leftBy(target, subject.stack));
    if (locked) throw locked;
    return EXIT.failed;
  }
  await note("applied");
  await closeApprovals(log, subject.stack);
  const state = await recordApplied(target);
  tellClearSecrets(clearSecretsIn(state));
  return EXIT.done;
}

/** What palisade drift measures against; a refresh cannot change it. The update is done: what cannot be looked at is said, and fails nothing. */
async function recordApplied(target: Target): Promise<RecordedState> {
  const state = await declaredState(target);
  const stack = stackOf(state);
  if (stack === undefined) return state;
  const file = appliedFile(target.directory, stack);
  try {
    await record(file, state, stack, await settingsOf(target.directory, target.stack));
  } catch (error) {
    await recordBlindly(file, state, stack);
    process.stderr.write(`palisade: recorded without what the program leaves out: ${shown(messageOf(error))}\n`);
  }
  return state;
}

/** A secret that was made in this very update was unknown when it was judged, and so was what it was handed on to. */
function tellClearSecrets(places: readonly string[]): void {
  for (const place of places)
    process.stderr.write(`palisade: ${shown(place)} holds a secret in clear, for everybody who may read the stack: make a new secret\n`);
}

const entryOf = (subject: Subject, decision: Decision, outcome: Entry["outcome"], why?: string, approval?: string) => ({
  ...{ ...subject, at: new Date().toISOString(), outcome },
  ...(approval !== undefined && { approval }),
  ...(decision.go && decision.signer !== undefined && { signer: decision.signer }),
  ...(why !== undefined && { why }),
});

const refusalCode = ({ verdict, unjudged }: Review): ExitCode =>
  verdict === "block" ? EXIT.block : unjudged.length > 0 ? EXIT.cannotJudge : EXIT.needsReview;

/** Flags that change nothing of what is done. */
const HARMLESS = new Set(["--yes", "-y", "--diff", "--suppress-outputs", "--suppress-progress", "--show-sames", "--non-interactive"]);
const WITH_VALUE = new Set(["--parallel", "-p", "--message", "-m", "--color"]);

/** `pulumi up` and harmless flags; what another would do was not judged. */
function flagsOf([name, verb, ...flags]: readonly string[]): string[] {
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
