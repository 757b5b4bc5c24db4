import { createHash } from "node:crypto";
import { OrgId, ProjectId } from "../../../contract/ids.js";
import type { ApiKey } from "../../../contract/wire/apiKey.js";
import type { Mark, Observed } from "../../engine/define.js";
import { defined } from "../context.js";
import type { inputs, outputs } from "./schema.js";

/** Whose key: a word for the person's own, else an organisation. */
export const PERSONAL = "personal";
export const ownerOf = (owner: string): { orgId?: string } => (owner === PERSONAL ? {} : { orgId: owner });

/** A key carries no annotation, so the mark stands behind its name: eight digits for the resource, eight for the stack, the nonce. */
const NAMED = /^(.*)-([0-9a-f]{8})([0-9a-f]{8})([0-9a-f]{16})$/s;
const MARK_LENGTH = 33;
/** Names have 64 characters at most at Neon. */
export const LONGEST_NAME = 64 - MARK_LENGTH;
const NO_STACK = "0".repeat(8);

export const toName = (name: string, { managedBy, stackId, nonce }: Mark): string =>
  `${name}-${digits(managedBy)}${stackId === undefined ? NO_STACK : digits(stackId)}${nonce}`;

/** @param asks who asks: a name holds hashes, so a mark can only be recognised */
export function fromName(text: string, asks: Pick<Mark, "managedBy" | "stackId">): { name: string; mark?: Mark } {
  const [, name, urn, stack, nonce] = NAMED.exec(text) ?? [];
  if (name === undefined || nonce === undefined) return { name: text };
  const managedBy = urn === digits(asks.managedBy) ? asks.managedBy : `a resource of hash ${urn ?? ""}`;
  const ours = asks.stackId !== undefined && stack === digits(asks.stackId);
  return {
    name,
    mark: { managedBy, stackId: ours ? asks.stackId : stack === NO_STACK ? undefined : `a stack of hash ${stack ?? ""}`, nonce },
  };
}

export function fromWire(key: ApiKey, owner: string, managedBy: string): Observed<typeof inputs, typeof outputs> {
  const { name, mark } = fromName(key.name, { managedBy });
  const scope = owner === PERSONAL ? "personal" : key.project_id === undefined ? "organization" : "project";
  return {
    inputs: defined({
      ...{ name, scope: scope },
      projectId: key.project_id === undefined ? undefined : ProjectId.parse(key.project_id),
      orgId: owner === PERSONAL ? undefined : OrgId.parse(owner),
    }),
    outputs: defined({ lastUsedAt: key.last_used_at }),
    // Which stack is not known here; `adopt` names the key by its id.
    mark: mark && { ...mark, stackId: undefined },
  };
}

const digits = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 8);
