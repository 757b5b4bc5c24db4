import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { buildPulumi } from "./build.js";
import { UNWRITABLE, writeCompanions, writeMarker, type CompanionSources } from "./companions.js";
import { downloadPulumi } from "./download.js";
import { findInstalled, isSupported, PINNED_VERSION, getPinnedDirectory, readVersion, type Pulumi } from "../../cli/pulumi/findPulumi.js";
import { withLock } from "./lock.js";
import { getSystemCode, ToolchainProblem } from "./toolchainProblem.js";

/** Everything on this machine, and off it, that getting a CLI depends on. */
export interface ToolchainSettings {
  /** Pulumi's home, where the CLI goes: {@link getPinnedDirectory}. */
  home: string;
  /** The folder with the go.mod and go.sum that pin what is built. */
  goModule: string;
  companions: CompanionSources;
  /** URL of the official installer. */
  installer: string;
  env: NodeJS.ProcessEnv;
}

export interface ProgressOptions {
  /** Gets progress, one line at a time. */
  log: (line: string) => void;
  /** Aborting ends what is running and leaves nothing half made; the promise rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/**
 * Gets the pinned CLI into `home`: by the official installer, else built from source. It appears there in one step, complete, or not at all.
 * One process at a time works on it, others wait and take the result. Throws {@link ToolchainProblem}.
 */
export async function obtainPulumi(places: ToolchainSettings, reporting: ProgressOptions): Promise<Pulumi> {
  const versions = join(places.home, "versions");
  try {
    await mkdir(versions, { recursive: true });
    return await withLock(join(versions, `.${PINNED_VERSION}.palisade-lock`), reporting, () =>
      obtainExclusively(versions, places, reporting),
    );
  } catch (error) {
    reporting.signal?.throwIfAborted();
    if (!UNWRITABLE.has(getSystemCode(error) ?? "")) throw error;
    throw new ToolchainProblem(`${versions} cannot be written: set PULUMI_HOME to a folder of yours, or put a Pulumi CLI on PATH`);
  }
}

async function obtainExclusively(versions: string, places: ToolchainSettings, reporting: ProgressOptions): Promise<Pulumi> {
  const meanwhile = await findInstalled(places.home);
  if (meanwhile !== undefined) return meanwhile;
  await assertNothingForeign(places.home);
  await removeAbandoned(versions);

  const work = await mkdtemp(join(versions, WORK_PREFIX));
  try {
    const origin = await downloadOrBuild(work, places, reporting);
    const made = await readVersion(join(work, "bin", "pulumi"));
    if ("problem" in made) throw new ToolchainProblem(`the new Pulumi CLI does not run: ${made.problem}`);
    const binDirectory = await moveIntoPlace(work, places.home);
    return { binary: join(binDirectory, "pulumi"), version: made.version, origin, binDirectory };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Leaves a complete `bin/` in `work`. */
async function downloadOrBuild(work: string, places: ToolchainSettings, reporting: ProgressOptions): Promise<"downloaded" | "built"> {
  const { env, installer, goModule, companions } = places;
  const unreachable = await catchProblem(downloadPulumi({ installer, work: await createSubfolder(work, "download"), env, ...reporting }));
  if (unreachable === undefined) {
    await rename(join(work, "download", "bin"), join(work, "bin"));
    return "downloaded";
  }
  reporting.signal?.throwIfAborted();
  reporting.log(unreachable);

  const building = await createSubfolder(work, "build");
  const unbuildable = await catchProblem(
    buildPulumi({ goModule, work: building, env, ...reporting }).then(async (buildLine) => {
      await writeCompanions(join(building, "bin"), companions);
      await writeMarker(join(building, "bin"), buildLine);
    }),
  );
  if (unbuildable === undefined) {
    await rename(join(building, "bin"), join(work, "bin"));
    return "built";
  }
  reporting.signal?.throwIfAborted();
  throw new ToolchainProblem(`${unreachable}; ${unbuildable}`);
}

const WORK_PREFIX = ".palisade-work-";

async function createSubfolder(parent: string, name: string): Promise<string> {
  const folder = join(parent, name);
  await mkdir(folder);
  return folder;
}

async function catchProblem(attempt: Promise<void>): Promise<string | undefined> {
  try {
    await attempt;
    return undefined;
  } catch (error) {
    if (error instanceof ToolchainProblem) return error.detail;
    throw error;
  }
}

/** One rename, which fails when somebody else put anything there first. */
async function moveIntoPlace(work: string, home: string): Promise<string> {
  const destination = getPinnedDirectory(home);
  const binDirectory = join(destination, "bin");
  await mkdir(destination, { recursive: true });
  try {
    await rename(join(work, "bin"), binDirectory);
  } catch (error) {
    if (getSystemCode(error) !== "ENOTEMPTY" && getSystemCode(error) !== "EEXIST") throw error;
    await assertNothingForeign(home);
  }
  return binDirectory;
}

/** Throws when something lies at the destination that does not work: it is not ours to overwrite. */
async function assertNothingForeign(home: string): Promise<void> {
  const binDirectory = join(getPinnedDirectory(home), "bin");
  const present = await readdir(binDirectory).catch((error: unknown) => {
    if (getSystemCode(error) === "ENOENT") return [];
    throw error;
  });
  if (present.length === 0) return;
  const answer = await readVersion(join(binDirectory, "pulumi"));
  if ("version" in answer && isSupported(answer.version)) return;
  const problem = "problem" in answer ? `does not run (${answer.problem})` : `is version ${answer.version}`;
  throw new ToolchainProblem(
    `the Pulumi CLI in ${binDirectory} ${problem} and is not overwritten: remove that folder, then run this again`,
  );
}

/** What a killed process left; the lock's holder is the only one at work. */
async function removeAbandoned(versions: string): Promise<void> {
  for (const name of await readdir(versions)) {
    if (name.startsWith(WORK_PREFIX)) await rm(join(versions, name), { recursive: true, force: true });
  }
}
