import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { formatErrorMessage, PalisadeError } from "../../contract/errors.js";
import { redact } from "../../contract/redact.js";
import { EXIT, type ExitCode } from "../../contract/exitCodes.js";
import { readPreview } from "../../review/change/previewEvents.js";
import { judge, type Review } from "../../review/change/judge.js";
import { createLocator } from "../../review/change/locate.js";
import { type Change, buildChange, getStackName } from "../../review/change/change.js";
import type { RequiredPack } from "../../review/change/requiredPacks.js";
import { parsePlan, parseState, type RecordedState } from "../../review/change/state.js";
import { toGithub } from "../../review/render/github.js";
import { renderJson, type ReviewJson, toJson } from "../../review/render/json.js";
import { toJunit } from "../../review/render/junit.js";
import { toMarkdown } from "../../review/render/markdown.js";
import type { Origin } from "../../review/render/place.js";
import { toSarif } from "../../review/render/sarif.js";
import { toText } from "../../review/render/text.js";
import { toSafeJson } from "../../review/terminalText.js";
import type { SubjectParts } from "../approval/subject.js";
import { readInputChunks, readInputFile } from "../inputFile.js";
import type { PreviewResult } from "../pulumi/preview.js";
import { createPainter } from "../terminal.js";
import { getProgramFolder, type Form, type Output, writeOutputs } from "./outputs.js";
import { readPacks } from "./packDigests.js";
import { readSources } from "./sources.js";

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
export async function reviewChange(directory: string, source: PreviewResult | string, options: ReviewOptions): Promise<ExitCode> {
  const isStored = typeof source === "string";
  const { change, state } = isStored ? await readStoredChange(source, options) : { change: buildChange(source), state: source.state };
  const { advisory, applyingAddress, requirePolicyPack: requiredPacks, policyPackConfig, base } = options;
  const packs = { policyPacks: options.policyPack, policyPackConfigs: policyPackConfig };
  const since = base === undefined ? undefined : await (await import("./baseCommit.js")).compareWithBase(directory, base, packs);
  const givenPacks = isStored ? undefined : await readPacks(options.policyPack, directory);
  const judged = judge(change, { advisory, applyingAddress, requiredPacks, givenPacks, ...since });
  const sources = readSources(directory);
  const located = { ...judged, findings: judged.findings.map(createLocator(sources, change.resources)) };
  if (options.forApproval !== undefined)
    await writeForApproval(options.forApproval, directory, options, { change, review: located, state });
  const rendered = toJson(located, getStackName(change));
  const origin = { folder: getProgramFolder(directory), version: readVersion(), at: new Date() };
  await writeOutputs(options.output, (chosen) => RENDER[chosen](rendered, origin));
  return getExitCode(located);
}

const RENDER: Record<Form, (judged: ReviewJson, origin: Origin) => string> = {
  text: (judged) => toText(judged, createPainter("green")),
  json: renderJson,
  markdown: toMarkdown,
  sarif: toSarif,
  junit: toJunit,
  github: toGithub,
};

const readVersion = (): string =>
  (JSON.parse(readFileSync(join(__dirname, "../../../package.json"), "utf8")) as { version: string }).version;

/** What nobody could judge outranks what needs review, because the rest is not the whole. */
function getExitCode({ verdict, unjudged }: Review): ExitCode {
  if (verdict === "block") return EXIT.block;
  if (unjudged.length > 0) return EXIT.cannotJudge;
  return verdict === "approve" ? EXIT.done : EXIT.needsReview;
}

interface ChangeWithState {
  change: Change;
  state: RecordedState | undefined;
}

async function writeForApproval(
  file: string,
  directory: string,
  { output: outputs, stack }: Pick<ReviewOptions, "output" | "stack">,
  { state, ...parts }: Pick<SubjectParts, "review"> & ChangeWithState,
): Promise<void> {
  if (state === undefined) throw new PalisadeError("PAL_USAGE", "--for-approval with --events needs --state");
  const [{ readProgramCommit }, { computeSubject }, { readSettings }] = await Promise.all([
    import("../approval/programCommit.js"),
    import("../approval/subject.js"),
    import("../connection/settings.js"),
  ]);
  const program = await readProgramCommit(directory, [file, ...outputs.flatMap((output) => output.file ?? [])]);
  const subject = await computeSubject({ ...parts, settings: await readSettings(directory, stack), state, program });
  const { findings, unjudged } = parts.review;
  await writeFile(file, `${redact(toSafeJson({ subject, findings, unjudged }, 1))}\n`).catch((error: unknown) => {
    throw new PalisadeError("PAL_USAGE", `--for-approval: ${formatErrorMessage(error)}`);
  });
}

async function readStoredChange(events: string, { state: stateFile, plan }: ReviewOptions): Promise<ChangeWithState> {
  const preview = await readPreview(readInputChunks("--events", events));
  const state = stateFile === undefined ? undefined : parseState(await readInputFile("--state", stateFile));
  const goals = plan === undefined ? undefined : parsePlan(await readInputFile("--plan", plan)).goals;
  return { state, change: buildChange({ preview, state, goals }) };
}
