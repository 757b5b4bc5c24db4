import type { Declared, ResourceChange } from "../../change.js";
import { hasReferenceTo } from "../privatePath.js";
import { TYPES } from "./types.js";
import type { Weakening } from "./weakening.js";

/** What a cloud has once for each bucket, topic or account, or what adds to a role: the input that names it, and what another one may do. */
const OF_ANOTHER: Readonly<Record<string, { readonly input: string; readonly rule: string }>> = {
  ...Object.fromEntries(
    [
      ...[TYPES.bucketEncryption, TYPES.bucketLifecycle, TYPES.bucketLock, TYPES.bucketOwnership],
      ...[TYPES.bucketPolicy, TYPES.bucketVersioning, TYPES.publicAccessBlock],
    ].map((type) => [type, { input: "bucket", rule: "logs-exposed" } as const]),
  ),
  [TYPES.topicPolicy]: { input: "arn", rule: "alarm-topic-widened" },
  [TYPES.storageLifecycle]: { input: "accountName", rule: "log-retention-shortened" },
  [TYPES.rolePolicy]: { input: "role", rule: "role-permissions-widened" },
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": { input: "role", rule: "role-permissions-widened" },
};

/** A resource beside a component that says something of what the component made: what the component says of it may then count no more. */
export function judgeSecondOwner({ type, after }: ResourceChange, ofComponents: readonly Declared[]): Weakening[] {
  const other = OF_ANOTHER[type];
  if (after === undefined || other === undefined || !ofComponents.some((one) => hasReferenceTo(after, other.input, one))) return [];
  const { input, rule } = other;
  return [
    {
      rule,
      severity: "medium",
      direction: "opens",
      property: input,
      says: "It is declared beside the component, for what the component made: it adds to what the component says, or takes its place.",
      remedy: "Leave it out, and change the component's own by its inputs or transforms.",
    },
  ];
}
