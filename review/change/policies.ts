import type { ChangeFinding } from "./finding.js";
import { type Change, nameOf, stackUrnOf } from "./model.js";

/** What policy packs say of the change, and packs that should have said something. @param required names of packs that must have run */
export function policyFindings({ preview, resources }: Change, required: readonly string[]): ChangeFinding[] {
  const stack = stackUrnOf(resources);
  // The engine names a pack of a folder as `name|local|path`.
  const ran = new Set(Object.keys(preview.policyPacks).map((key) => key.split("|", 1)[0]));
  const at = (urn: string) => ({ urn, resource: { kind: "policy", id: urn, name: nameOf(urn) } });
  return [
    ...required
      .filter((pack) => !ran.has(pack))
      .map((pack): ChangeFinding => ({
        ...{ ...at(stack), rule: "policy-pack-missing", severity: "high", direction: "opens", before: pack, after: "did not run" },
        says: `The policy pack ${pack} did not look at this change.`,
        remedy: `Run the preview with --policy-pack for ${pack}.`,
      })),
    ...preview.violations.map(({ policy, pack, level, message, urn = stack }): ChangeFinding => ({
      // What a mandatory policy refuses is not done: Pulumi would not run the update either.
      ...{ ...at(urn), rule: "policy-violated", ...(level === "mandatory" ? REFUSED : ADVISED) },
      ...{ after: `${pack}: ${policy} (${level})`, says: message === "" ? "A policy objects." : `A policy objects: ${inOneLine(message)}` },
      remedy:
        level === "mandatory" ? "Change the program so that the policy is met; Pulumi refuses the update as well." : "Read what it says.",
    })),
    ...preview.remediated.map((urn): ChangeFinding => ({
      ...{ ...at(urn || stack), rule: "rewritten-by-policy", severity: "medium", direction: "unknown", after: "rewritten" },
      says: "A policy rewrites what the program says, and the provider does not check it again.",
      remedy: "Write in the program what the policy wants.",
    })),
  ];
}

const REFUSED = { severity: "high", direction: "opens" } as const;
const ADVISED = { severity: "low", direction: "neutral" } as const;

const MOST_CHARACTERS = 500;
const inOneLine = (message: string): string => {
  const line = message.trim().replace(/\s+/g, " ");
  return line.length > MOST_CHARACTERS ? `${line.slice(0, MOST_CHARACTERS)}…` : line;
};
