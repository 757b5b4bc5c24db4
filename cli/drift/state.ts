import { readFile } from "node:fs/promises";
import { messageOf, PalisadeError } from "../../contract/errors.js";
import type { RecordedState } from "../../review/change/state.js";
import { declaredIn } from "../../review/drift/applied.js";
import { exportStack } from "../pulumi/export.js";
import type { Target } from "../pulumi/target.js";

/** What the stack itself declares. Throws PAL_STACK, PAL_STATE_UNREADABLE. */
export const declaredState = async (target: Target): Promise<RecordedState> => declaredIn(await exportStack(target));

/** The same of a file that `pulumi stack export` wrote. */
export async function declaredStateIn(file: string): Promise<RecordedState> {
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    throw new PalisadeError("PAL_USAGE", `--state: ${messageOf(error)}`);
  });
  return declaredIn(text);
}
