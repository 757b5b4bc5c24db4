import { z } from "zod";
import { LOCKED } from "./reviewRules.js";

export const instant = z.iso.datetime({ offset: true, error: "must be a time such as 2026-01-31T12:00:00Z" });
/** The API keeps times to the second, and may cut or round the rest: that is not compared. */
const SECOND_MS = 1_000;
export const truncateToSecond = (time: string): number => Math.floor(Date.parse(time) / SECOND_MS) * SECOND_MS;

/** The end of an object as it is sent. A past moment goes as it is given: the log is finer than the API tells. */
export const toWireTime = <T extends string | undefined>(time: T): T =>
  (time === undefined ? undefined : new Date(truncateToSecond(time)).toISOString().replace(".000Z", "Z")) as T;

/** `0/01DE2850` and `0/1de2850` are one place in the log. */
const canonicalizeLsn = (lsn: string): string =>
  lsn
    .split("/")
    .map((half) => parseInt(half, 16).toString(16))
    .join("/");

/** A past moment of a branch, by time or by place in its log. `whose` begins a sentence: "The parent's". */
export const createPastMomentSchema = (what: string, whose: string) =>
  z
    .strictObject({
      timestamp: instant.optional().meta({ description: `${whose} data as of this time (RFC 3339).` }),
      lsn: z
        .string()
        .regex(/^[a-fA-F0-9]{1,8}\/[a-fA-F0-9]{1,8}$/, "must be an LSN such as 0/1DE2850")
        .optional()
        .meta({ description: `${whose} data as of this log sequence number.` }),
    })
    .refine((from) => (from.timestamp === undefined) !== (from.lsn === undefined), "needs exactly one of timestamp and lsn")
    .optional()
    .meta({
      description: `A past moment of the ${what}, within its history retention; now when omitted.`,
      onChange: "locked",
      canonical: ({ timestamp, lsn }: { timestamp?: string; lsn?: string }) =>
        timestamp === undefined ? lsn && canonicalizeLsn(lsn) : truncateToSecond(timestamp),
      review: LOCKED,
    });

const parseTime = (value: unknown): number => (typeof value === "string" ? Date.parse(value) : NaN);

/** When an object ends by itself. */
export const createExpirySchema = (what: string, further = "") =>
  instant.optional().meta({
    description: `When Neon deletes the ${what} by itself (RFC 3339); never when omitted.${further}`,
    whenOmitted: "cleared",
    canonical: truncateToSecond,
    review: {
      rule: "will-expire",
      severity: "medium",
      direction: "destroys",
      when: (from, to, existed) => existed && to !== undefined && (from === undefined || parseTime(to) < parseTime(from)),
      message: `Neon deletes the ${what} by itself at that time, and its data with it.`,
      remedy: "Leave expiresAt out for whatever must stay.",
    },
  });
