import { z } from "zod";
import { fits } from "../../provider/resources/fits.js";
import type { Review } from "../change/judge.js";
import type { Change } from "../change/model.js";
import { canonical } from "./canonical.js";
import { isChanged, optionsOf } from "./subject.js";

/** What an approved change does, kept to tell whether what is left of it after a failed update is a part of it. */
export const Intention = z.strictObject({
  /** By URN: what happens to it, and its inputs and options afterwards; none of one that is deleted. */
  resources: z.record(
    z.string(),
    z.strictObject({ op: z.string(), inputs: z.record(z.string(), z.unknown()).optional(), options: z.string().optional() }),
  ),
  /** What the approver read. */
  findings: z.array(z.string()),
  unjudged: z.array(z.string()),
});
export type Intention = z.output<typeof Intention>;

/** Secrets are in it as the engine shows them: that there is one, not which. */
export const intentionOf = ({ resources }: Change, review: Review): Intention => ({
  resources: Object.fromEntries(
    resources
      .filter(isChanged)
      .map(({ urn, op, after }) => [urn, { op, ...(after && { inputs: after.inputs, options: canonical(optionsOf(after)) }) }]),
  ),
  findings: review.findings.map(findingKey),
  unjudged: review.unjudged.map(unjudgedKey),
});

/** What a change does beyond an approved one, as a sentence, or undefined. Pure. */
export function beyond(approved: Intention, { resources }: Change, { findings, unjudged }: Review): string | undefined {
  for (const { urn, name, op, after } of resources.filter(isChanged)) {
    const then = approved.resources[urn];
    if (then === undefined) return `${name} was not to change`;
    if (after === undefined) {
      if (then.inputs !== undefined && then.op !== "replace") return `${name} was not to be deleted`;
      continue;
    }
    if (op === "replace" && then.op !== "replace") return `${name} was not to be made anew`;
    if (then.inputs === undefined || !fits(then.inputs, after.inputs) || then.options !== canonical(optionsOf(after)))
      return `${name} was to become something else`;
  }
  const [read, unread] = [new Set(approved.findings), new Set(approved.unjudged)];
  const finding = findings.find((one) => one.severity !== "low" && !read.has(findingKey(one)));
  if (finding) return `${finding.rule} at ${finding.resource.name} was not found then`;
  const unclear = unjudged.find((one) => !unread.has(unjudgedKey(one)));
  return unclear && `a further part cannot be judged: ${unclear.why}`;
}

const findingKey = ({ rule, urn, severity, direction }: Review["findings"][number]): string => `${rule} ${severity} ${direction} ${urn}`;
const unjudgedKey = ({ urn, why }: Review["unjudged"][number]): string => `${urn} ${why}`;
