import { join } from "node:path";
import { parseArgs } from "node:util";
import { packageRoot } from "../../cli/pulumi/packageRoot.js";
import { messageOf, PalisadeError } from "../../contract/errors.js";
import { refreshCompanions } from "./companions.js";
import { OFFICIAL_INSTALLER } from "./download.js";
import { findPulumi, pulumiHome, type Pulumi } from "../../cli/pulumi/find.js";
import { obtainPulumi, type Places, type Reporting } from "./obtain.js";
import { systemCode, ToolchainProblem } from "./problem.js";

/**
 * A Pulumi CLI that works with this project: the one on PATH, the pinned release under PULUMI_HOME, one downloaded now, or one built now
 * (minutes, the first time). Throws an error of one sentence when none of that works.
 */
export async function ensurePulumi(reporting: Reporting, places: Places = defaultPlaces()): Promise<Pulumi> {
  const found = await findPulumi({ env: places.env, home: places.home, log: reporting.log });
  if (found === undefined) return obtainPulumi(places, reporting);
  await refreshCompanions(found.binDirectory, places.companions, reporting.log);
  return found;
}

/** This checkout and this user's machine. */
export function defaultPlaces(): Places {
  const root = packageRoot(__dirname);
  return {
    home: pulumiHome(),
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
  const output = requestedOutput();
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

function requestedOutput(): "text" | "json" {
  try {
    const { output } = parseArgs({ options: { output: { type: "string", default: "text" } } }).values;
    if (output === "text" || output === "json") return output;
    throw new PalisadeError("PAL_USAGE", `--output takes text or json, not ${output}`);
  } catch (error) {
    throw systemCode(error)?.startsWith("ERR_PARSE_ARGS") === true ? new PalisadeError("PAL_USAGE", (error as Error).message) : error;
  }
}

if (require.main === module) {
  main().catch((error: unknown) => {
    process.stderr.write(`${messageOf(error)}\n`);
    process.exitCode = 1;
  });
}
