import type { Stack, StateResource } from "../pulumi/stack.js";

export type RecordedState = Pick<StateResource, "id" | "inputs" | "outputs">;

/** What is recorded of our resources, by name. */
export async function readRecorded(stack: Stack): Promise<Record<string, RecordedState>> {
  const ours = (await readResources(stack)).filter(({ type }) => type.includes("/palisade:"));
  return Object.fromEntries(
    ours.map(({ urn, id = "", inputs = {}, outputs = {} }) => [urn.split("::").at(-1) ?? "", { id, inputs, outputs }]),
  );
}

/** What the program exports; a secret is Pulumi's object around its ciphertext. */
export async function readOutputs(stack: Stack): Promise<Record<string, unknown>> {
  return (await readResources(stack)).find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs ?? {};
}

const readResources = async (stack: Stack): Promise<StateResource[]> => (await stack.exportState()).deployment.resources ?? [];
