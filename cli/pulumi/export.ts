import type { RecordedState } from "../../review/change/state.js";
import { printedBy, type Target } from "./target.js";

/** `pulumi stack export`: secrets stay encrypted. Throws PAL_STACK. */
export const exportStack = (target: Target): Promise<string> => printedBy(target, ["stack", "export"]);

/** What Pulumi has recorded of the stack. Throws PAL_STACK, PAL_STATE_UNREADABLE. */
export async function recordedState(target: Target): Promise<RecordedState> {
  const text = await exportStack(target);
  // Loaded while the CLI works.
  const { readState } = await import("../../review/change/state.js");
  return readState(text);
}

/** `pulumi stack import` of a file. Throws PAL_STACK, PAL_STACK_LOCKED. */
export async function importStack(target: Target, file: string): Promise<void> {
  await printedBy(target, ["stack", "import", "--file", file]);
}
