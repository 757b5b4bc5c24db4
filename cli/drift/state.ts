import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { messageOf, PalisadeError } from "../../contract/errors.js";
import type { RecordedState } from "../../review/change/state.js";
import { declaredIn } from "../../review/drift/applied.js";
import { said } from "../doctor/said.js";
import { invocation, type Target } from "../review/preview.js";

const run = promisify(execFile);
/** Exported states of large stacks are tens of megabytes. */
const MOST_OUTPUT_BYTES = 512 * 1024 * 1024;

/** What the stack itself declares. Throws PAL_STACK, PAL_STATE_UNREADABLE. */
export async function declaredState(target: Target): Promise<RecordedState> {
  const { command, args, cwd, env } = invocation(target, ["stack", "export"], {});
  const { stdout } = await run(command, args, { cwd, env, maxBuffer: MOST_OUTPUT_BYTES }).catch((error: unknown) => {
    throw new PalisadeError("PAL_STACK", said(error));
  });
  return declaredIn(stdout);
}

/** The same of a file that `pulumi stack export` wrote. */
export async function declaredStateIn(file: string): Promise<RecordedState> {
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    throw new PalisadeError("PAL_USAGE", `--state: ${messageOf(error)}`);
  });
  return declaredIn(text);
}
