import { startPulumi, startPulumiAttached } from "./startPulumi.js";
import { buildCall, waitForExit, type StackTarget } from "./target.js";

/** Policy packs of a preview or an update, by their folders, and their configurations. */
export interface PolicyPacks {
  readonly policyPacks: readonly string[];
  readonly policyPackConfigs: readonly string[];
}

export const buildPackFlags = ({ policyPacks, policyPackConfigs }: PolicyPacks): string[] => [
  ...policyPacks.flatMap((pack) => ["--policy-pack", pack]),
  ...policyPackConfigs.flatMap((file) => ["--policy-pack-config", file]),
];

/** How `pulumi up` ended: null where a signal ended it. */
export interface UpResult {
  readonly code: number | null;
  /** The end of what it said. */
  readonly said: string;
}

/** Runs `pulumi up` attached to our own output. @returns how it ended, with what it said on its error stream alone */
export async function runUpAttached(target: StackTarget, flags: readonly string[], env: Record<string, string>): Promise<UpResult> {
  const child = startPulumiAttached(buildCall(target, ["up", "--yes", ...flags], env));
  child.stderr.on("data", (chunk: Buffer) => process.stderr.write(chunk));
  const { code, stderr } = await waitForExit(child);
  return { code, said: stderr };
}

/** Enough of what the CLI says to see why it failed. */
const MOST_CHARACTERS = 100_000;

/** Runs `pulumi up` and captures its output. */
export async function runUp(target: StackTarget, flags: readonly string[]): Promise<UpResult> {
  const child = startPulumi(buildCall(target, ["up", "--yes", ...flags]));
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (chunk: string) => (said = (said + chunk).slice(-MOST_CHARACTERS)));
  const code = await new Promise<number | null>((done, fail) => child.once("error", fail).once("close", done));
  return { code, said };
}
