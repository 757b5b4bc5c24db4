import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Stack, STACK, type StateResource } from "../pulumi/stack.js";

export type RecordedState = Pick<StateResource, "id" | "inputs" | "outputs">;

/** What is recorded of our resources, by name, read from the file backend: it saves a call of the CLI. @param project the Pulumi project's name */
export async function readRecorded(stack: Stack, project = "test"): Promise<Record<string, RecordedState>> {
  const file = join(stack.root, "state", ".pulumi", "stacks", project, `${STACK}.json`);
  const { checkpoint } = JSON.parse(await readFile(file, "utf8")) as { checkpoint: { latest?: { resources?: StateResource[] } } };
  const ours = (checkpoint.latest?.resources ?? []).filter(({ type }) => type.includes("/palisade:"));
  return Object.fromEntries(
    ours.map(({ urn, id = "", inputs = {}, outputs = {} }) => [urn.split("::").at(-1) ?? "", { id, inputs, outputs }]),
  );
}
