import { createHash } from "node:crypto";
import { lstat, readdir, readFile, readlink } from "node:fs/promises";
import { isAbsolute, join, posix, relative, sep } from "node:path";
import { findRelativePaths } from "../../review/change/codeUses.js";
import { isSource } from "../../review/change/programCode.js";
import { resolveLinks } from "./resolveLinks.js";
import { type Git, createGit, splitAtNul } from "./git.js";
import { isCode, isPalisadeRecord, isToolOutput } from "./untracked.js";

/** A path of a commit. */
interface TrackedFile {
  readonly mode: string;
  readonly id: string;
  readonly path: string;
}

export interface WorkTree {
  /** The repository's folder. */
  readonly root: string;
  /** The Pulumi project's folder. */
  readonly directory: string;
  readonly commit: string;
  /** Paths, links followed, that are no part of the program: an approval, a log. */
  readonly apart: ReadonlySet<string>;
}

/**
 * What in the folder is not as the commit holds it, one sentence each. The files themselves are compared with the commit's, and neither git's index
 * nor its filters are asked: an index can be told that a file is unchanged, and a filter can give the committed text for any other.
 */
export async function listDifferences({ root, directory, commit, apart }: WorkTree): Promise<string[]> {
  const git = createGit(root);
  const tracked = await listTrackedFiles(git, commit);
  const found: string[] = [];
  for (const one of tracked) {
    const fault = await findFileFault(root, one);
    if (fault !== undefined) found.push(`${one.path} ${fault}`);
  }
  const paths = new Set(tracked.map(({ path }) => path));
  const staged = splitAtNul(await git("ls-files", "-z")).filter((path) => !paths.has(path));
  found.push(...staged.map((path) => `${path} is added and not committed`));
  const isApart = (path: string) => {
    const at = resolveLinks(join(root, path));
    return [...apart].some((one) => at === one || at.startsWith(`${one}/`));
  };
  // Only rules that are committed count as ignoring: not .git/info/exclude, not the user's own.
  const others = splitAtNul(await git("ls-files", "--others", "-z", "--exclude-per-directory=.gitignore"));
  const rules = ["--exclude-per-directory=.gitignore", "--ignored", "--directory", "--no-empty-directory"];
  const ignored = splitAtNul(await git("ls-files", "--others", "-z", ...rules));
  const project = relative(root, directory).split(sep).join("/");
  const record = (path: string) => isPalisadeRecord(project, path);
  found.push(...others.filter((path) => !isApart(path) && !record(path)).map((path) => `${path} is in no commit`));
  const filesAt = async (path: string) => (path.endsWith("/") ? listFilesBelow(root, path.slice(0, -1)) : [path]);
  const files = (await Promise.all(ignored.map(filesAt))).flat();
  const code = files.filter((file) => isCode(file) && !isApart(file) && !record(file));
  found.push(...code.map((file) => `${file} is ignored by git, and could be run`));
  // Node.js runs and reads what it is told to, whatever its name ends in.
  const named = await listNamedFiles(root, [...paths].filter(isSource), new Set([...files, ...others].filter((file) => !isCode(file))));
  found.push(...named.map((file) => `${file} is in no commit, and the program names it`));
  return found;
}

/** Those of the files that a source names by a relative path. */
async function listNamedFiles(root: string, sources: readonly string[], files: ReadonlySet<string>): Promise<string[]> {
  const named = new Set<string>();
  if (files.size === 0) return [];
  for (const source of sources) {
    const text = await readFile(join(root, source), "utf8").catch(() => "");
    for (const name of findRelativePaths(text)) named.add(posix.join(posix.dirname(source), name));
  }
  return [...files].filter((file) => named.has(file));
}

async function listTrackedFiles(git: Git, commit: string): Promise<TrackedFile[]> {
  return splitAtNul(await git("ls-tree", "-r", "-z", "--full-tree", commit)).map((line) => {
    const [, mode = "", id = "", path = ""] = /^(\d+) \w+ ([0-9a-f]+)\t(.*)$/s.exec(line) ?? [];
    return { mode, id, path };
  });
}

const [LINK, SUBMODULE] = ["120000", "160000"];

async function findFileFault(root: string, { mode, id, path }: TrackedFile): Promise<string | undefined> {
  const at = join(root, path);
  const found = await lstat(at).catch(() => undefined);
  if (found === undefined) return "is missing";
  if (mode === SUBMODULE) return findSubmoduleFault(at, id);
  if (mode === LINK) {
    if (!found.isSymbolicLink() || computeBlobId(Buffer.from(await readlink(at)), id) !== id) return "is a different link";
    const inside = relative(resolveLinks(root), resolveLinks(at));
    return inside.startsWith("..") || isAbsolute(inside) ? "leads out of the repository" : undefined;
  }
  if (!found.isFile()) return "is not a file";
  // A directory of its path may have become a link to other files.
  if (resolveLinks(at) !== join(resolveLinks(root), path)) return "is reached through a link";
  const content = await readFile(at);
  return [content, removeCarriageReturns(content), buildLfsPointer(content)].some((text) => computeBlobId(text, id) === id)
    ? undefined
    : "is changed";
}

/** A checkout for Windows has them, and they mean the same to every language that Pulumi runs. */
const removeCarriageReturns = (content: Buffer): Buffer => Buffer.from(content.toString("latin1").replaceAll("\r\n", "\n"), "latin1");

/** What is committed for a file of Git LFS: its digest and size. */
const buildLfsPointer = (content: Buffer): Buffer =>
  Buffer.from(
    `version https://git-lfs.github.com/spec/v1\noid sha256:${createHash("sha256").update(content).digest("hex")}\nsize ${content.length}\n`,
  );

/** Git's name for a content; the repository's ids say which hash it uses. */
const computeBlobId = (content: Buffer, like: string): string =>
  createHash(like.length === 64 ? "sha256" : "sha1")
    .update(`blob ${content.length}\0`)
    .update(content)
    .digest("hex");

/** A submodule that was not checked out is empty. */
async function findSubmoduleFault(at: string, id: string): Promise<string | undefined> {
  if ((await readdir(at)).length === 0) return undefined;
  const git = createGit(at);
  const [root, commit] = [(await git("rev-parse", "--show-toplevel")).trim(), (await git("rev-parse", "HEAD")).trim()];
  if (resolveLinks(root) !== resolveLinks(at) || commit !== id) return "is a submodule at another commit";
  const [first] = await listDifferences({ root: at, directory: at, commit, apart: new Set() });
  return first === undefined ? undefined : `is a submodule in which ${first}`;
}

/** Files of an ignored folder that people or the program could have made; of a folder that tools make, none. */
async function listFilesBelow(root: string, folder: string): Promise<string[]> {
  if (isToolOutput(folder)) return [];
  const entries = await readdir(join(root, folder), { withFileTypes: true });
  const found = entries.map((entry) => {
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? listFilesBelow(root, path) : Promise.resolve([path]);
  });
  return (await Promise.all(found)).flat();
}
