import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { PalisadeError } from "../../contract/errors.js";
import { type Configuration, configurationFrom } from "../../provider/client/configuration.js";
import { said } from "../doctor/said.js";
import { configuration } from "../doctor/stack.js";
import { engine } from "../doctor/toolchain.js";

export const isPulumiProject = (directory: string): boolean =>
  ["Pulumi.yaml", "Pulumi.yml"].some((file) => existsSync(join(directory, file)));

/** Of the stack, where the directory is a Pulumi project; else of the environment alone. @throws PAL_NO_ENGINE, PAL_STACK */
export async function settingsOf(cwd: string, stack: string | undefined): Promise<Configuration> {
  const directory = resolve(cwd);
  const announce = (line: string) => process.stderr.write(`${line}\n`);
  if (!isPulumiProject(directory)) return configurationFrom({ get: () => undefined }, process.env, announce);
  const { pulumi, check } = await engine();
  if (!pulumi) throw new PalisadeError("PAL_NO_ENGINE", check.detail);
  try {
    return await configuration({ binary: pulumi.binary, directory, name: stack }, announce);
  } catch (error) {
    throw new PalisadeError("PAL_STACK", said(error));
  }
}
