import { createHash } from "node:crypto";
import { OrgId, ProjectId } from "../../../contract/ids.js";
import { omitUndefined } from "../../../contract/values.js";
import type { ApiKey } from "../../../contract/wire/apiKey.js";
import type { OwnershipTag, Observed } from "../../engine/define.js";
import type { inputs, outputs } from "./schema.js";

/** Whose key: a word for the person's own, else an organisation. */
export const PERSONAL = "personal";
export const toKeyOwner = (owner: string): { orgId?: string } => (owner === PERSONAL ? {} : { orgId: owner });

/** A key carries no annotation, so the mark stands behind its name: eight digits for the resource, eight for the stack, the nonce. */
const TAGGED_NAME = /^(.*)-([0-9a-f]{8})([0-9a-f]{8})([0-9a-f]{16})$/s;
const NO_STACK = "0".repeat(8);

export const toTaggedName = (name: string, { managedBy, stackId, nonce }: OwnershipTag): string =>
  `${name}-${hashDigits(managedBy)}${stackId === undefined ? NO_STACK : hashDigits(stackId)}${nonce}`;

/** @param asks who asks: a name holds hashes, so a mark can only be recognised */
export function fromTaggedName(
  text: string,
  asks: Pick<OwnershipTag, "managedBy" | "stackId">,
): { name: string; ownershipTag?: OwnershipTag } {
  const [, name, urn, stack, nonce] = TAGGED_NAME.exec(text) ?? [];
  if (name === undefined || nonce === undefined) return { name: text };
  const managedBy = urn === hashDigits(asks.managedBy) ? asks.managedBy : `a resource of hash ${urn ?? ""}`;
  const ours = asks.stackId !== undefined && stack === hashDigits(asks.stackId);
  return {
    name,
    ownershipTag: { managedBy, stackId: ours ? asks.stackId : stack === NO_STACK ? undefined : `a stack of hash ${stack ?? ""}`, nonce },
  };
}

export function fromWire(key: ApiKey, owner: string, managedBy: string): Observed<typeof inputs, typeof outputs> {
  const { name, ownershipTag: mark } = fromTaggedName(key.name, { managedBy });
  const scope = owner === PERSONAL ? "personal" : key.project_id === undefined ? "organization" : "project";
  return {
    inputs: omitUndefined({
      name,
      scope: scope,
      projectId: key.project_id === undefined ? undefined : ProjectId.parse(key.project_id),
      orgId: owner === PERSONAL ? undefined : OrgId.parse(owner),
    }),
    outputs: omitUndefined({ lastUsedAt: key.last_used_at }),
    // Which stack is not known here; `adopt` names the key by its id.
    ownershipTag: mark && { ...mark, stackId: undefined },
  };
}

const hashDigits = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 8);
