import { createHash } from "node:crypto";
import { readdir, readFile, readlink, realpath } from "node:fs/promises";
import { join, resolve } from "node:path";
import { InvalidArgumentError } from "commander";
import { formatErrorMessage, PalisadeError } from "../../contract/errors.js";
import type { GivenPack, RequiredPack } from "../../review/change/requiredPacks.js";

/** Reads `name@sha256:digest`. */
export function parseRequiredPack(text: string, others: readonly RequiredPack[]): RequiredPack[] {
  const [, name, digest] = /^(.+)@sha256:([0-9a-f]{64})$/.exec(text) ?? [];
  if (name === undefined || digest === undefined)
    throw new InvalidArgumentError(
      "It must be name@sha256:digest, because a name says nothing of the content; where the content is another one, palisade review prints its digest.",
    );
  return [...others, { name, digest }];
}

/** The packs of a run that starts in `from`, with what they hold now. Throws PAL_USAGE for a folder that cannot be read. */
export const readPacks = (directories: readonly string[], from: string): Promise<GivenPack[]> =>
  Promise.all(
    directories.map(async (directory) => {
      try {
        return { directory, digest: await computePackDigest(await realpath(resolve(from, directory))) };
      } catch (error) {
        throw new PalisadeError("PAL_USAGE", `--policy-pack: ${formatErrorMessage(error)}`);
      }
    }),
  );

/**
 * SHA-256 of a folder: of the paths of its files, in order, with each one's own. Packages are in it by the lockfile, not by what is installed.
 * A link takes part as where it leads.
 */
export async function computePackDigest(folder: string): Promise<string> {
  const files = await listFileDigests(folder, "");
  const lines = files.sort(([a], [b]) => (a < b ? -1 : 1)).map(([path, digest]) => `${digest}  ${JSON.stringify(path)}\n`);
  return computeSha256(lines.join(""));
}

const SKIPPED = new Set(["node_modules", ".git"]);
const computeSha256 = (content: string | Buffer): string => createHash("sha256").update(content).digest("hex");

async function listFileDigests(folder: string, prefix: string): Promise<[path: string, digest: string][]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const found = entries
    .filter(({ name }) => !SKIPPED.has(name))
    .map(async (entry): Promise<[string, string][]> => {
      const [at, path] = [join(folder, entry.name), `${prefix}${entry.name}`];
      if (entry.isDirectory()) return listFileDigests(at, `${path}/`);
      if (entry.isSymbolicLink()) return [[path, computeSha256(`link ${await readlink(at)}`)]];
      return [[path, computeSha256(await readFile(at))]];
    });
  return (await Promise.all(found)).flat();
}
