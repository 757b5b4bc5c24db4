import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { isIP } from "node:net";
import { join } from "node:path";
import { InvalidArgumentError, Option } from "commander";
import { messageOf, PalisadeError, redact } from "../../contract/errors.js";
import { EXIT, type ExitCode } from "../../contract/exitCodes.js";
import { readPreview } from "../../review/change/events.js";
import { judge, type Review } from "../../review/change/judge.js";
import { locateIn } from "../../review/change/locate.js";
import { type Change, changeOf } from "../../review/change/model.js";
import type { RequiredPack } from "../../review/change/requiredPacks.js";
import { readPlan, readState, type RecordedState } from "../../review/change/state.js";
import { toGithub } from "../../review/render/github.js";
import { jsonOutput, type ReviewJson, toJson } from "../../review/render/json.js";
import { toJunit } from "../../review/render/junit.js";
import { toMarkdown } from "../../review/render/markdown.js";
import type { Origin } from "../../review/render/place.js";
import { toSarif } from "../../review/render/sarif.js";
import { toText } from "../../review/render/text.js";
import { jsonText } from "../../review/shown.js";
import { programOf } from "../approval/program.js";
import { type Parts, stackNameOf, subjectOf } from "../approval/subject.js";
import type { Verb } from "../verb.js";
import { inputChunks, inputText } from "../inputFile.js";
import { runPreview } from "../pulumi/preview.js";
import { directoryOf, targetOf } from "../pulumi/target.js";
import { sinceBase } from "../review/base.js";
import { packsIn, requiredPack } from "../review/packContents.js";
import { emptied, folderOf, form, type Form, FORMS, type Output, written } from "../review/outputs.js";
import { sourcesOf } from "../review/sources.js";
import { paint } from "../terminal.js";

interface Options {
  stack?: string;
  cwd: string;
  events?: string;
  state?: string;
  plan?: string;
  refresh: boolean;
  policyPack: string[];
  policyPackConfig: string[];
  base?: string;
  requirePolicyPack: RequiredPack[];
  advisory: boolean;
  applyingAddress?: string;
  forApproval?: string;
  output: Output[];
}

export const review: Verb = (program, ended) =>
  void program
    .command("review")
    .description("Says what a change of the program does to who can reach the data, before it is made. Needs no API key; changes nothing.")
    .option("--stack <name>", "stack to look at; the selected one when omitted")
    .option("--cwd <directory>", "directory of the Pulumi project", ".")
    .option("--refresh", "let the preview look at the live objects first; this needs the API key", false)
    .option("--events <file>", "read this event stream of a preview instead of running one; - is standard input")
    .option("--state <file>", "with --events: what pulumi stack export printed")
    .option("--plan <file>", "with --events: the plan that pulumi preview --save-plan wrote")
    .option("--policy-pack <directory>", "run the preview with this policy pack; may be given again", collect, [])
    .option("--policy-pack-config <file>", "configuration of the policy pack; may be given again", collect, [])
    .option("--base <commit>", "also say what is new in code, packages and --policy-pack-config since this commit, such as origin/main")
    .option(
      "--advisory",
      "nobody vouches for the code under review, as of a fork: never approve, and say that it can forge the preview",
      false,
    )
    .option(
      "--require-policy-pack <name@sha256:digest>",
      "block where a policy pack of this content did not run; may be given again",
      requiredPack,
      [],
    )
    .addOption(
      new Option("--applying-address <address>", "say when the change closes out the address it is applied from").argParser(address),
    )
    .option(
      "--for-approval <file>",
      "write down what an approval of this change would be about; reads the live objects, so it needs the API key",
    )
    .option("--output <form[=file]>", `how to print: ${FORMS.join(", ")}; with a file the form goes there; may be given again`, form, [])
    .addHelpText(
      "after",
      "\nExits with 0 when the change can be approved, 20 when a person must decide, 21 when it opens or destroys, 22 when a part cannot be judged.",
    )
    .action(async (options: Options) => {
      const directory = directoryOf(options.cwd);
      if (options.advisory && options.forApproval !== undefined)
        throw new PalisadeError("PAL_USAGE", "--advisory and --for-approval exclude each other: what can be forged is not to be approved");
      await emptied(options.output, [options.events, options.state, options.plan, options.forApproval]);
      const { change, state } = options.events === undefined ? await previewed(directory, options) : await stored(options.events, options);
      const { advisory, applyingAddress, requirePolicyPack: requiredPacks, policyPackConfig, base } = options;
      const packs = { policyPacks: options.policyPack, policyPackConfigs: policyPackConfig };
      const since = base === undefined ? undefined : await sinceBase(directory, base, packs);
      const givenPacks = options.events === undefined ? await packsIn(options.policyPack, directory) : undefined;
      const judged = judge(change, { advisory, applyingAddress, requiredPacks, givenPacks, ...since });
      const sources = sourcesOf(directory);
      const located = { ...judged, findings: judged.findings.map(locateIn(sources, change.resources)) };
      if (options.forApproval !== undefined)
        await writeForApproval(options.forApproval, options.output, { directory, stack: options.stack, change, review: located, state });
      const rendered = toJson(located, stackNameOf(change));
      const origin = { folder: folderOf(directory), version: version(), at: new Date() };
      await written(options.output, (chosen) => RENDER[chosen](rendered, origin));
      ended(exitCodeOf(located));
    });

