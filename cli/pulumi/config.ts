import { type Configuration, configurationFrom } from "../../provider/client/configuration.js";
import { printedBy, type Target } from "./target.js";

/** The stack's configuration, secrets in clear, over the environment's. @param announce is told what is deprecated. Throws PAL_STACK. */
export async function readConfig(target: Target, announce: (line: string) => void): Promise<Configuration> {
  const entries = JSON.parse(await printedBy(target, ["config", "--json", "--show-secrets"])) as Record<string, { value?: string }>;
  return configurationFrom({ get: (key) => entries[key]?.value }, process.env, announce);
}

/** Writes one value that is no secret. Throws PAL_STACK. */
export async function setConfig(target: Target, key: string, value: string): Promise<void> {
  await printedBy(target, ["config", "set", key, value]);
}
