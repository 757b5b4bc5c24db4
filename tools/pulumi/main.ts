import { join } from "node:path";
import { parseArgs } from "node:util";
import { findPackageRoot } from "../../cli/pulumi/packageRoot.js";
import { formatErrorMessage, PalisadeError } from "../../contract/errors.js";
import { refreshCompanions } from "./companions.js";
import { OFFICIAL_INSTALLER } from "./download.js";
import { findPulumi, getPulumiHome, type Pulumi } from "../../cli/pulumi/findPulumi.js";
import { obtainPulumi, type ToolchainSettings, type ProgressOptions } from "./obtain.js";
import { getSystemCode, ToolchainProblem } from "./toolchainProblem.js";

/**
 * A Pulumi CLI that works with this project: the one on PATH, the pinned release under PULUMI_HOME, one downloaded now, or one built now
 * (minutes, the first time). Throws an error of one sentence when none of that works.
 */
export async function ensurePulumi(reporting: ProgressOptions, places: ToolchainSettings = getDefaultSettings()): Promise<Pulumi> {
  const found = await findPulumi({ env: places.env, home: places.home, log: reporting.log });
  if (found === undefined) return obtainPulumi(places, reporting);
  await refreshCompanions(found.binDirectory, places.companions, reporting.log);
  return found;
}

/** This checkout and this user's machine. */
export function getDefaultSettings(): ToolchainSettings {
  const root = findPackageRoot(__dirname);
  return {
    home: getPulumiHome(),
    goModule: join(root, "tools", "pulumi"),
    companions: {
      languageHost: join(root, "dist", "tools", "pulumi", "languageHost.js"),
      dynamicProvider: require.resolve("@pulumi/pulumi/pulumi-resource-pulumi-nodejs"),
    },
    installer: OFFICIAL_INSTALLER,
    env: process.env,
  };
}

const ORIGINS: Record<Pulumi["origin"], string> = {
  path: "found on PATH",
  installed: "installed under PULUMI_HOME",
  downloaded: "downloaded",
  built: "built from source",
};

async function main(): Promise<void> {
  const output = parseOutput();
  const interrupt = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      interrupt.abort(new ToolchainProblem("interrupted; nothing was left behind"));
    });
  }
  const log = (line: string): void => void process.stderr.write(`${line}\n`);
  const pulumi = await ensurePulumi({ log, signal: interrupt.signal });
  const text = `Pulumi ${pulumi.version}, ${ORIGINS[pulumi.origin]}: ${pulumi.binary}`;
  process.stdout.write(`${output === "json" ? JSON.stringify(pulumi) : text}\n`);
}

function parseOutput(): "text" | "json" {
  try {
    const { output } = parseArgs({ options: { output: { type: "string", default: "text" } } }).values;
    if (output === "text" || output === "json") return output;
    throw new PalisadeError("PAL_USAGE", `--output takes text or json, not ${output}`);
  } catch (error) {
    throw getSystemCode(error)?.startsWith("ERR_PARSE_ARGS") === true ? new PalisadeError("PAL_USAGE", (error as Error).message) : error;
  }
}

if (require.main === module) {
  main().catch((error: unknown) => {
    process.stderr.write(`${formatErrorMessage(error)}\n`);
    process.exitCode = 1;
  });
}
