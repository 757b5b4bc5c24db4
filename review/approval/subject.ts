import { z } from "zod";
import type { Reach } from "../../contract/reachability.js";
import type { BranchReaches } from "../reachability/model.js";
import type { Review } from "../change/judge.js";
import type { Change, Declared, ResourceChange } from "../change/change.js";
import type { RecordedState } from "../change/state.js";
import { isSecret } from "../../provider/introspection.js";
import { computeDigest } from "./digest.js";

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
export const computeDeltaDigest = ({ resources }: Change, { comparisons, unjudged, verdict, findings }: Review): string =>
  computeDigest({
    verdict,
    unjudged,
    // Told by the base alone: who compares with another one, or with none, has not read the same.
    code: findings
      .filter(({ rule }) => CODE_RULES.has(rule))
      .map(({ rule, urn, after }) => ({ rule, urn: `${urn} ${after ?? ""}` }))
      .sort(compareByUrn),
    changes: resources
      .filter(isChanged)
      .map(({ urn, op, before, after }) => ({ urn, op, before: toDigestSide(before), after: toDigestSide(after) }))
      .sort(compareByUrn),
    reach: comparisons
      .map(({ project, branch, before, after }) => ({
        urn: `${project.key}/${branch.key}`,
        before: toReachKeys(before),
        after: toReachKeys(after),
      }))
      .sort(compareByUrn),
  });

const CODE_RULES = new Set(["program-code-changed", "dependencies-changed"]);

/** Whether an update does anything to a resource: options alone are no step of the engine. */
export const isChanged = ({ op, before, after }: ResourceChange): boolean =>
  op !== "same" || computeDigest(getOptions(before)) !== computeDigest(getOptions(after));

const toDigestSide = (declared: Declared | undefined) =>
  declared && { id: declared.id, inputs: declared.inputs, options: getOptions(declared) };

export const getOptions = (declared: Declared | undefined) =>
  declared && {
    protect: declared.protect,
    retainOnDelete: declared.retainOnDelete,
    ignoreChanges: declared.ignoreChanges,
    secretOutputs: declared.secretOutputs,
  };

const toReachKeys = (one: BranchReaches | undefined) =>
  one && { reach: toReachKey(one.reach), latent: toReachKey(one.latent), dataReach: toReachKey(one.dataReach) };
const toReachKey = ({ public: set, private: ids }: Reach): string[] => [set.toRanges().join(), ...[...ids].sort()];

/** A digest of what is recorded. The state's ciphertexts change with every export, so secrets take part only as there being one. */
export const computeStateDigest = ({ resources, pending }: RecordedState): string =>
  computeDigest({
    pending,
    resources: resources
      .map(({ urn, id, protect, retainOnDelete, ignoreChanges, inputs, outputs }) => ({
        urn,
        id,
        protect,
        retainOnDelete,
        ignoreChanges,
        inputs: blindSecrets(inputs),
        outputs: blindSecrets(outputs),
      }))
      .sort(compareByUrn),
  });

function blindSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(blindSecrets);
  if (typeof value !== "object" || value === null) return value;
  if (isSecret(value)) return "[secret]";
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, blindSecrets(inner)]));
}

const compareByUrn = (a: { urn: string }, b: { urn: string }): number => (a.urn < b.urn ? -1 : a.urn > b.urn ? 1 : 0);
