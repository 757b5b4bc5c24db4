import { z } from "zod";
import { PalisadeError } from "../../contract/errors.js";
import type { ChangeFinding } from "./finding.js";

/** `--policy-pack-config`: by policy its level, or its level and settings; `all` is for every policy that is not named. */
const Config = z.record(z.string(), z.union([z.string(), z.looseObject({ enforcementLevel: z.string().optional() })]));
type Config = z.output<typeof Config>;

/** The weakest first. What is not named has the pack's own level, which is not known here and counts as the strongest. */
const LEVELS = ["disabled", "advisory", "remediate", "mandatory"];

/** Throws PAL_USAGE. @param file as it is named on the command line */
export function readPackConfig(text: string, file: string): Config {
  try {
    return Config.parse(JSON.parse(text));
  } catch {
    throw new PalisadeError("PAL_USAGE", `${file} is no configuration of a policy pack`);
  }
}

/** What a new configuration of a policy pack asks less of than the one before. */
export function packFindings(file: string, before: Config, after: Config): ChangeFinding[] {
  const at = { urn: file, resource: { kind: "policy", id: file, name: file }, rule: "policy-weakened" } as const;
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((policy): ChangeFinding[] => {
    const [was, is] = [settingOf(before, policy), settingOf(after, policy)];
    if (rank(is.level) < rank(was.level))
      return [
        {
          ...{
            ...at,
            severity: "high",
            direction: "opens",
            before: `${policy}: ${was.level ?? OWN}`,
            after: `${policy}: ${is.level ?? OWN}`,
          },
          says: "The policy asks less than before.",
          remedy: "Keep its level; an exception for one resource belongs into the program.",
        },
      ];
    if (was.settings === is.settings) return [];
    return [
      {
        ...{ ...at, severity: "medium", direction: "unknown", before: `${policy}: ${was.settings}`, after: `${policy}: ${is.settings}` },
        says: "The settings of the policy change; whether it then asks less is not judged.",
        remedy: "Read the policy's settings.",
      },
    ];
  });
}

const OWN = "the pack's own level";

function settingOf(config: Config, policy: string): { level: string | undefined; settings: string } {
  const entry = Object.hasOwn(config, policy) ? config[policy] : undefined;
  const fallback = policy === "all" ? undefined : levelOf(config["all"]);
  const { enforcementLevel: _, ...settings } = typeof entry === "object" ? entry : {};
  return { level: levelOf(entry) ?? fallback, settings: JSON.stringify(Object.fromEntries(Object.entries(settings).sort())) };
}

const levelOf = (entry: Config[string] | undefined): string | undefined => (typeof entry === "object" ? entry.enforcementLevel : entry);
const rank = (level: string | undefined): number => (level === undefined ? LEVELS.length : LEVELS.indexOf(level));
