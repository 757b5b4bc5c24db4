import type { RecordedState } from "../../review/change/state.js";
import { readPulumiOutput, type StackTarget } from "./target.js";

/** `pulumi stack export`: secrets stay encrypted. Throws PAL_STACK. */
export const exportStack = (target: StackTarget): Promise<string> => readPulumiOutput(target, ["stack", "export"]);

/** What Pulumi has recorded of the stack. Throws PAL_STACK, PAL_STATE_UNREADABLE. */
export async function readRecordedState(target: StackTarget): Promise<RecordedState> {
  const text = await exportStack(target);
  // Loaded while the CLI works.
  const { parseState } = await import("../../review/change/state.js");
  return parseState(text);
}

/** `pulumi stack import` of a file. Throws PAL_STACK, PAL_STACK_LOCKED. */
export async function importStack(target: StackTarget, file: string): Promise<void> {
  await readPulumiOutput(target, ["stack", "import", "--file", file]);
}
