import type { RecordedState } from "../../review/change/state.js";
import { parseDeclaredState } from "../../review/drift/appliedRecord.js";
import { readInputFile } from "../inputFile.js";
import { exportStack } from "../pulumi/export.js";
import type { StackTarget } from "../pulumi/target.js";
import { resolveTarget } from "../pulumi/target.js";

/** What the stack itself declares. Throws PAL_STACK, PAL_STATE_UNREADABLE. */
export const readDeclaredState = async (target: StackTarget): Promise<RecordedState> => parseDeclaredState(await exportStack(target));

/** The same of a file that `pulumi stack export` wrote. */
export async function readDeclaredStateFile(file: string): Promise<RecordedState> {
  return parseDeclaredState(await readInputFile("--state", file));
}

/** Of the file that `--state` names, else of the stack. */
export async function readStateInput({ state, cwd, stack }: { state?: string; cwd: string; stack?: string }): Promise<RecordedState> {
  if (state !== undefined) return readDeclaredStateFile(state);
  return readDeclaredState(await resolveTarget({ cwd, stack }));
}
