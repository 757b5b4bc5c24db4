import type { Caller, Observation } from "./observation.js";

const findPersonId = (caller: Caller): string | undefined => (caller?.auth_method === "api_key_user" ? caller.account_id : undefined);

type CallerContext = Pick<Observation, "caller" | "inventory" | "members" | "administratorBefore">;

/** How many keys the person has whose key asks; 0 where it is nobody's. */
export const countPersonalKeys = ({ caller, inventory }: CallerContext): number =>
  findPersonId(caller) === undefined ? 0 : (inventory.keys.ofPerson?.length ?? 0);

/**
 * Whether this is the key that asks. Only where the person has no other: when a key was used last is told too late, and by whoever uses it,
 * so that an intruder's key could pass for the one that asks.
 */
export const isCallerKey = (seen: CallerContext, keyId: number): boolean =>
  countPersonalKeys(seen) === 1 && seen.inventory.keys.ofPerson?.[0]?.id === keyId;

/**
 * User id of the only administrator, where that is known to be nobody new: the person whose key asks, or who was the only one when the
 * record was made. Whoever has thrown the others out is the only one, too.
 */
export function findTrustedAdministrator(seen: CallerContext): string | undefined {
  const only = findOnlyAdministrator(seen);
  return only !== undefined && (only === findPersonId(seen.caller) || only === seen.administratorBefore) ? only : undefined;
}

/** User id of the one administrator; undefined where there are several, or they could not be read. */
export function findOnlyAdministrator({ members }: Pick<Observation, "members">): string | undefined {
  const [first, ...others] = (members ?? []).filter(({ member }) => member.role === "admin");
  return others.length === 0 ? first?.member.user_id : undefined;
}
