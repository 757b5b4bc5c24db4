import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { findPackageRoot } from "../../../cli/pulumi/packageRoot.js";
import { SCHEMA_FOLDER } from "./providerDouble.js";

/** The providers that there are doubles of, by the names of their plugins. */
export const DOUBLES = ["aws", "azure-native"] as const;
export type DoubleName = (typeof DOUBLES)[number];

/** Of the built package: a plugin is a process of its own. */
const BUILT = join(findPackageRoot(__dirname), "dist", "tools", "counterparts", "providers");
const ENTRIES: Readonly<Record<DoubleName, string>> = {
  aws: join(BUILT, "aws", "main.js"),
  "azure-native": join(BUILT, "azure", "main.js"),
};

/**
 * Puts doubles where the Pulumi CLI finds its plugins, for tests and examples: what PATH has outranks what is installed, so no real plugin is
 * asked beside them. The CLI warns at each use with the path, whose folder says what it is. What a start reads of an SDK, later ones find there.
 * @param parent where the folder is made
 * @returns what the environment of the CLI needs over and above
 */
export function installDoubles(
  parent: string,
  environment: Readonly<Record<string, string | undefined>>,
  names: readonly DoubleName[] = DOUBLES,
): { PATH: string } {
  const folder = join(parent, "provider-doubles");
  for (const name of names) {
    const schemas = join(folder, "schemas", name);
    mkdirSync(schemas, { recursive: true });
    const path = join(folder, `pulumi-resource-${name}`);
    writeFileSync(path, `#!/bin/sh\n${SCHEMA_FOLDER}='${schemas}' exec '${process.execPath}' '${ENTRIES[name]}' "$@"\n`);
    chmodSync(path, 0o755);
  }
  return { PATH: [folder, environment["PATH"] ?? ""].join(delimiter) };
}
