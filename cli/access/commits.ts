import { join } from "node:path";
import { isPalisadeError } from "../../contract/errors.js";
import { parseClassName } from "../../contract/typeToken.js";
import type { Commit } from "../../review/access/access.js";
import { findCallSites, getLineNumber, type SourceFile } from "../../review/change/callSites.js";
import { getUrnName } from "../../review/change/change.js";
import { createGit, type Git } from "../approval/git.js";
import { readSources } from "../review/sources.js";

/** Finds, for each declaration of a program, the newest commit that touched it. */
export class CommitFinder {
  private readonly sources: readonly SourceFile[];
  private readonly git: Git;
  private readonly blames = new Map<string, Promise<Blame | undefined>>();

  /** @param directory of the Pulumi project */
  constructor(directory: string) {
    this.sources = readSources(directory);
    this.git = createGit(directory);
  }

  /** undefined where no single place of the committed program makes it: a name made in a loop, a component's child, no repository. */
  async find(urn: string): Promise<Commit | undefined> {
    const type = urn.split("::").at(-2)?.split("$").at(-1) ?? "";
    const kind = parseClassName(type) ?? type.split(":").at(-1);
    if (kind === undefined || kind === "") return undefined;
    const name = getUrnName(urn);
    const files = this.sources.filter((file) => findCallSites(file, kind, name).length > 0);
    const [file] = files;
    if (file === undefined || files.length > 1) return undefined;
    this.blames.set(file.path, this.blames.get(file.path) ?? this.blame(file.path));
    const blame = await this.blames.get(file.path);
    const sites = blame ? findCallSites({ path: file.path, text: blame.text }, kind, name) : [];
    const [site] = sites;
    if (blame === undefined || site === undefined || sites.length > 1) return undefined;
    const [first, last] = [getLineNumber(blame.text, site.from), getLineNumber(blame.text, site.to)];
    const touched = blame.lines.slice(first - 1, last).flatMap((id) => blame.commits.get(id) ?? []);
    const newest = touched.reduce<BlamedCommit | undefined>((a, b) => (a === undefined || b.seconds > a.seconds ? b : a), undefined);
    if (newest === undefined) return undefined;
    const { id: commit, author, subject, seconds } = newest;
    return { urn, location: `${file.path}:${first}`, commit, author, at: new Date(seconds * 1_000).toISOString(), subject };
  }

  /** Of what is committed, never of the working tree: nobody signed for what is not committed. */
  private async blame(path: string): Promise<Blame | undefined> {
    const file = `./${join(".", path)}`;
    try {
      const text = await this.git("cat-file", "blob", `HEAD:${file}`);
      const told = await this.git("blame", "--no-textconv", "--line-porcelain", "HEAD", "--", file);
      return { text, ...parseBlame(told) };
    } catch (error) {
      if (isPalisadeError(error, "PAL_NOT_A_COMMIT")) return undefined;
      throw error;
    }
  }
}

interface BlamedCommit {
  readonly id: string;
  readonly author: string;
  /** Of its author's clock, since 1970. */
  readonly seconds: number;
  readonly subject: string;
}

interface Blame {
  readonly text: string;
  /** The commit of each line, in the order of the file. */
  readonly lines: readonly string[];
  readonly commits: ReadonlyMap<string, BlamedCommit>;
}

/** Reads `git blame --line-porcelain`: a header that begins with the commit, fields, then the line behind a tab. */
function parseBlame(text: string): Omit<Blame, "text"> {
  const [lines, commits] = [[] as string[], new Map<string, BlamedCommit>()];
  let fields = new Map<string, string>();
  let id = "";
  for (const line of text.split("\n")) {
    const space = line.indexOf(" ");
    const word = space < 0 ? line : line.slice(0, space);
    if (line.startsWith("\t")) {
      lines.push(id);
      const seconds = Number(fields.get("author-time"));
      commits.set(id, { id, author: fields.get("author") ?? "", seconds, subject: fields.get("summary") ?? "" });
      fields = new Map();
      id = "";
    } else if (id === "") id = word;
    else fields.set(word, line.slice(space + 1));
  }
  return { lines, commits };
}
