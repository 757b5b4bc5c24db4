import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join, posix, relative, sep } from "node:path";
import { parse } from "yaml";
import { PalisadeError } from "../../contract/errors.js";
import { namedFiles } from "../../review/change/codeUses.js";
import { NO_RULES, readRules, type CodeRules, versionAllowed } from "../../review/change/dependencies.js";
import type { ChangeFinding } from "../../review/change/finding.js";
import type { BaseListing } from "../../review/change/foreignCode.js";
import { codeFindings, type FileChange, isProgramFile, isSource } from "../../review/change/programCode.js";
import { type Git, gitIn } from "../approval/git.js";
import { real } from "../approval/paths.js";
import type { PolicyPacks } from "../pulumi/up.js";
import { packConfigFindings } from "./packConfigs.js";

/** What the commit that a change is compared with says of the program, as the judge takes it. */
export interface Base {
  readonly base: BaseListing;
  /** What is new in the program's code since. */
  readonly further: readonly ChangeFinding[];
}

/** {@link baseOf}, with what the configurations of policy packs ask less of. Throws PAL_USAGE. */
export async function sinceBase(directory: string, base: string, packs: PolicyPacks): Promise<Base> {
  const [found, configs] = [await baseOf(directory, base), await packConfigFindings(directory, packs, base)];
  return { ...found, further: [...configs, ...found.further] };
}

const RULES = "palisade-review.yaml";

/** Compares the program in `directory`, as it lies there, with the commit `base`. Throws PAL_USAGE. */
export async function baseOf(directory: string, base: string): Promise<Base> {
  const root = (await gitIn(directory)("rev-parse", "--show-toplevel").catch(() => noCommit(directory, base))).trim();
  const git = gitIn(root);
  const commit = (await git("rev-parse", "--verify", "--end-of-options", `${base}^{commit}`).catch(() => noCommit(directory, base))).trim();
  const project = relative(real(root), real(directory)).split(sep).join("/");
  const held = new Set(split(await git("ls-tree", "-r", "-z", "--name-only", "--full-tree", commit)));
  const then = (path: string) => (held.has(path) ? git("show", `${commit}:${path}`) : Promise.resolve(undefined));
  const rules = await rulesAt(project, then);
  const files = await filesOf(git, root, project, then, held);
  return {
    base: {
      packages: await providersAt(project, then),
      mayMove: (name, from, to) => versionAllowed(rules, `@pulumi/${name}`, from, to),
    },
    further: codeFindings(files, rules),
  };
}

type TextAt = (path: string) => Promise<string | undefined>;

const noCommit = (directory: string, base: string): never => {
  throw new PalisadeError("PAL_USAGE", `--base: ${base} names no commit of the repository at ${directory}`);
};
const split = (text: string): string[] => text.split("\0").filter((entry) => entry !== "");

/** The folders from the project's up to the repository's, as prefixes of paths. */
function foldersUp(project: string): string[] {
  const names = project === "" ? [] : project.split("/");
  return [...names.keys(), names.length]
    .map((count) =>
      names
        .slice(0, count)
        .map((name) => `${name}/`)
        .join(""),
    )
    .reverse();
}

async function rulesAt(project: string, then: TextAt): Promise<CodeRules> {
  for (const folder of foldersUp(project)) {
    const text = await then(`${folder}${RULES}`);
    if (text !== undefined) return readRules(parse(text), `${folder}${RULES}`);
  }
  return NO_RULES;
}

/** Pulumi providers that the package.json of the project, or one above it, lists. */
async function providersAt(project: string, then: TextAt): Promise<ReadonlySet<string>> {
  const texts = await Promise.all(foldersUp(project).map((folder) => then(`${folder}package.json`)));
  const listed = texts.flatMap((text) => {
    const said = text === undefined ? undefined : (parse(text) as unknown);
    if (typeof said !== "object" || said === null) return [];
    const fields = said as Partial<Record<string, unknown>>;
    return Object.keys({ ...asObject(fields["dependencies"]), ...asObject(fields["devDependencies"]) });
  });
  return new Set(listed.flatMap((name) => /^@pulumi(?:verse)?\/(.+)$/.exec(name)?.[1] ?? []));
}
const asObject = (value: unknown): object => (typeof value === "object" && value !== null ? value : {});

/** The project's files, what they name outside of it, and the manifests above it. */
async function filesOf(git: Git, root: string, project: string, then: TextAt, held: ReadonlySet<string>): Promise<FileChange[]> {
  const present = split(await git("ls-files", "-z", "--cached", "--others", "--exclude-per-directory=.gitignore"));
  const everything = new Set([...present, ...held].filter((path) => !/(?:^|\/)node_modules\//.test(path)));
  const all = [...everything].filter(isProgramFile);
  const folders = foldersUp(project);
  const within = (path: string) => path.startsWith(folders[0] ?? "");
  const above = (path: string) => !isSource(path) && folders.includes(path.slice(0, path.lastIndexOf("/") + 1));
  const looked = new Set(all.filter((path) => within(path) || above(path)));
  const files: FileChange[] = [];
  const named = new Set<string>();
  // The set grows while it is walked: by what a source names, outside of the project as well.
  for (const path of looked) {
    const [before, after] = [await then(path), await readFile(join(root, path), "utf8").catch(() => undefined)];
    files.push({ path, before, after });
    // Node runs what is required, whatever its name ends in.
    if (after === undefined || !(isSource(path) || named.has(path))) continue;
    for (const name of namedFiles(after))
      for (const one of candidates(posix.join(dirname(path), name), (one) => everything.has(one) || existsSync(join(root, one)))) {
        looked.add(one);
        named.add(one);
      }
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Files that `./name` can stand for. */
const candidates = (path: string, exists: (path: string) => boolean): string[] => {
  const bare = path.replace(/\/$/, "").replace(/\.[cm]?[jt]sx?$/, "");
  return [
    "",
    ...["", "/index"].flatMap((end) => ["ts", "tsx", "mts", "cts", "js", "jsx", "mjs", "cjs", "node"].map((ext) => `${end}.${ext}`)),
  ]
    .flatMap((end) => [`${bare}${end}`, `${path}${end}`])
    .filter((one) => !one.startsWith("../") && !one.includes("node_modules/") && exists(one));
};
