import type { AuthDetails } from "../../contract/wire/account.js";
import type { Observation } from "./observe.js";

/** Who asks. A key of a person names the person; which of a person's keys it is, the API tells nobody. */
export type Caller = AuthDetails | undefined;

const personOf = (caller: Caller): string | undefined => (caller?.auth_method === "api_key_user" ? caller.account_id : undefined);

type Seen = Pick<Observation, "caller" | "inventory" | "members" | "administratorBefore">;

/** How many keys the person has whose key asks; 0 where it is nobody's. */
export const personalKeys = ({ caller, inventory }: Seen): number =>
  personOf(caller) === undefined ? 0 : (inventory.keys.ofPerson?.length ?? 0);

/**
 * Whether this is the key that asks. Only where the person has no other: when a key was used last is told too late, and by whoever uses it,
 * so that an intruder's key could pass for the one that asks.
 */
export const isAskingKey = (seen: Seen, keyId: number): boolean =>
  personalKeys(seen) === 1 && seen.inventory.keys.ofPerson?.[0]?.id === keyId;

/**
 * User id of the only administrator, where that is known to be nobody new: the person whose key asks, or who was the only one when the
 * record was made. Whoever has thrown the others out is the only one, too.
 */
export function onlyAdministrator(seen: Seen): string | undefined {
  const only = onlyAdministratorOf(seen);
  return only !== undefined && (only === personOf(seen.caller) || only === seen.administratorBefore) ? only : undefined;
}

/** User id of the one administrator; undefined where there are several, or they could not be read. */
export function onlyAdministratorOf({ members }: Pick<Observation, "members">): string | undefined {
  const [first, ...others] = (members ?? []).filter(({ member }) => member.role === "admin");
  return others.length === 0 ? first?.member.user_id : undefined;
}
