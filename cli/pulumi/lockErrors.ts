import { PalisadeError } from "../../contract/errors.js";
import { escapeForTerminal } from "../../review/terminalText.js";

/** What backends of storage say, and what Pulumi Cloud does. */
const LOCKED = ["the stack is currently locked by", "Another update is currently in progress"] as const;

/** A line of Pulumi about one lock: `s3://…/locks/….json: created by ci@runner-7 (pid 812) at 2026-11-29T20:04:50Z`. */
const CREATED_BY = ": created by ";

/**
 * The error where another run holds the stack; undefined where the CLI failed for another reason.
 * @param said what the CLI wrote
 */
export function parseLockError(said: string): PalisadeError | undefined {
  if (!LOCKED.some((text) => said.includes(text))) return undefined;
  const holders = said.split("\n").flatMap((line) => {
    const at = line.lastIndexOf(CREATED_BY);
    return at < 0
      ? []
      : [
          escapeForTerminal(
            line
              .slice(at + CREATED_BY.length)
              .trim()
              .replace(") at ", ") since "),
          ),
        ];
  });
  return new PalisadeError(
    "PAL_STACK_LOCKED",
    holders.length === 0 ? "the backend does not say by whom" : `by ${holders.join(" and by ")}`,
  );
}
