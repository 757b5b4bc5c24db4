/**
 * What may lie in a program's folder without being in its commit. Git ignores files that no commit holds; most are harmless, and some would be
 * loaded although no line of the program names them: a `config.js` beside `config.ts`, an `.npmrc`, a `Pulumi.dev.yaml`.
 */

/** Folders that a tool fills from what is committed: packages by the lockfile, and what compilers and tests make. */
const TOOLS = new Set([
  "node_modules",
  "bin",
  "dist",
  "build",
  "out",
  "coverage",
  "venv",
  ".venv",
  "__pycache__",
  ".turbo",
  ".nx",
  ".cache",
]);

export const isToolOutput = (path: string): boolean => path.split("/").some((name) => TOOLS.has(name));

/** What Node.js, Python, package managers and Pulumi load without being told the whole name. */
const EXTENSIONS = /\.(?:[cm]?[jt]sx?|json5?|jsonc|node|wasm|ya?ml|toml|py|pyc|pth|so|dylib|dll|go|jar|class|cs|sh|lock)$/i;
const NAMES =
  /^(?:\.npmrc|\.yarnrc|\.pnp\..*|\.pnpmfile\..*|\.gitignore|\.gitattributes|\.gitmodules|\.node-version|\.nvmrc|\.swcrc|\.babelrc|go\.sum|makefile)$/i;

/** Whether a file that git ignores could be a part of the program. */
export function isCode(path: string): boolean {
  if (isToolOutput(path)) return false;
  const name = path.slice(path.lastIndexOf("/") + 1);
  // A folder that git shows as one entry is a repository of its own.
  return path.endsWith("/") || EXTENSIONS.test(name) || NAMES.test(name);
}

const RECORDS = /^(?:verdicts\.jsonl(?:\.lock|\.claims\/[0-9a-f]{64}(?:\.failed)?)?|applied-[A-Za-z0-9_-]+\.json(?:\.\d+)?)$/;

/** Whether a path is a record that palisade keeps in the project's own `.palisade`, by its exact name. `project` is relative to the repository. */
export function isPalisadeRecord(project: string, path: string): boolean {
  const folder = project === "" ? ".palisade/" : `${project}/.palisade/`;
  if (!path.startsWith(folder)) return false;
  const name = path.slice(folder.length);
  return RECORDS.test(name) || !isCode(name);
}
