import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";

/** What everything that is judged goes by stands in one place: two of a kind drift apart, and the looser one approves. */

const ROOT = resolve(__dirname, "..");
const SHIPPED = ["contract", "encryption", "sdk", "provider", "review", "policy", "cli", "control-plane"];
const MEANS = ["tools", "bench"];

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (["node_modules", "dist"].includes(entry.name)) return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesIn(path) : /\.ts$/.test(path) && !path.endsWith(".d.ts") ? [path] : [];
  });

/** Files of these folders whose code, comments aside, fits the pattern. */
function filesWith(pattern: RegExp, folders: readonly string[]): string[] {
  const withoutComments = (text: string) => text.replace(/\/\*[^]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
  return folders
    .flatMap((folder) => filesIn(join(ROOT, folder)))
    .filter((file) => pattern.test(withoutComments(readFileSync(file, "utf8"))))
    .map((file) => relative(ROOT, file))
    .sort();
}

const ALL = [...SHIPPED, ...MEANS];
const declares = (name: string) => new RegExp(String.raw`\b(?:function|const|let)\s+${name}\b`);

it.each([
  ["who reaches a branch", declares("getReaches"), ["review/reachability/computeReach.ts"]],
  [
    "who reaches a compute",
    /\bcompute(?:Branch|Latent|Data|Public|Private)Reach\(/,
    [
      "cli/backup/scratchBranches.ts",
      "contract/reachability.ts",
      "control-plane/proxy/rules.ts",
      "review/reachability/computeReach.ts",
      "tools/reachability/observer.ts",
    ],
  ],
  ["what everyone is", declares("isEveryone"), ["contract/ranges.ts"]],
  ["what nearly everyone is", declares("isNearlyEveryone"), ["contract/ranges.ts"]],
  ["the threshold of IPv4", /1n\s*<<\s*28n/, ["contract/ranges.ts"]],
  ["the threshold of IPv6", /1n\s*<<\s*121n/, ["contract/ranges.ts"]],
  ["the kind of a type token", declares("findKind"), ["provider/resources/shared/kind.ts"]],
])("%s stands in one place, and is asked for in these", (_, pattern, files) => {
  expect(filesWith(pattern, ALL)).toEqual(files);
});

it("a type token is put together, and taken apart, in one place", () => {
  const found = filesWith(/pulumi-nodejs:dynamic/, SHIPPED).filter((file) => !file.startsWith("sdk/resources/"));
  expect(found).toEqual(["contract/typeToken.ts"]);
});

it("a state export is read in one place, and written back in one", () => {
  expect(filesWith(/\bdeployment\b(?!\.")/, SHIPPED)).toEqual(["cli/rebind/rewriteState.ts", "review/change/state.ts"]);
});

it("would find a second one", () => {
  expect(filesWith(/\bgetReaches\(/, ALL).length).toBeGreaterThan(3);
  expect(filesWith(/\bexpect\(/, ["test"]).length).toBeGreaterThan(100);
});
