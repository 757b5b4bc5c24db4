import { execFile } from "node:child_process";
import { realpathSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { PalisadeError } from "../../contract/errors.js";

const run = promisify(execFile);

/** The commit that the program is. */
export interface Program {
  readonly commit: string;
  readonly tree: string;
  /** The repository's folder. */
  readonly root: string;
}

/**
 * The commit of the program in `directory`, of which nothing may differ. Files that are not part of the program (`besides`) may lie about:
 * an approval, a log. Throws PAL_NOT_A_COMMIT.
 */
export async function programOf(directory: string, besides: readonly string[]): Promise<Program> {
  const git = async (...words: string[]): Promise<string> => {
    try {
      return (await run("git", ["-C", directory, ...words], { maxBuffer: 64 * 1024 * 1024 })).stdout;
    } catch (error) {
      throw new PalisadeError("PAL_NOT_A_COMMIT", firstLine(error));
    }
  };
  const root = (await git("rev-parse", "--show-toplevel")).trim();
  const [commit = "", tree = ""] = (await git("rev-parse", "HEAD", "HEAD^{tree}")).trim().split("\n");
  const apart = new Set(besides.map((path) => real(resolve(path))));
  const entries = (await git("status", "--porcelain", "-z", "--untracked-files=all", "--no-renames"))
    .split("\0")
    .filter((entry) => entry !== "");
  const changed = entries.map((entry) => entry.slice(3)).filter((path) => !isApart(real(join(root, path)), apart));
  if (changed.length > 0)
    throw new PalisadeError(
      "PAL_NOT_A_COMMIT",
      `${changed.length} files differ from commit ${commit.slice(0, 12)}, such as ${changed[0] ?? ""}`,
    );
  return { commit, tree, root };
}

/** In one of the folders or files, or in a `.palisade` folder, which is ours. */
const isApart = (path: string, apart: ReadonlySet<string>): boolean =>
  path.includes("/.palisade/") || [...apart].some((one) => path === one || path.startsWith(`${one}/`));

/** The path with its links followed, as far as it exists. */
export function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

const firstLine = (error: unknown): string => {
  const said = error instanceof Error && "stderr" in error && typeof error.stderr === "string" ? error.stderr : String(error);
  return said.trim().split("\n", 1)[0] ?? "";
};
