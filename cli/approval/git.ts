import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { PalisadeError } from "../../contract/errors.js";

const run = promisify(execFile);

export type Git = (...words: string[]) => Promise<string>;

/**
 * Git in a directory whose repository is not trusted: no program that its configuration names is run (file watchers, hooks, filters, pagers),
 * nothing stands in for an object (replace refs), and no variable of ours moves it to another repository.
 * Throws PAL_NOT_A_COMMIT with what git said.
 */
export const createGit =
  (directory: string): Git =>
  async (...words) => {
    try {
      const { stdout } = await run("git", [...HARDENED, "-C", directory, ...words], {
        maxBuffer: 256 * 1024 * 1024,
        env: buildEnvironment(),
      });
      return stdout;
    } catch (error) {
      throw new PalisadeError("PAL_NOT_A_COMMIT", getFirstLine(error));
    }
  };

const HARDENED = [
  "core.fsmonitor=false",
  "core.hooksPath=/dev/null",
  "core.excludesFile=/dev/null",
  "core.attributesFile=/dev/null",
  "core.untrackedCache=false",
  "core.quotePath=false",
  "protocol.allow=never",
  "diff.external=",
].flatMap((setting) => ["-c", setting]);

/** Who runs the command says which configuration is theirs; where git works it says itself. */
const KEPT = new Set(["GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM", "GIT_CONFIG_SYSTEM"]);
const buildEnvironment = (): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("GIT_") || KEPT.has(name))),
  GIT_NO_REPLACE_OBJECTS: "1",
  GIT_OPTIONAL_LOCKS: "0",
  GIT_TERMINAL_PROMPT: "0",
  GIT_NO_LAZY_FETCH: "1",
  GIT_PAGER: "cat",
});

const getFirstLine = (error: unknown): string => {
  const said = error instanceof Error && "stderr" in error && typeof error.stderr === "string" ? error.stderr : String(error);
  return said.trim().split("\n", 1)[0] ?? "";
};

/** What git prints with `-z`. */
export const splitAtNul = (text: string): string[] => text.split("\0").filter((entry) => entry !== "");
