import type { ChangeFinding } from "./finding.js";
import { findNewUses } from "./codeUses.js";
import { type CodeRules, isLockfileAllowed, listManifestChanges } from "./dependencies.js";

/** A file of the program at the base of a change and now; undefined where it does not exist. `path` is relative to the repository. */
export interface FileChange {
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

const LOCKFILES = /(?:^|\/)(?:package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lockb?)$/;
const MANIFEST = /(?:^|\/)package\.json$/;
/** Files that say how the program is installed, loaded or judged. */
const SETTINGS =
  /^(?:Pulumi\.ya?ml|tsconfig.*\.json|\.npmrc|\.yarnrc(?:\.yml)?|\.pnpmfile\.[cm]?js|pnpm-workspace\.yaml|bunfig\.toml|\.swcrc|\.babelrc.*|palisade-review\.yaml)$/s;
const isSetting = (path: string): boolean => SETTINGS.test(path.slice(path.lastIndexOf("/") + 1)) || /(?:^|\/)\.yarn\//.test(path);
const SOURCE = /\.(?:[cm]?[jt]sx?|node|wasm|py)$/;

/** Whether a file matters to what runs. */
export const isProgramFile = (path: string): boolean =>
  isSetting(path) || [LOCKFILES, MANIFEST, SOURCE].some((pattern) => pattern.test(path));
export const isSource = (path: string): boolean => SOURCE.test(path);

/**
 * What changes in the code that an update runs, which nothing else here judges: it asks for a person, unless a rule of the base lets it pass.
 * Only what is new counts. Pure.
 */
export function judgeProgramCode(files: readonly FileChange[], rules: CodeRules): ChangeFinding[] {
  const changed = files.filter(({ before, after }) => before !== after);
  return changed.flatMap((file) => {
    const { path, before, after } = file;
    if (LOCKFILES.test(path)) return isLockfileAllowed(file, rules) ? [] : [buildDependencyFinding(path, "the lockfile is another one")];
    if (MANIFEST.test(path)) return listManifestChanges(file, rules).map((what) => buildDependencyFinding(path, what));
    if (isSetting(path)) return [buildDependencyFinding(path, "how the program is installed, loaded or judged")];
    if (after === undefined) return [];
    if (/\.(?:node|wasm|py)$/.test(path)) return [buildCodeFinding(path, "code that is not read here")];
    const uses = findNewUses(before, after);
    return uses.length === 0 ? [] : [buildCodeFinding(path, uses.join(", "))];
  });
}

const toFileSubject = (path: string) =>
  ({ urn: path, resource: { kind: "file", id: path, name: path }, severity: "medium", direction: "unknown" }) as const;

const buildDependencyFinding = (path: string, what: string): ChangeFinding => ({
  ...toFileSubject(path),
  rule: "dependencies-changed",
  before: "as at the base",
  after: what,
  says: `Other code may run with the stack's secrets: ${what} (${path}).`,
  remedy: "Read what is new in it, or let a rule in palisade-review.yaml pass such changes from the next one on.",
});

const buildCodeFinding = (path: string, what: string): ChangeFinding => ({
  ...toFileSubject(path),
  rule: "program-code-changed",
  before: "as at the base",
  after: what,
  says: `The program newly uses ${what} (${path}); it runs with the stack's secrets.`,
  remedy: "Read the change of this file: what the program does while it runs is not judged.",
});
