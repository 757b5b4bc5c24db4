import { type Configuration, readConfiguration } from "../../provider/client/configuration.js";
import { readPulumiOutput, type StackTarget } from "./target.js";

/** The stack's configuration, secrets in clear, over the environment's. @param announce is told what is deprecated. Throws PAL_STACK. */
export async function readConfig(target: StackTarget, announce: (line: string) => void): Promise<Configuration> {
  const entries = JSON.parse(await readPulumiOutput(target, ["config", "--json", "--show-secrets"])) as Record<string, { value?: string }>;
  return readConfiguration({ get: (key) => entries[key]?.value }, process.env, announce);
}

/** Writes one value that is no secret. Throws PAL_STACK. */
export async function setConfig(target: StackTarget, key: string, value: string): Promise<void> {
  await readPulumiOutput(target, ["config", "set", key, value]);
}
