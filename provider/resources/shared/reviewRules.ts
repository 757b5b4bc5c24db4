import { getValueAt } from "../../../contract/values.js";
import { isProperties } from "../../engine/fields.js";
import type { ChangeRule, FieldReview, ReviewNote } from "../../engine/review.js";

/** What several inputs or resources mean to a reviewer in the same words. */

export const LOCKED: FieldReview = { silent: "locked" };
export const REPLACES: FieldReview = { silent: "a replacement, which is reported" };
export const NAME: FieldReview = { silent: "a name; where it is the object's identity, a change replaces the object, which is reported" };
export const SIZE_AND_COST: FieldReview = { silent: "size and cost" };
export const ANOTHER_PERSON: FieldReview = {
  silent: "a replacement: the previous person loses access, the new one is reported as a creation",
};

type When = ChangeRule["when"];
export const isGained: When = (from, to) => from !== true && to === true;
export const isNewlyGained: When = (from, to, existed) => existed && isGained(from, to, existed);
export const isChanged: When = (from, to) => from !== undefined && to !== undefined && from !== to;
export const isLower: When = (from, to, existed) => existed && to !== undefined && Number(from) > Number(to);

/** In an order of words that begins with the least. */
export const isHigherIn =
  (order: readonly string[]): When =>
  (from, to, existed) =>
    existed && order.indexOf(String(to)) > order.indexOf(String(from));
export const isLowerIn =
  (order: readonly string[]): When =>
  (from, to, existed) =>
    existed && order.indexOf(String(to)) < order.indexOf(String(from));

/**
 * An input that leaves what it does not say as it is, and now says what opens: by hand, or by a program before, it may have been the other.
 * @param at where the value lies in the input, which is the value itself when left out
 */
export const createLeftUntilNowRule = (opening: unknown, message: string, at?: string): ChangeRule => {
  const valueIn = (value: unknown) => getValueAt(value, at);
  return {
    rule: "left-until-now",
    severity: "medium",
    direction: "opens",
    message,
    when: (before, after, existed) => existed && valueIn(before) === undefined && valueIn(after) === opening,
    words: (_, after) => ["not said", `${at === undefined ? "" : `${at}: `}${String(valueIn(after))}`],
    remedy: "Approve it if it is so already, or is to be so; leave it out to leave it as it is.",
  };
};
export const MAYBE_PROTECTED =
  "The program now says that the branch is not protected, and did not say so far: if it is protected, it no longer is.";
export const MAYBE_BLOCKED = "The program now allows private endpoints, and did not say so far: if they are blocked, they no longer are.";

export const MAYBE_DISABLED = "The program now says that the compute is on, and did not say so far: if it is disabled, it no longer is.";

/** @param at where the compute lies in the input, which is the compute itself when left out */
export const createComputeLeftRule = (at?: string): ChangeRule => ({
  ...createLeftUntilNowRule(
    undefined,
    "The program did not say so far whether the branch has a compute: if it has none, one is made and opens it.",
  ),
  when: (before, after, existed) => existed && getValueAt(before, at) === undefined && isProperties(getValueAt(after, at)),
  words: () => ["not said", "a compute"],
});

/** A narrowing needs no approval, and is reported. */
export const NARROWED = { severity: "low", direction: "closes", remedy: "No action needed." } as const;

/** A guard that lets something happen once it is true. */
export const RELEASED = { rule: "guard-released", severity: "medium", when: isNewlyGained } as const;

/** Whether a path was accepted, which the field does not know, decides how much it weighs. */
export const LOCK_OUT_ACCEPTED: FieldReview = { silent: "reported by review/change/lockOut.ts, with the paths that are accepted" };

export const LOGIN_MADE: ReviewNote = {
  rule: "login-made",
  severity: "medium",
  direction: "opens",
  message: "A new role can log in. Roles that Neon's API makes belong to neon_superuser: they may read and write everything in the branch.",
  remedy: "Approve it if somebody is to have that; RoleGrants makes roles with less.",
};

/** Of what is gone, or declared no more. */
export const DATA_DESTROYED = {
  rule: "data-destroyed",
  severity: "high",
  direction: "destroys",
  remedy: "Keep the resource, or take a snapshot first.",
} as const;
export const ROLE_REMOVED = { rule: "role-removed", severity: "medium", direction: "destroys" } as const;
export const WITHDRAWN = { severity: "low", direction: "closes", remedy: "No action needed." } as const;
export const UNMANAGED = {
  rule: "no-longer-managed",
  severity: "medium",
  direction: "neutral",
  remedy: "Approve it if it is managed elsewhere from then on.",
} as const;

/** What has longer to live than this is made to stay, whatever end it has. Milliseconds: 30 days; ours. */
const SOON_MS = 30 * 86_400_000;

/** Whether an RFC 3339 time is over, or near. */
export const isEndingSoon = (time: unknown, nowMs: number): boolean => typeof time === "string" && Date.parse(time) - nowMs <= SOON_MS;
