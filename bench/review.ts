import { execFile } from "node:child_process";
import { join } from "node:path";
import { Readable } from "node:stream";
import { findPackageRoot } from "../cli/pulumi/packageRoot.js";
import { canonicalizeRange, parseAllowlist } from "../contract/ranges.js";
import { readPreview } from "../review/change/previewEvents.js";
import { judge } from "../review/change/judge.js";
import { buildChange } from "../review/change/change.js";
import { parsePlan, parseState } from "../review/change/state.js";
import { toTypeToken, reviewStream, type Stream, buildStream, type WrittenResource } from "../tools/corpus/writtenChanges.js";
import { type Stack, STACK } from "../tools/pulumi/stack.js";
import { computeMedian } from "./median.js";
import type { Row } from "./row.js";
import { withPlane, withStack } from "../tools/pulumi/withStack.js";

export const title = "Review: from the event stream of a preview to the verdict";

const SIZES = [1_000, 3_000, 10_000];
const BRANCHES_EACH = 8;
const ENTRIES = 100_000;
/** What a pull request's job waits for without noticing. */
const GOAL_SECONDS = 20;
const GOAL_CPU_SECONDS = 2;
const PREVIEWS = 5;
const GOAL_LATER_SECONDS = 0.5;

export async function run(): Promise<{ rows: Row[] }> {
  const rows: Row[] = [];
  let first: number | undefined;
  for (const size of SIZES) {
    const stream = buildChangingStream(size);
    const started = performance.now();
    const peakBytes = await runReview(stream);
    const milliseconds = performance.now() - started;
    first ??= milliseconds / size;
    rows.push(
      {
        name: `${size} resources`,
        value: `${(milliseconds / 1000).toFixed(2)} s`,
        ...(size === 10_000 && { goal: `under ${GOAL_SECONDS} s` }),
      },
      { name: `${size} resources, peak memory of the process so far`, value: `${Math.round(peakBytes / 2 ** 20)} MB` },
      {
        name: `${size} resources, time for each against the first size`,
        value: `${(milliseconds / size / first).toFixed(2)} times`,
        goal: "about 1",
      },
    );
  }
  rows.push({ name: `two lists of ${ENTRIES} entries compared`, value: `${(measureComparison() / 1000).toFixed(2)} s`, goal: "under 5 s" });
  return { rows: [...rows, ...(await measureCpu()), ...(await measurePreviews())] };
}

/** Processor time of each part of a review of the largest size, which no other process on the machine adds to. */
async function measureCpu(): Promise<Row[]> {
  const size = SIZES.at(-1) ?? 0;
  const { events, state, plan } = buildChangingStream(size);
  const rows: Row[] = [];
  let total = 0;
  async function measured<R>(part: string, work: () => R | Promise<R>): Promise<R> {
    const started = process.cpuUsage();
    const result = await work();
    const { user, system } = process.cpuUsage(started);
    total += user + system;
    rows.push({ name: `${size} resources, processor time to ${part}`, value: `${((user + system) / 1e6).toFixed(2)} s` });
    return result;
  }
  const preview = await measured("read the preview", () => readPreview(Readable.from(splitIntoChunks(events))));
  const sources = await measured("read state and plan", () => ({ state: parseState(state), goals: parsePlan(plan).goals }));
  await measured("judge", () => judge(buildChange({ preview, ...sources })));
  const goal = `under ${GOAL_CPU_SECONDS} s`;
  return [...rows, { name: `${size} resources, processor time`, value: `${(total / 1e6).toFixed(2)} s`, goal }];
}

const CHUNK_CHARACTERS = 64 * 1024;

/** In pieces, as a pipe delivers them. */
function splitIntoChunks(events: readonly string[]): string[] {
  const text = events.map((line) => `${line}\n`).join("");
  return Array.from({ length: Math.ceil(text.length / CHUNK_CHARACTERS) }, (_, index) =>
    text.slice(index * CHUNK_CHARACTERS, (index + 1) * CHUNK_CHARACTERS),
  );
}

