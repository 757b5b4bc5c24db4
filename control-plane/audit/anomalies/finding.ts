import type { AnomalyEvent, AuditEvent } from "@palisade/neon/contract/wire/auditEvent";

/** What a rule found: the part of an {@link AnomalyEvent} that is its own. */
export type Finding = Pick<AnomalyEvent, "rule" | "severity" | "summary" | "evidence" | "project_id" | "branch_id" | "role">;

export const ANOMALY_RULES = [
  "failed-logins",
  "password-spraying",
  "refusal-flood",
  "new-network",
  "changing-networks",
  "list-opened",
  "key-in-two-networks",
  "dormant-role",
] as const;
export type AnomalyRule = (typeof ANOMALY_RULES)[number];

/** A finding before it is known whether it has just been told. */
export interface Candidate extends Finding {
  readonly rule: AnomalyRule;
  /** What it is about: the same subject is not told twice a day. */
  readonly subject: string;
  /** How large it is: it is told again when it has grown tenfold. */
  readonly size: number;
}

/** A rule over the rows of one stream in their order. It keeps what it needs, bounded, and knows no other time than that of the rows. */
export interface Rule {
  step(event: AuditEvent): readonly Candidate[];
}

export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;
export const MAX_EVIDENCE = 20;

/** Of the name of a role, as a client says it: Postgres' own names are no longer. Characters. */
const MOST_NAME = 63;

/** A client that is refused may call itself anything, at any length: what is kept of it and told of it is not. */
export const clipName = (name = ""): string => name.slice(0, MOST_NAME);

/** For a sentence: what a client calls itself moves no terminal and ends no line. */
export const quoteName = (name: string | undefined): string => JSON.stringify(clipName(name)).replace(/[^ -~]/g, "?");
