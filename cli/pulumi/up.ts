import { startPulumi, startPulumiShown } from "./start.js";
import { callOf, endOf, type Target } from "./target.js";

/** Policy packs of a preview or an update, by their folders, and their configurations. */
export interface PolicyPacks {
  readonly policyPacks: readonly string[];
  readonly policyPackConfigs: readonly string[];
}

export const flagsOfPacks = ({ policyPacks, policyPackConfigs }: PolicyPacks): string[] => [
  ...policyPacks.flatMap((pack) => ["--policy-pack", pack]),
  ...policyPackConfigs.flatMap((file) => ["--policy-pack-config", file]),
];

/** How `pulumi up` ended: null where a signal ended it. */
export interface UpEnd {
  readonly code: number | null;
  /** The end of what it said. */
  readonly said: string;
}

/** Runs `pulumi up` in sight of whoever started us. @returns how it ended, with what it said on its error stream alone */
export async function showUp(target: Target, flags: readonly string[], env: Record<string, string>): Promise<UpEnd> {
  const child = startPulumiShown(callOf(target, ["up", "--yes", ...flags], env));
  child.stderr.on("data", (chunk: Buffer) => process.stderr.write(chunk));
  const { code, stderr } = await endOf(child);
  return { code, said: stderr };
}

/** Enough of what the CLI says to see why it failed. */
const MOST_CHARACTERS = 100_000;

/** Runs `pulumi up` unseen. */
export async function runUp(target: Target, flags: readonly string[]): Promise<UpEnd> {
  const child = startPulumi(callOf(target, ["up", "--yes", ...flags]));
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (chunk: string) => (said = (said + chunk).slice(-MOST_CHARACTERS)));
  const code = await new Promise<number | null>((done, fail) => child.once("error", fail).once("close", done));
  return { code, said };
}
