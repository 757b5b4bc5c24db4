import { createRequire } from "node:module";
import * as pulumi from "@pulumi/pulumi";
import { type ErrorCode, PalisadeError } from "../contract/errors.js";

/** Options of Pulumi that its host of dynamic providers does not pass on or cannot work with, and what takes their place. */
const UNSUPPORTED: Partial<Record<keyof pulumi.CustomResourceOptions, readonly [ErrorCode, instead: string]>> = {
  import: ["PAL_IMPORT_OPTION", "Pulumi asks for the object without saying which provider reads it"],
  customTimeouts: ["PAL_OPTION_IGNORED", "customTimeouts reaches no dynamic resource; every wait has a limit of its own"],
};

/** Refuses what cannot work with an error of one sentence, instead of a later stack trace of the engine. */
export function assertUsable(kind: string, name: string, opts: pulumi.CustomResourceOptions | undefined): void {
  if (hasOwnProvider(opts)) refuse("PAL_EXPLICIT_PROVIDER", `${kind} "${name}"`);
  for (const [option, [code, why]] of Object.entries(UNSUPPORTED))
    if (opts?.[option as keyof pulumi.CustomResourceOptions] !== undefined) refuse(code, `${kind} "${name}": ${why}`);
  const directory = process.cwd();
  if (!isInstalled(directory)) refuse("PAL_NOT_INSTALLED", `it is not found from ${directory}`);
}

/** Given to it or to a component around it. It would be configured with its own inputs alone, and so talk to the default API address. */
const hasOwnProvider = ({ provider, parent }: pulumi.CustomResourceOptions = {}): boolean =>
  (provider as { getPackage?(): string } | undefined)?.getPackage?.() === DYNAMIC ||
  parent?.getProvider(`${DYNAMIC}:dynamic:Resource`) !== undefined;

/** The package of every dynamic resource, as providers are named by it. */
const DYNAMIC = "pulumi-nodejs";

export function refuse(code: ErrorCode, detail: string): never {
  throw new PalisadeError(code, detail);
}

const installedFrom = new Set<string>();

/** Whether the text in the state will find its package: Pulumi's host runs in the program's directory and requires from there. */
function isInstalled(directory: string): boolean {
  if (installedFrom.has(directory)) return true;
  try {
    createRequire(`${directory}/program.js`).resolve("@palisade/neon/provider");
  } catch {
    return false;
  }
  installedFrom.add(directory);
  return true;
}

/**
 * The arguments of a resource, also of a program that no compiler has seen. Without any, the check names what is required.
 * @throws when they are no object, or known only later
 */
export function parseArguments(kind: string, name: string, args: unknown): Record<string, unknown> {
  if (args === undefined || args === null) return {};
  if (typeof args === "object" && !Array.isArray(args) && !(args instanceof Promise) && !pulumi.Output.isInstance(args))
    return args as Record<string, unknown>;
  const found = Array.isArray(args) ? "a list" : typeof args === "object" ? "a promise or an output" : `a ${typeof args}`;
  refuse("PAL_BAD_ARGUMENTS", `${kind} "${name}": ${found}`);
}
