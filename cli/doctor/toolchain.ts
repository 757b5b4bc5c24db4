import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Pulumi } from "../pulumi/findPulumi.js";
import { locatePulumi } from "../pulumi/target.js";
import { type Check, fail, pass, warn } from "./checks.js";

/** First Node.js whose `require` loads ESM packages without a flag; the SDK of Neon is one. */
const LEAST_NODE = [20, 19] as const;

export function checkNode(): Check {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const enough = major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1]);
  return enough ? pass("Node.js", process.version) : fail("Node.js", process.version, `Install Node.js ${LEAST_NODE.join(".")} or newer`);
}

export async function checkEngine(): Promise<{ check: Check; pulumi: Pulumi | undefined }> {
  const located = await locatePulumi();
  if ("problem" in located)
    return {
      pulumi: undefined,
      check: fail("Pulumi CLI", located.problem, "Install Pulumi 3.216 or newer: https://www.pulumi.com/docs/install"),
    };
  const { pulumi } = located;
  return { pulumi, check: pass("Pulumi CLI", `${pulumi.version}, ${pulumi.binary}`) };
}

/** The packages that the stored text of every resource needs, seen from the program's directory as the engine sees them. */
export function checkPackages(directory: string): Check[] {
  const from = createRequire(join(directory, "package.json"));
  return ["@pulumi/pulumi", "@palisade/neon"].map((name) => {
    try {
      const { version } = JSON.parse(readFileSync(from.resolve(`${name}/package.json`), "utf8")) as { version: string };
      return pass(name, version);
    } catch {
      return warn(
        name,
        `cannot be found from ${directory}`,
        `Add ${name} to the package.json there and install; a library of the workspace that brings it is not enough: without it refresh and destroy fail too`,
      );
    }
  });
}
