import { z } from "zod";
import { isAsJudged } from "../../provider/introspection.js";
import type { Review } from "../change/judge.js";
import type { Change } from "../change/change.js";
import { canonicalizeJson } from "../../contract/canonicalJson.js";
import { isChanged, getOptions } from "./subject.js";

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

/** Secrets appear blinded, as the engine shows them. */
export const buildIntention = ({ resources }: Change, review: Review): Intention => ({
  resources: Object.fromEntries(
    resources
      .filter(isChanged)
      .map(({ urn, op, after }) => [urn, { op, ...(after && { inputs: after.inputs, options: canonicalizeJson(getOptions(after)) }) }]),
  ),
  findings: review.findings.map(getFindingKey),
  unjudged: review.unjudged.map(getUnjudgedKey),
});

/** What a change does beyond an approved one, as a sentence, or undefined. Pure. */
export function findBeyondApproval(approved: Intention, { resources }: Change, { findings, unjudged }: Review): string | undefined {
  for (const { urn, name, op, after } of resources.filter(isChanged)) {
    const then = approved.resources[urn];
    if (then === undefined) return `${name} was not to change`;
    if (after === undefined) {
      if (then.inputs !== undefined && then.op !== "replace") return `${name} was not to be deleted`;
      continue;
    }
    if (op === "replace" && then.op !== "replace") return `${name} was not to be recreated`;
    if (then.inputs === undefined || !isAsJudged(then.inputs, after.inputs) || then.options !== canonicalizeJson(getOptions(after)))
      return `${name} was to become something else`;
  }
  const [read, unread] = [new Set(approved.findings), new Set(approved.unjudged)];
  const finding = findings.find((one) => one.severity !== "low" && !read.has(getFindingKey(one)));
  if (finding) return `${finding.rule} at ${finding.resource.name} was not found then`;
  const unclear = unjudged.find((one) => !unread.has(getUnjudgedKey(one)));
  return unclear && `a further part cannot be judged: ${unclear.why}`;
}

const getFindingKey = ({ rule, urn, severity, direction }: Review["findings"][number]): string => `${rule} ${severity} ${direction} ${urn}`;
const getUnjudgedKey = ({ urn, why }: Review["unjudged"][number]): string => `${urn} ${why}`;
