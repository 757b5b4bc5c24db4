import type { RecordedState } from "../../review/change/state.js";
import { declaredIn } from "../../review/drift/applied.js";
import { inputText } from "../inputFile.js";
import { exportStack } from "../pulumi/export.js";
import type { Target } from "../pulumi/target.js";

/** What the stack itself declares. Throws PAL_STACK, PAL_STATE_UNREADABLE. */
export const declaredState = async (target: Target): Promise<RecordedState> => declaredIn(await exportStack(target));

/** The same of a file that `pulumi stack export` wrote. */
export async function declaredStateIn(file: string): Promise<RecordedState> {
  return declaredIn(await inputText("--state", file));
}
