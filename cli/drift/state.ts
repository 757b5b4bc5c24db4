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

export interface StateInput {
  readonly state: RecordedState;
  /** The CLI that was asked for it; undefined where a file was read. */
  readonly pulumi: StackTarget["pulumi"] | undefined;
}

/** Of the file that `--state` names, else of the stack. */
export async function readStateInput({ state: file, ...named }: { state?: string; cwd: string; stack?: string }): Promise<StateInput> {
  if (file !== undefined) return { state: await readDeclaredStateFile(file), pulumi: undefined };
  const target = await resolveTarget(named);
  return { state: await readDeclaredState(target), pulumi: target.pulumi };
}
