import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Configuration, readConfiguration } from "../../provider/client/configuration.js";
import { readConfig } from "../pulumi/config.js";
import { requirePulumi, type StackTarget } from "../pulumi/target.js";

export const isPulumiProject = (directory: string): boolean =>
  ["Pulumi.yaml", "Pulumi.yml"].some((file) => existsSync(join(directory, file)));

/**
 * Of the stack, where the directory is a Pulumi project; else of the environment alone. @throws PAL_NO_ENGINE, PAL_STACK
 * @param pulumi the CLI, where it is found already: it is asked for its version once in a run
 */
export async function readSettings(cwd: string, stack: string | undefined, pulumi?: StackTarget["pulumi"]): Promise<Configuration> {
  const directory = resolve(cwd);
  const announce = (line: string) => process.stderr.write(`${line}\n`);
  if (!isPulumiProject(directory)) return readConfiguration({ get: () => undefined }, process.env, announce);
  return readConfig({ pulumi: pulumi ?? (await requirePulumi()), directory, stack }, announce);
}
