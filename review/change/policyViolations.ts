import type { ChangeFinding } from "./finding.js";
import { type Change, getUrnName, getStackUrn } from "./change.js";

/** What policy packs say of the change. */
export function judgePolicyViolations({ preview, resources }: Change): ChangeFinding[] {
  const stack = getStackUrn(resources);
  const at = (urn: string) => ({ urn, resource: { kind: "policy", id: urn, name: getUrnName(urn) } });
  return [
    ...preview.violations.map(({ policy, pack, level, message, urn = stack }): ChangeFinding => ({
      // What a mandatory policy refuses is not done: Pulumi would not run the update either.
      ...at(urn),
      rule: "policy-violated",
      ...(level === "mandatory" ? REFUSED : ADVISED),
      after: `${pack}: ${policy} (${level})`,
      says: message === "" ? "A policy objects." : `A policy objects: ${toOneLine(message)}`,
      remedy:
        level === "mandatory" ? "Change the program so that the policy is met; Pulumi refuses the update as well." : "Read what it says.",
    })),
    ...preview.remediated.map((urn): ChangeFinding => ({
      ...at(urn || stack),
      rule: "rewritten-by-policy",
      severity: "medium",
      direction: "unknown",
      after: "rewritten",
      says: "A policy rewrites what the program says, and the provider does not check it again.",
      remedy: "Write in the program what the policy wants.",
    })),
  ];
}

const REFUSED = { severity: "high", direction: "opens" } as const;
const ADVISED = { severity: "low", direction: "neutral" } as const;

const MOST_CHARACTERS = 500;
const toOneLine = (message: string): string => {
  const line = message.trim().replace(/\s+/g, " ");
  return line.length > MOST_CHARACTERS ? `${line.slice(0, MOST_CHARACTERS)}…` : line;
};
