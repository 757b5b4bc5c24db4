import { readFile } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { parse } from "yaml";
import { PalisadeError } from "../../contract/errors.js";
import { createGit } from "./git.js";
import { resolveLinks } from "./resolveLinks.js";
import { isToolOutput } from "./untracked.js";
import { listDifferences } from "./worktree.js";

/** The commit that the program is. */
export interface ProgramCommit {
  readonly commit: string;
  readonly tree: string;
  /** The repository's folder. */
  readonly root: string;
}

/**
 * The commit of the program in `directory`, of which nothing may differ, whatever git was told of its files. Files that are not part of the
 * program (`besides`) may lie about: an approval, a log. Throws PAL_NOT_A_COMMIT.
 */
export async function readProgramCommit(directory: string, besides: readonly string[]): Promise<ProgramCommit> {
  const git = createGit(directory);
  const root = (await git("rev-parse", "--show-toplevel")).trim();
  const project = relative(resolveLinks(root), resolveLinks(directory)).split(sep).join("/");
  if (project.startsWith("..")) throw new PalisadeError("PAL_NOT_A_COMMIT", `git says that ${directory} is of the repository at ${root}`);
  const [commit = "", tree = ""] = (await git("rev-parse", "HEAD", "HEAD^{tree}")).trim().split("\n");
  const apart = new Set(besides.map((path) => resolveParentLinks(resolve(path))));
  const found = await listDifferences({ root: resolveLinks(root), directory: resolveLinks(directory), commit, apart });
  const [first] = found;
  if (first !== undefined)
    throw new PalisadeError("PAL_NOT_A_COMMIT", `${found.length} files differ from commit ${commit.slice(0, 12)}, such as: ${first}`);
  await assertRunsCommittedSource(directory);
  return { commit, tree, root };
}

/** Resolves the links of a file that may not exist yet. */
const resolveParentLinks = (path: string): string => {
  const found = resolveLinks(path);
  return found === path ? join(resolveLinks(dirname(path)), path.slice(dirname(path).length)) : found;
};

/** An entry point among build outputs runs what somebody built, not what is committed. */
async function assertRunsCommittedSource(directory: string): Promise<void> {
  const read = async (file: string): Promise<unknown> => {
    const text = await readFile(join(directory, file), "utf8").catch(() => undefined);
    return text === undefined ? undefined : (parse(text) as unknown);
  };
  for (const file of ["Pulumi.yaml", "Pulumi.yml", "package.json"]) {
    const said = await read(file);
    const main = typeof said === "object" && said !== null && "main" in said ? said.main : undefined;
    if (typeof main === "string" && isToolOutput(main.split(sep).join("/")))
      throw new PalisadeError("PAL_NOT_A_COMMIT", `${file} runs ${main}, which is built and in no commit: let main name the source`);
  }
}
