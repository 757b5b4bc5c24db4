import type { KeyFailure, KeyFailureKind } from "@palisade/neon/encryption/keys/keyFailure";

/**
 * What follows from the answers to the canary of one key: a small wrapped key that is opened now and then, because a key that was disabled tells
 * nobody. Pure: what was seen before, an answer and the time give what is so now.
 *
 * - One definitive refusal refuses starts: the owner of the key has said no.
 * - Two in a row suspend what runs: rights in a cloud take their time to spread, and a single answer may be of the old ones.
 * - A transient failure lets running computes run; starts are refused when nobody has opened the key for longer than its life.
 * - An answer that opens ends all of it, by itself.
 */

export interface RevocationRules {
  /** Between two looks. Milliseconds. */
  readonly intervalMs: number;
  /** Of the interval, by which each look is earlier or later, so that a thousand keys are not asked at once. 0 to 1. */
  readonly jitter: number;
  /** For how long after it was opened last a key counts as usable while its service is not to be asked. Milliseconds. */
  readonly lifeMs: number;
  /** Definitive refusals in a row that suspend. */
  readonly refusalsToSuspend: number;
  readonly onRevoked: "suspend" | "refuseStarts";
}

/** As Atlas and AWS describe it: a minute between two looks, two refusals, and five minutes of a key that is not to be asked. */
export const DEFAULT_RULES: RevocationRules = {
  intervalMs: 60_000,
  jitter: 0.1,
  lifeMs: 300_000,
  refusalsToSuspend: 2,
  onRevoked: "suspend",
};

/** How a look ended: the key opened, or why it did not. `invalid` is about the canary, which is then recreated, and not about the key. */
export type KeyCheckOutcome = "opened" | Exclude<KeyFailureKind, "invalid">;

/** What is remembered of a key; times of the plane's clock in milliseconds. */
export interface KeyHealth {
  readonly openedAt: number;
  /** Definitive refusals since it opened last, other answers in between not counted. */
  readonly refusals: number;
  /** The latest look. */
  readonly latest: KeyCheckOutcome;
  readonly nextAt: number;
}

/** What the plane does about it. */
export interface KeyVerdict {
  /** `unavailable`: it cannot be asked; `refused`: refused once; `revoked`: refused often enough to suspend. */
  readonly state: "active" | "unavailable" | "refused" | "revoked";
  readonly startsAllowed: boolean;
  readonly suspended: boolean;
}

/** A key that has just been opened for the first time. @param random 0 to 1 */
export const createHealth = (now: number, rules: RevocationRules, random: number): KeyHealth => ({
  openedAt: now,
  refusals: 0,
  latest: "opened",
  nextAt: computeNextCheck(now, rules, random),
});

/** After a look. @param random 0 to 1 */
export function updateHealth(before: KeyHealth, look: KeyCheckOutcome, now: number, rules: RevocationRules, random: number): KeyHealth {
  const nextAt = computeNextCheck(now, rules, random);
  if (look === "opened") return { openedAt: now, refusals: 0, latest: look, nextAt };
  // A transient failure neither adds to the refusals nor resets them.
  return { ...before, refusals: before.refusals + (isRefusal(look) ? 1 : 0), latest: look, nextAt };
}

/** At any time, between two looks as well. */
export function judgeHealth({ openedAt, refusals, latest }: KeyHealth, now: number, rules: RevocationRules): KeyVerdict {
  const isRevoked = refusals >= rules.refusalsToSuspend;
  if (isRevoked) return { state: "revoked", startsAllowed: false, suspended: rules.onRevoked === "suspend" };
  if (refusals > 0) return { state: "refused", startsAllowed: false, suspended: false };
  if (latest === "opened") return { state: "active", startsAllowed: now - openedAt <= rules.lifeMs, suspended: false };
  return { state: "unavailable", startsAllowed: now - openedAt <= rules.lifeMs, suspended: false };
}

/** @returns `undefined` for a failure that says nothing about the key */
export const toCheckOutcome = ({ kind }: KeyFailure): KeyCheckOutcome | undefined => (kind === "invalid" ? undefined : kind);

const REFUSALS: ReadonlySet<KeyCheckOutcome> = new Set(["denied", "disabled", "notFound", "pendingDeletion"]);
const isRefusal = (look: KeyCheckOutcome): boolean => REFUSALS.has(look);

const computeNextCheck = (now: number, { intervalMs, jitter }: RevocationRules, random: number): number =>
  now + Math.round(intervalMs * (1 + jitter * (2 * random - 1)));
