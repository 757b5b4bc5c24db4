import { execFile } from "node:child_process";
import { realpathSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { promisify } from "node:util";
import { PalisadeError } from "../../contract/errors.js";
import type { ChangeFinding } from "../../review/change/finding.js";
import { type OwnLevels, judgePackConfig, parsePackConfig } from "../../review/change/packConfig.js";
import { readInputFile } from "../inputFile.js";
import { findPackageRoot } from "../pulumi/packageRoot.js";
import type { PolicyPacks } from "../pulumi/up.js";

const run = promisify(execFile);

/** What the configurations of policy packs ask less of than at the commit `base`. Throws PAL_USAGE. */
export async function judgePackConfigs(
  directory: string,
  { policyPacks, policyPackConfigs }: PolicyPacks,
  base: string,
): Promise<ChangeFinding[]> {
  const found = policyPackConfigs.map(async (file, index) => {
    const now = await readInputFile("--policy-pack-config", file);
    // Pulumi gives the first configuration to the first pack, and so on.
    const own = await readOwnLevels(policyPacks[index]);
    return judgePackConfig(file, parsePackConfig(await readTextAt(directory, file, base), file), parsePackConfig(now, file), own);
  });
  return (await Promise.all(found)).flat();
}

/** The levels of our own pack, known by its place: a name proves nothing. */
async function readOwnLevels(pack: string | undefined): Promise<OwnLevels> {
  if (pack === undefined || resolveRealPath(pack) !== resolveRealPath(join(findPackageRoot(__dirname), "policy-pack"))) return undefined;
  const { controls } = await import("../../policy/controls/index.js");
  return Object.fromEntries(controls.map(({ id, level }) => [id, level]));
}

function resolveRealPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}

/** The file as the commit has it; an empty configuration where it has none, which leaves every policy to its pack. */
async function readTextAt(directory: string, file: string, base: string): Promise<string> {
  const git = (...words: string[]) => run("git", ["-C", directory, ...words], { maxBuffer: 64 * 1024 * 1024 });
  const { stdout: commit } = await git("rev-parse", "--verify", "--end-of-options", `${base}^{commit}`).catch(() => {
    throw new PalisadeError("PAL_USAGE", `--base: ${base} names no commit of the repository at ${directory}`);
  });
  const path = relative(directory, resolve(file));
  const held = await git("ls-tree", "--name-only", commit.trim(), "--", path);
  return held.stdout.trim() === "" ? "{}" : (await git("show", `${commit.trim()}:./${path}`)).stdout;
}
