import { resolve } from "node:path";
import { Option } from "commander";
import { PalisadeError } from "../../contract/errors.js";
import { EXIT, type ExitCode } from "../../contract/exitCodes.js";
import type { Account } from "../../contract/account.js";
import { buildApplied, buildBaseline, findStackIdentity, findStackName } from "../../review/drift/appliedRecord.js";
import { assess } from "../../review/posture/assess.js";
import { toJson } from "../../review/posture/json.js";
import { observePosture, type StackSubject } from "../../review/posture/observe.js";
import { renderPage } from "../../review/posture/page/page.js";
import type { ControlResult, PostureReport } from "../../review/posture/report.js";
import { toText } from "../../review/posture/text.js";
import { readSettings } from "../connection/settings.js";
import { getAppliedFile, readAppliedFile, readIgnoreRules } from "../drift/files.js";
import { groupByAccount } from "../drift/record.js";
import { readDeclaredState } from "../drift/state.js";
import { readFindingFiles, readHistory, saveRun, writeWholeFile } from "../posture/files.js";
import { resolveTarget, type StackTarget } from "../pulumi/target.js";
import { createPainter, createProgress } from "../terminal.js";
import type { Verb } from "../verb.js";

interface Options {
  stack?: string;
  project: readonly string[];
  org?: string;
  cwd: string;
  exceptions?: string;
  history?: string;
  findings: readonly string[];
  output: "text" | "json" | "html";
  out?: string;
}

export const posture: Verb = (program, ended) =>
  void program
    .command("posture")
    .option("--stack <name>", "look at the projects that this stack declares, and compare them with what it declares")
    .option("--project <id>", "look at this project alone (repeat for more); all of the organisation when omitted", collect, [])
    .option("--org <id>", "organisation; the configured one, else the only one of the key")
    .option("--cwd <directory>", "directory of the Pulumi project", ".")
    .option("--exceptions <file>", "YAML or JSON list of {rule, resource, reason, expires}: findings to accept for a while")
    .option("--history <directory>", "folder of earlier runs: deadlines and the trend rest on it; this run is added")
    .option(
      "--findings <file>",
      "what Inspector, Security Hub or Defender exported as JSON; - is standard input (repeat for more)",
      collect,
      [],
    )
    .addOption(new Option("--output <form>", "how to print").choices(["text", "json", "html"]).default("text"))
    .option("--out <file>", "write there, for this user alone, instead of printing")
    .addHelpText(
      "after",
      "\nExits with 23 when something is red, else with 22 when a part could not be read and so not judged, else with 0. Without --stack the two controls that compare with a stack are not known, and without --findings the one about vulnerabilities, which fails nothing.",
    )
    .action(async (options: Options) => {
      ended(await run(options));
    });

const collect = (text: string, before: readonly string[]): readonly string[] => [...before, text];

async function run(options: Options): Promise<ExitCode> {
  const { cwd, stack: named, org, project, history, exceptions: exceptionsFile, output, out } = options;
  const exceptions = exceptionsFile === undefined ? [] : await readIgnoreRules(exceptionsFile, "--exceptions");
  const exported = options.findings.length === 0 ? undefined : await readFindingFiles(options.findings);
  const nowMs = Date.now();
  const target = named === undefined ? undefined : await resolveTarget({ cwd, stack: named });
  const settings = await readSettings(cwd, named, target?.pulumi);
  const stack = target && (await readStack(target, nowMs));
  const chosen = settings.getAccount(stack && getOnlyAccount(stack));
  const account: Account = { ...chosen, orgId: org ?? chosen.orgId };
  const projects = project.length === 0 ? undefined : [...new Set(project)].sort();
  const { facts, evidence } = await observePosture(account, { nowMs, progress: createProgress(), projects, stack, exported });
  const missing = projects?.find((id) => !facts.projects.some((one) => one.project.id === id));
  if (missing !== undefined)
    throw new PalisadeError("PAL_USAGE", `--project: the key sees no project ${missing} in ${facts.inventory.organization.id}`);
  const scope = { stack: stack?.name ?? null, projects: projects ?? null };
  const subject = { at: new Date(nowMs).toISOString(), host: facts.host, organization: facts.inventory.organization, scope };
  const past = history === undefined ? [] : await readHistory(resolve(history), subject);
  const report = assess({ facts, evidence, exceptions, past, scope });
  const text = { text: () => toText(report, createPainter()), json: () => toJson(report), html: () => renderPage(report) }[output]();
  if (out === undefined) process.stdout.write(text);
  else await writeWholeFile(out, text);
  if (history !== undefined) await saveRun(resolve(history), report.at, toJson(report));
  return getExitCode(report);
}

async function readStack(target: StackTarget, nowMs: number): Promise<StackSubject> {
  const recorded = await readDeclaredState(target);
  const name = findStackName(recorded) ?? target.stack ?? "unknown";
  const applied = await readAppliedFile(getAppliedFile(target.directory, name), name);
  const { managed } = buildBaseline(buildApplied(recorded, name, nowMs), applied);
  return { name: findStackIdentity(recorded) ?? name, managed, before: applied };
}

/** One page is about one organisation, as one key sees it. */
function getOnlyAccount({ name, managed }: StackSubject): string | undefined {
  const [first, ...others] = [...groupByAccount(managed).keys()];
  if (others.length === 0) return first;
  const names = [first, ...others].map((account) => account ?? "the main one");
  throw new PalisadeError(
    "PAL_USAGE",
    `--stack: ${name} works in several accounts (${names.join(", ")}): look at each with --project and its key`,
  );
}

/** A part that was asked for and not read outweighs green, and no red. */
function getExitCode({ totals, controls, scope, exports: exportedFiles }: PostureReport): ExitCode {
  if (totals.findings > 0) return EXIT.drift;
  const isUnasked = ({ needsStack, needsFindings }: ControlResult) =>
    (needsStack && scope.stack === null) || (needsFindings && exportedFiles.length === 0);
  const unknown = controls.filter((one) => one.status === "notKnown" && !isUnasked(one));
  return unknown.length > 0 ? EXIT.cannotJudge : EXIT.done;
}
