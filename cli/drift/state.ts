import type { RecordedState } from "../../review/change/state.js";
import { parseDeclaredState } from "../../review/drift/appliedRecord.js";
import { readInputFile } from "../inputFile.js";
import { exportStack } from "../pulumi/export.js";
import type { StackTarget } from "../pulumi/target.js";

/** What the stack itself declares. Throws PAL_STACK, PAL_STATE_UNREADABLE. */
export const readDeclaredState = async (target: StackTarget): Promise<RecordedState> => parseDeclaredState(await exportStack(target));

/** The same of a file that `pulumi stack export` wrote. */
export async function readDeclaredStateFile(file: string): Promise<RecordedState> {
  return parseDeclaredState(await readInputFile("--state", file));
}
