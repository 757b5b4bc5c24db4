import { statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { PalisadeError, messageOf } from "../../contract/errors.js";
import { EXIT, type ExitCode } from "../../contract/exitCodes.js";
import { decide, type Decision } from "../../review/approval/decide.js";
import { appendLog, type Entry } from "../../review/approval/log.js";
import { verify } from "../../review/approval/signature.js";
import type { Subject } from "../../review/approval/subject.js";
import { judge, type Review } from "../../review/change/judge.js";
import { changeOf } from "../../review/change/model.js";
import { shown } from "../../review/shown.js";
import { programOf, real } from "../approval/program.js";
import { subjectOf } from "../approval/subject.js";
import { appliedOf, stackOf } from "../../review/drift/applied.js";
import { guardedUp } from "../approval/up.js";
import { appliedFile, writeApplied } from "../drift/files.js";
import { declaredState } from "../drift/state.js";
import type { Verb } from "../verb.js";
import { runPreview } from "../pulumi/preview.js";
import { type Target, targetOf } from "../pulumi/target.js";

interface Options {
  stack?: string;
  cwd: string;
  approval?: string;
  allowedSigners?: string;
  policyPack: string[];
  policyPackConfig: string[];
  log: string;
}

export const guard: Verb = (program, ended) =>
  void program
    .command("guard")
    .description("Runs pulumi up when its change needs no approval, or when exactly this change was approved; judges again inside the run.")
    .argument("<command...>", "the update to guard: -- pulumi up, with --parallel, --message, --diff, --color if wanted")
    .option("--stack <name>", "stack to update; the selected one when omitted")
    .option("--cwd <directory>", "directory of the Pulumi project", ".")
    .option("--approval <file>", "what palisade approve wrote")
    .option("--allowed-signers <file>", "who may approve, as in `man ssh-keygen`; must lie outside of the repository")
    .option("--policy-pack <directory>", "run the update with this policy pack as well; may be given again", collect, [])
    .option("--policy-pack-config <file>", "configuration of the policy pack; may be given again", collect, [])
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
  const program = await programOf(directory, [log, ...(options.approval === undefined ? [] : [options.approval])]);
  const approved = await approvalOf(options, program.root);
  const packs = { policyPacks: options.policyPack, policyPackConfigs: options.policyPackConfig };
  const previewed = await runPreview(target, { refresh: false, ...packs });
  const change = changeOf(previewed);
  const review = judge(change);
  const subject = await subjectOf({ directory, stack: options.stack, program, change, review, state: previewed.state });
  const decision = decide(review, subject, approved, Date.now());
  const note = (outcome: Entry["outcome"], why?: string) => appendLog(log, entryOf(subject, decision, outcome, why));
  if (!decision.go) {
    await note("refused", decision.why);
    process.stderr.write(`palisade: refused: ${shown(decision.why)}\n`);
    return refusalCode(review);
  }
  await note("started");
  process.stderr.write(
    `palisade: ${decision.signer === undefined ? "nothing here needs an approval" : `approved by ${shown(decision.signer)}`}\n`,
  );
  const code = await guardedUp(target, change, previewed.plan, { flags, ...packs });
  await note(code === 0 ? "applied" : "failed", code === 0 ? undefined : `pulumi up ended with ${code}`);
  if (code === 0) await recordApplied(target);
  return code === 0 ? EXIT.done : EXIT.failed;
}

/** What palisade drift measures against; a refresh cannot change it. */
async function recordApplied(target: Target): Promise<void> {
  const state = await declaredState(target);
  const stack = stackOf(state);
  if (stack !== undefined) await writeApplied(appliedFile(target.directory, stack), appliedOf(state, stack, Date.now()));
}

const entryOf = (subject: Subject, decision: Decision, outcome: Entry["outcome"], why: string | undefined) => ({
  ...{ ...subject, at: new Date().toISOString(), outcome },
  ...(decision.go && decision.signer !== undefined && { signer: decision.signer }),
  ...(why !== undefined && { why }),
});

const refusalCode = ({ verdict, unjudged }: Review): ExitCode =>
  verdict === "block" ? EXIT.block : unjudged.length > 0 ? EXIT.cannotJudge : EXIT.needsReview;

async function approvalOf({ approval, allowedSigners }: Options, root: string) {
  if (approval === undefined) return undefined;
  if (allowedSigners === undefined) throw new PalisadeError("PAL_USAGE", "--approval needs --allowed-signers: who may approve");
  const signers = real(resolve(allowedSigners));
  if (signers.startsWith(`${real(root)}/`))
    throw new PalisadeError(
      "PAL_USAGE",
      "--allowed-signers must lie outside of the repository: whoever changes the program could add themselves",
    );
  const found = statSync(signers, { throwIfNoEntry: false });
  if (!found) throw new PalisadeError("PAL_USAGE", `--allowed-signers: ${signers} does not exist`);
  if ((found.mode & 0o022) !== 0)
    throw new PalisadeError("PAL_USAGE", `--allowed-signers: others may write ${signers}; run chmod go-w on it`);
  const text = await readFile(approval, "utf8").catch((error: unknown) => {
    throw new PalisadeError("PAL_USAGE", `--approval: ${messageOf(error)}`);
  });
  return verify(text, signers);
}

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
