import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Stack, STACK, type StateResource } from "../pulumi/stack.js";

export type RecordedState = Pick<StateResource, "id" | "inputs" | "outputs">;

/** What is recorded of our resources, by name. @param project the Pulumi project's name */
export async function readRecorded(stack: Stack, project = "test"): Promise<Record<string, RecordedState>> {
  const ours = (await readResources(stack, project)).filter(({ type }) => type.includes("/palisade:"));
  return Object.fromEntries(
    ours.map(({ urn, id = "", inputs = {}, outputs = {} }) => [urn.split("::").at(-1) ?? "", { id, inputs, outputs }]),
  );
}

/** What the program exports; a secret is Pulumi's object around its ciphertext. */
export async function readOutputs(stack: Stack): Promise<Record<string, unknown>> {
  const resources = await readResources(stack, await readProjectName(stack));
  return resources.find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs ?? {};
}

/** From the file backend: it saves a call of the CLI. */
async function readResources(stack: Stack, project: string): Promise<StateResource[]> {
  const file = join(stack.root, "state", ".pulumi", "stacks", project, `${STACK}.json`);
  const { checkpoint } = JSON.parse(await readFile(file, "utf8")) as { checkpoint: { latest?: { resources?: StateResource[] } } };
  return checkpoint.latest?.resources ?? [];
}

const readProjectName = async (stack: Stack): Promise<string> =>
  /^name: *(\S+)/m.exec(await readFile(join(stack.project, "Pulumi.yaml"), "utf8"))?.[1] ?? "";
