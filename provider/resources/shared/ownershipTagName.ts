import { createHash } from "node:crypto";
import type { OwnershipTag } from "../../engine/define.js";

/** `pal-<of the urn>-<stack's id>-<nonce>`: 64 characters at most, the longest name of a compute at Neon. */
const FORM = /^pal-([0-9a-f]{10})-([0-9a-f]{32})?-([0-9a-f]{16})$/;

/** The mark in a name, for objects that can carry no annotation and whose name means nothing to anybody. */
export const toTagName = ({ managedBy, stackId, nonce }: OwnershipTag): string =>
  `pal-${hashUrn(managedBy)}-${stackId?.replaceAll("-", "") ?? ""}-${nonce}`;

/** @param managedBy who asks: a name holds only a hash of it */
export function fromTagName(name: string | undefined, managedBy: string): OwnershipTag | undefined {
  const [, urn, stack, nonce] = FORM.exec(name ?? "") ?? [];
  if (urn === undefined || nonce === undefined) return undefined;
  const stackId = stack?.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  return { managedBy: urn === hashUrn(managedBy) ? managedBy : `a resource of hash ${urn}`, stackId, nonce };
}

const hashUrn = (managedBy: string): string => createHash("sha256").update(managedBy).digest("hex").slice(0, 10);
