import { z } from "zod";
import { PalisadeError } from "../../contract/errors.js";
import type { ChangeFinding } from "./finding.js";

/** `--policy-pack-config`: by policy its level, or its level and settings; `all` is for every policy that is not named, and `environments` lists some. */
const Config = z.record(z.string(), z.union([z.string(), z.looseObject({ enforcementLevel: z.string().optional() }), z.array(z.string())]));
type Config = z.output<typeof Config>;

/** The levels that the policies of a pack have by themselves, by policy; undefined where the pack is not known here. */
export type OwnLevels = Readonly<Record<string, string>> | undefined;

/** The weakest first. */
const LEVELS = ["disabled", "advisory", "remediate", "mandatory"];

/** Throws PAL_USAGE. @param file as it is named on the command line */
export function parsePackConfig(text: string, file: string): Config {
  try {
    return Config.parse(JSON.parse(text));
  } catch {
    throw new PalisadeError("PAL_USAGE", `${file} is not a policy pack configuration`);
  }
}

/** What a new configuration of a policy pack asks less of than the one before. */
export function judgePackConfig(file: string, before: Config, after: Config, own?: OwnLevels): ChangeFinding[] {
  const at = { urn: file, resource: { kind: "policy", id: file, name: file }, rule: "policy-weakened" } as const;
  const named = new Set([...Object.keys(before), ...Object.keys(after)]);
  // Of a pack that is known, "all" is told at each policy that it moves.
  const policies = own ? new Set([...named, ...Object.keys(own)].filter((policy) => policy !== "all")) : named;
  return [...policies].flatMap((policy): ChangeFinding[] => {
    const [earlier, later] = [getSetting(before, policy, own), getSetting(after, policy, own)];
    const level = judgeLevelChange(earlier.level, later.level);
    if (level !== undefined)
      return [
        {
          ...at,
          ...level,
          before: `${policy}: ${earlier.level ?? OWN}`,
          after: `${policy}: ${later.level ?? OWN}`,
          remedy: "Keep its level; an exception for one resource belongs into the program.",
        },
      ];
    if (earlier.settings === later.settings) return [];
    return [
      {
        ...at,
        severity: "medium",
        direction: "unknown",
        before: `${policy}: ${earlier.settings}`,
        after: `${policy}: ${later.settings}`,
        says: "The settings of the policy change; whether it then asks less is not judged.",
        remedy: "Read the policy's settings.",
      },
    ];
  });
}

const OWN = "the pack's own level";

/** What a move between two levels means; undefined where it asks no less. A level that is not known, because it is the pack's own, may be any. */
function judgeLevelChange(
  before: string | undefined,
  after: string | undefined,
): Pick<ChangeFinding, "severity" | "direction" | "says"> | undefined {
  if (before === after || after === MANDATORY || before === DISABLED) return undefined;
  if (after === undefined)
    return { severity: "medium", direction: "unknown", says: "The policy is left to the pack; whether that asks less is not known here." };
  if (before !== undefined && LEVELS.indexOf(after) >= LEVELS.indexOf(before)) return undefined;
  return { severity: "high", direction: "opens", says: "The policy asks less than before." };
}
const [DISABLED, MANDATORY] = ["disabled", "mandatory"];

/** The level in force: of the policy, else of `all`, else the pack's own, as `applyConfig` of Pulumi's engine has it. */
function getSetting(config: Config, policy: string, own: OwnLevels): { level: string | undefined; settings: string } {
  const entry = Object.hasOwn(config, policy) ? config[policy] : undefined;
  const fallback = policy === "all" ? undefined : (getLevel(config["all"]) ?? own?.[policy]);
  if (Array.isArray(entry)) return { level: undefined, settings: JSON.stringify(entry) };
  const { enforcementLevel: _, ...settings } = typeof entry === "object" ? entry : {};
  return { level: getLevel(entry) ?? fallback, settings: JSON.stringify(Object.fromEntries(Object.entries(settings).sort())) };
}

const getLevel = (entry: Config[string] | undefined): string | undefined =>
  Array.isArray(entry) ? undefined : typeof entry === "object" ? entry.enforcementLevel : entry;