/** `palisade review` with its own preview against `pulumi preview`, of the quickstart, turn by turn. */
const measurePreviews = (): Promise<Row[]> => {
  const root = findPackageRoot(__dirname);
  return withPlane((plane) =>
    withStack({ directory: join(root, "examples/01-quickstart") }, plane, async (stack) => {
      const words = [join(root, "dist/cli/main.js"), "review", "--cwd", stack.project, "--stack", STACK];
      const [reviews, previews]: [number[], number[]] = [[], []];
      for (let round = 0; round < PREVIEWS; round++) {
        previews.push(await measureSeconds(() => stack.preview({ check: true })));
        reviews.push(await measureSeconds(() => runNode(words, stack)));
      }
      const [review, preview] = [computeMedian(reviews), computeMedian(previews)];
      return [
        { name: "pulumi preview of the quickstart", value: `${preview.toFixed(2)} s` },
        { name: "palisade review of it, with its own preview", value: `${review.toFixed(2)} s` },
        { name: "ratio", value: (review / preview).toFixed(2) },
        { name: "difference", value: `${(review - preview).toFixed(2)} s`, goal: `under ${GOAL_LATER_SECONDS} s` },
      ];
    }),
  );
};

async function measureSeconds(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

/** Ends with the verdict as its exit code; a failure is none of them. */
const runNode = (words: readonly string[], { env }: Stack): Promise<void> =>
  new Promise((done, fail) => {
    execFile(process.execPath, words, { env }, (error, _stdout, stderr) => {
      if (error && ![20, 21, 22].includes(Number(error.code))) fail(new Error(stderr));
      else done();
    });
  });

/** Projects with branches; every project gets an address more, and every tenth branch is new. */
export function buildChangingStream(size: number): Stream {
  const each = BRANCHES_EACH + 1;
  const [before, after]: [WrittenResource[], WrittenResource[]] = [[], []];
  for (let index = 0; index * each < size; index++) {
    const id = `quiet-lake-${String(10_000_000 + index)}`;
    const project = (ranges: readonly string[]): WrittenResource => ({
      type: toTypeToken("Project"),
      name: `p${index}`,
      id,
      inputs: { name: `p${index}`, regionId: "aws-eu-central-1", network: { allow: "listed", ranges } },
      outputs: { defaultBranchId: `br-quiet-lake-${String(10_000_000 + index)}`, host: "ep-quiet-lake-1.example" },
    });
    before.push(project(["203.0.113.0/24"]));
    after.push(project(["203.0.113.0/24", "198.51.100.7"]));
    for (let branch = 0; branch < BRANCHES_EACH; branch++) {
      const name = `p${index}-b${branch}`;
      const branchId = `br-still-sea-${String(index * BRANCHES_EACH + branch).padStart(8, "a")}`;
      const declared: WrittenResource = {
        type: toTypeToken("Branch"),
        name,
        inputs: { projectId: id, name },
        origins: { projectId: [`p${index}`] },
      };
      after.push({ ...declared, id: `${id}/${branchId}` });
      if ((index * BRANCHES_EACH + branch) % 10 !== 0) before.push({ ...declared, id: `${id}/${branchId}` });
    }
  }
  return buildStream(before, after);
}

async function runReview(stream: Stream): Promise<number> {
  const { verdict } = await reviewStream(stream);
  if (verdict === "approve") throw new Error("a widening was approved");
  // The sizes grow, so the peak so far is the peak of this one.
  return process.resourceUsage().maxRSS * 1024;
}

/** Milliseconds for both differences of two lists that have half of their entries in common. */
function measureComparison(): number {
  const entry = (index: number) =>
    canonicalizeRange(
      `${10 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}.1-${10 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}.99`,
    );
  const list = (from: number) => Array.from({ length: ENTRIES }, (_, index) => entry(from + index));
  const [before, after] = [list(0), list(ENTRIES / 2)];
  const started = performance.now();
  const [beforeSet, afterSet] = [parseAllowlist(before).set, parseAllowlist(after).set];
  if (afterSet.subtract(beforeSet).isEmpty || beforeSet.subtract(afterSet).isEmpty) throw new Error("the lists differ");
  return performance.now() - started;
}
