import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { messageOf, PalisadeError } from "../../contract/errors.js";
import { redact } from "../../contract/redact.js";
import { EXIT, type ExitCode } from "../../contract/exitCodes.js";
import { readPreview } from "../../review/change/events.js";
import { judge, type Review } from "../../review/change/judge.js";
import { locateIn } from "../../review/change/locate.js";
import { type Change, changeOf, stackNameOf } from "../../review/change/model.js";
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
import type { Parts } from "../approval/subject.js";
import { inputChunks, inputText } from "../inputFile.js";
import type { Previewed } from "../pulumi/preview.js";
import { paint } from "../terminal.js";
import { folderOf, type Form, type Output, written } from "./outputs.js";
import { packsIn } from "./packContents.js";
import { sourcesOf } from "./sources.js";

export interface ReviewOptions {
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

/**
 * Judges a change and prints what was found.
 * @param directory of the Pulumi project
 * @param source a preview that was just made, or the file of a stored one
 */
export async function reviewChange(directory: string, source: Previewed | string, options: ReviewOptions): Promise<ExitCode> {
  const isStored = typeof source === "string";
  const { change, state } = isStored ? await stored(source, options) : { change: changeOf(source), state: source.state };
  const { advisory, applyingAddress, requirePolicyPack: requiredPacks, policyPackConfig, base } = options;
  const packs = { policyPacks: options.policyPack, policyPackConfigs: policyPackConfig };
  const since = base === undefined ? undefined : await (await import("./base.js")).sinceBase(directory, base, packs);
  const givenPacks = isStored ? undefined : await packsIn(options.policyPack, directory);
  const judged = judge(change, { advisory, applyingAddress, requiredPacks, givenPacks, ...since });
  const sources = sourcesOf(directory);
  const located = { ...judged, findings: judged.findings.map(locateIn(sources, change.resources)) };
  if (options.forApproval !== undefined)
    await writeForApproval(options.forApproval, options.output, { directory, stack: options.stack, change, review: located, state });
  const rendered = toJson(located, stackNameOf(change));
  const origin = { folder: folderOf(directory), version: version(), at: new Date() };
  await written(options.output, (chosen) => RENDER[chosen](rendered, origin));
  return exitCodeOf(located);
}

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

async function writeForApproval(
  file: string,
  outputs: readonly Output[],
  { state, ...parts }: Omit<Parts, "program" | "state"> & Pick<Looked, "state">,
): Promise<void> {
  if (state === undefined) throw new PalisadeError("PAL_USAGE", "--for-approval with --events needs --state");
  const [{ programOf }, { subjectOf }] = await Promise.all([import("../approval/program.js"), import("../approval/subject.js")]);
  const program = await programOf(parts.directory, [file, ...outputs.flatMap((output) => output.file ?? [])]);
  const subject = await subjectOf({ ...parts, state, program });
  const { findings, unjudged } = parts.review;
  await writeFile(file, `${redact(jsonText({ subject, findings, unjudged }, 1))}\n`).catch((error: unknown) => {
    throw new PalisadeError("PAL_USAGE", `--for-approval: ${messageOf(error)}`);
  });
}

async function stored(events: string, { state: stateFile, plan }: ReviewOptions): Promise<Looked> {
  const preview = await readPreview(inputChunks("--events", events));
  const state = stateFile === undefined ? undefined : readState(await inputText("--state", stateFile));
  const goals = plan === undefined ? undefined : readPlan(await inputText("--plan", plan)).goals;
  return { state, change: changeOf({ preview, state, goals }) };
}
