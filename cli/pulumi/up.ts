import { startPulumi, startPulumiInherited } from "./start.js";
import { callOf, type Target } from "./target.js";

/** Policy packs of a preview or an update, by their folders, and their configurations. */
export interface PolicyPacks {
  readonly policyPacks: readonly string[];
  readonly policyPackConfigs: readonly string[];
}

export const flagsOfPacks = ({ policyPacks, policyPackConfigs }: PolicyPacks): string[] => [
  ...policyPacks.flatMap((pack) => ["--policy-pack", pack]),
  ...policyPackConfigs.flatMap((file) => ["--policy-pack-config", file]),
];

/** Runs `pulumi up` in sight of whoever started us. @returns its exit code, 1 where a signal ended it */
export function showUp(target: Target, flags: readonly string[], env: Record<string, string>): Promise<number> {
  const child = startPulumiInherited(callOf(target, ["up", "--yes", ...flags], env));
  return new Promise((done, fail) => {
    child.once("error", fail).once("close", (code) => {
      done(code ?? 1);
    });
  });
}

/** Enough of what the CLI says to see why it failed. */
const MOST_CHARACTERS = 100_000;

/** Runs `pulumi up` unseen. @returns its exit code, null where a signal ended it, and the end of what it said */
export async function runUp(target: Target, flags: readonly string[]): Promise<{ code: number | null; said: string }> {
  const child = startPulumi(callOf(target, ["up", "--yes", ...flags]));
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (chunk: string) => (said = (said + chunk).slice(-MOST_CHARACTERS)));
  const code = await new Promise<number | null>((done, fail) => child.once("error", fail).once("close", done));
  return { code, said };
}
