import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join, posix, relative, sep } from "node:path";
import { parse } from "yaml";
import { PalisadeError } from "../../contract/errors.js";
import { findRelativePaths } from "../../review/change/codeUses.js";
import { NO_RULES, parseCodeRules, type CodeRules, isVersionAllowed } from "../../review/change/dependencies.js";
import type { ChangeFinding } from "../../review/change/finding.js";
import type { BaseListing } from "../../review/change/unknownCode.js";
import { judgeProgramCode, type FileChange, isProgramFile, isSource } from "../../review/change/programCode.js";
import { type Git, createGit, splitAtNul } from "../approval/git.js";
import { resolveLinks } from "../approval/resolveLinks.js";
import type { PolicyPacks } from "../pulumi/up.js";
import { judgePackConfigs } from "./packConfigs.js";

/** What the base commit says of the program, as `judge` takes it. */
export interface BaseComparison {
  readonly base: BaseListing;
  /** What is new in the program's code since. */
  readonly further: readonly ChangeFinding[];
}

/** {@link compareCodeWithBase}, with what the configurations of policy packs ask less of. Throws PAL_USAGE. */
export async function compareWithBase(directory: string, base: string, packs: PolicyPacks): Promise<BaseComparison> {
  const [found, configs] = [await compareCodeWithBase(directory, base), await judgePackConfigs(directory, packs, base)];
  return { ...found, further: [...configs, ...found.further] };
}

const RULES = "palisade-review.yaml";

/** Compares the program in `directory`, as it lies there, with the commit `base`. Throws PAL_USAGE. */
export async function compareCodeWithBase(directory: string, base: string): Promise<BaseComparison> {
  const root = (await createGit(directory)("rev-parse", "--show-toplevel").catch(() => throwNoCommit(directory, base))).trim();
  const git = createGit(root);
  const commit = (
    await git("rev-parse", "--verify", "--end-of-options", `${base}^{commit}`).catch(() => throwNoCommit(directory, base))
  ).trim();
  const project = relative(resolveLinks(root), resolveLinks(directory)).split(sep).join("/");
  const held = new Set(splitAtNul(await git("ls-tree", "-r", "-z", "--name-only", "--full-tree", commit)));
  const then = (path: string) => (held.has(path) ? git("show", `${commit}:${path}`) : Promise.resolve(undefined));
  const rules = await readRulesAt(project, then);
  const files = await readFileChanges(git, root, project, then, held);
  return {
    base: {
      packages: await readProvidersAt(project, then),
      mayMove: (name, from, to) => isVersionAllowed(rules, `@pulumi/${name}`, from, to),
    },
    further: judgeProgramCode(files, rules),
  };
}

type ReadTextAt = (path: string) => Promise<string | undefined>;

const throwNoCommit = (directory: string, base: string): never => {
  throw new PalisadeError("PAL_USAGE", `--base: ${base} names no commit of the repository at ${directory}`);
};

/** The folders from the project's up to the repository's, as prefixes of paths. */
function listParentFolders(project: string): string[] {
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

async function readRulesAt(project: string, then: ReadTextAt): Promise<CodeRules> {
  for (const folder of listParentFolders(project)) {
    const text = await then(`${folder}${RULES}`);
    if (text !== undefined) return parseCodeRules(parse(text), `${folder}${RULES}`);
  }
  return NO_RULES;
}

/** Pulumi providers that the package.json of the project, or one above it, lists. */
async function readProvidersAt(project: string, then: ReadTextAt): Promise<ReadonlySet<string>> {
  const texts = await Promise.all(listParentFolders(project).map((folder) => then(`${folder}package.json`)));
  const listed = texts.flatMap((text) => {
    const said = text === undefined ? undefined : (parse(text) as unknown);
    if (typeof said !== "object" || said === null) return [];
    const fields = said as Partial<Record<string, unknown>>;
    return Object.keys({ ...toObject(fields["dependencies"]), ...toObject(fields["devDependencies"]) });
  });
  return new Set(listed.flatMap((name) => /^@pulumi(?:verse)?\/(.+)$/.exec(name)?.[1] ?? []));
}
const toObject = (value: unknown): object => (typeof value === "object" && value !== null ? value : {});

/** The project's files, what they name outside of it, and the manifests above it. */
async function readFileChanges(
  git: Git,
  root: string,
  project: string,
  then: ReadTextAt,
  held: ReadonlySet<string>,
): Promise<FileChange[]> {
  const present = splitAtNul(await git("ls-files", "-z", "--cached", "--others", "--exclude-per-directory=.gitignore"));
  const everything = new Set([...present, ...held].filter((path) => !/(?:^|\/)node_modules\//.test(path)));
  const all = [...everything].filter(isProgramFile);
  const folders = listParentFolders(project);
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
    for (const name of findRelativePaths(after))
      for (const one of listCandidates(posix.join(dirname(path), name), (one) => everything.has(one) || existsSync(join(root, one)))) {
        looked.add(one);
        named.add(one);
      }
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Files that `./name` can stand for. */
const listCandidates = (path: string, exists: (path: string) => boolean): string[] => {
  const bare = path.replace(/\/$/, "").replace(/\.[cm]?[jt]sx?$/, "");
  return [
    "",
    ...["", "/index"].flatMap((end) => ["ts", "tsx", "mts", "cts", "js", "jsx", "mjs", "cjs", "node"].map((ext) => `${end}.${ext}`)),
  ]
    .flatMap((end) => [`${bare}${end}`, `${path}${end}`])
    .filter((one) => !one.startsWith("../") && !one.includes("node_modules/") && exists(one));
};
