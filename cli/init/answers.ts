import { basename, resolve } from "node:path";
import { parseApiUrl, DEFAULT_API_URL } from "../../contract/account.js";
import { isPalisadeError, PalisadeError } from "../../contract/errors.js";
import { check } from "../../provider/engine/check.js";
import { catalogue } from "../../provider/resources/index.js";
import type { Answers } from "./projectFiles.js";

/** As the command line gives them. */
export interface GivenAnswers {
  readonly name?: string;
  readonly region: string;
  readonly range: readonly string[];
  readonly host?: string;
}

/** This machine, which is where an embedded plane is asked from: nobody else, until somebody says so. */
export const THIS_MACHINE: readonly string[] = ["127.0.0.1", "::1"];

/** What Pulumi takes for a project, npm for a package, and Neon for a project. */
const NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/;
/** What npm refuses as the name of a package, whatever else it fits. */
const RESERVED_NAMES = ["node_modules", "favicon.ico"];

/**
 * The answers, judged as the first preview of the project would judge them.
 * @param directory gives the name where none is given
 * @throws PAL_USAGE, which names the option
 */
export function checkAnswers(directory: string, given: GivenAnswers): Answers {
  const name = given.name ?? basename(resolve(directory)).toLowerCase();
  if (!NAME.test(name) || RESERVED_NAMES.includes(name))
    throw new PalisadeError(
      "PAL_USAGE",
      `--name: ${JSON.stringify(name)}${given.name === undefined ? ", after the directory," : ""} is no name for a project: begin with a small letter or a digit, and go on with these, dots, dashes and underscores, 63 characters at most`,
    );
  const ranges = given.range.length > 0 ? given.range : THIS_MACHINE;
  const network = { allow: "listed", ranges };
  const [failure] = check(catalogue.Project, {}, { name, regionId: given.region, network, managedBy: "palisade init" }).failures;
  if (failure !== undefined) throw new PalisadeError("PAL_USAGE", `${formatOptionName(failure.property)}: ${failure.reason}`);
  return { name, region: given.region, ranges, host: given.host === undefined ? undefined : checkHost(given.host) };
}

const formatOptionName = (property: string): string =>
  property === "regionId" ? "--region" : property.startsWith("network") ? "--range" : `--${property}`;

/** @returns the address; Neon's own in the spelling that is the default */
function checkHost(text: string): string {
  try {
    return parseApiUrl(text === "neon" ? DEFAULT_API_URL : text);
  } catch (error) {
    if (isPalisadeError(error))
      throw new PalisadeError("PAL_USAGE", `--host: ${error.detail}; give an https:// address, http:// only on this machine, or neon`);
    throw error;
  }
}
