import { z } from "zod";
import type { Reach } from "../../contract/reachability.js";
import type { Reaches } from "../reachability/model.js";
import type { Review } from "../change/judge.js";
import type { Change, Declared, ResourceChange } from "../change/model.js";
import type { RecordedState } from "../change/state.js";
import { isSecret } from "../../provider/resources/settled.js";
import { digestOf } from "./canonical.js";

const Digest = z.string().regex(/^[0-9a-f]{64}$/);

/** What an approval is about: when any of it has moved, the approval says nothing. */
export const Subject = z.strictObject({
  /** `organization/project/stack`, as the state names it. */
  stack: z.string().min(1),
  /** Of the repository, for people. */
  commit: z.string().regex(/^[0-9a-f]{40,64}$/),
  /** Of the commit: the whole content, whatever a squash or a merge made of its history. */
  tree: z.string().regex(/^[0-9a-f]{40,64}$/),
  /** Of every change, of its inputs and options, and of who can reach what before and after. */
  delta: Digest,
  /** Of what Pulumi has recorded. */
  state: Digest,
  /** Of the live objects behind it. */
  live: Digest,
  verdict: z.enum(["approve", "needsReview", "block"]),
});
export type Subject = z.output<typeof Subject>;

/** A digest of all that the change does. Secrets take part as the engine shows them: that there is one, not which. */
export const deltaDigest = ({ resources }: Change, { comparisons, unjudged, verdict, findings }: Review): string =>
  digestOf({
    verdict,
    unjudged,
    // Told by the base alone: who compares with another one, or with none, has not read the same.
    code: findings
      .filter(({ rule }) => CODE_RULES.has(rule))
      .map(({ rule, urn, after }) => ({ rule, urn: `${urn} ${after ?? ""}` }))
      .sort(byUrn),
    changes: resources
      .filter(isChanged)
      .map(({ urn, op, before, after }) => ({ urn, op, before: side(before), after: side(after) }))
      .sort(byUrn),
    reach: comparisons
      .map(({ project, branch, before, after }) => ({
        urn: `${project.key}/${branch.key}`,
        before: reaches(before),
        after: reaches(after),
      }))
      .sort(byUrn),
  });

const CODE_RULES = new Set(["program-code-changed", "dependencies-changed"]);

/** Whether an update does anything to a resource: options alone are no step of the engine. */
export const isChanged = ({ op, before, after }: ResourceChange): boolean =>
  op !== "same" || digestOf(optionsOf(before)) !== digestOf(optionsOf(after));

const side = (declared: Declared | undefined) => declared && { id: declared.id, inputs: declared.inputs, options: optionsOf(declared) };

export const optionsOf = (declared: Declared | undefined) =>
  declared && {
    ...{ protect: declared.protect, retainOnDelete: declared.retainOnDelete },
    ...{ ignoreChanges: declared.ignoreChanges, secretOutputs: declared.secretOutputs },
  };

const reaches = (one: Reaches | undefined) =>
  one && { reach: reachKey(one.reach), latent: reachKey(one.latent), dataReach: reachKey(one.dataReach) };
const reachKey = ({ public: set, private: ids }: Reach): string[] => [set.toRanges().join(), ...[...ids].sort()];

/** A digest of what is recorded. The state's ciphertexts change with every export, so secrets take part only as there being one. */
export const stateDigest = ({ resources, pending }: RecordedState): string =>
  digestOf({
    pending,
    resources: resources
      .map(({ urn, id, protect, retainOnDelete, ignoreChanges, inputs, outputs }) => ({
        ...{ urn, id, protect, retainOnDelete, ignoreChanges, inputs: blinded(inputs), outputs: blinded(outputs) },
      }))
      .sort(byUrn),
  });

function blinded(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(blinded);
  if (typeof value !== "object" || value === null) return value;
  if (isSecret(value)) return "[secret]";
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, blinded(inner)]));
}

const byUrn = (a: { urn: string }, b: { urn: string }): number => (a.urn < b.urn ? -1 : a.urn > b.urn ? 1 : 0);