const RENDER: Record<Form, (judged: ReviewJson, origin: Origin) => string> = {
  text: (judged) => toText(judged, paint("green")),
  json: jsonOutput,
  markdown: toMarkdown,
  sarif: toSarif,
  junit: toJunit,
  github: toGithub,
};

const version = (): string => (JSON.parse(readFileSync(join(__dirname, "../../../package.json"), "utf8")) as { version: string }).version;

/** What nobody could judge outranks what needs review, because the rest is not the whole. */
function exitCodeOf({ verdict, unjudged }: Review): ExitCode {
  if (verdict === "block") return EXIT.block;
  if (unjudged.length > 0) return EXIT.cannotJudge;
  return verdict === "approve" ? EXIT.done : EXIT.needsReview;
}

interface Looked {
  change: Change;
  state: RecordedState | undefined;
}

async function previewed(directory: string, { stack, refresh, policyPack, policyPackConfig }: Options): Promise<Looked> {
  const target = await targetOf({ cwd: directory, stack });
  const options = { refresh, policyPacks: policyPack, policyPackConfigs: policyPackConfig };
  const found = await runPreview(target, options);
  return { change: changeOf(found), state: found.state };
}

async function writeForApproval(
  file: string,
  outputs: readonly Output[],
  { state, ...parts }: Omit<Parts, "program" | "state"> & Pick<Looked, "state">,
): Promise<void> {
  if (state === undefined) throw new PalisadeError("PAL_USAGE", "--for-approval with --events needs --state");
  const program = await programOf(parts.directory, [file, ...outputs.flatMap((output) => output.file ?? [])]);
  const subject = await subjectOf({ ...parts, state, program });
  const { findings, unjudged } = parts.review;
  await writeFile(file, `${redact(jsonText({ subject, findings, unjudged }, 1))}\n`).catch((error: unknown) => {
    throw new PalisadeError("PAL_USAGE", `--for-approval: ${messageOf(error)}`);
  });
}

async function stored(events: string, { state: stateFile, plan }: Options): Promise<Looked> {
  const preview = await readPreview(inputChunks("--events", events));
  const state = stateFile === undefined ? undefined : readState(await inputText("--state", stateFile));
  const goals = plan === undefined ? undefined : readPlan(await inputText("--plan", plan));
  return { state, change: changeOf({ preview, state, goals }) };
}

const collect = (value: string, others: string[]): string[] => [...others, value];

function address(text: string): string {
  if (isIP(text) === 0) throw new InvalidArgumentError("It must be an IPv4 or IPv6 address.");
  return text;
}
