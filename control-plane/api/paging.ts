import { z } from "zod";
import type { Query } from "../store/query.js";
import { Refusal } from "../domain/refusals.js";

/** `limit` of a query string: a whole number from 1 to `max`. */
export const buildLimitSchema = (max: number) => z.coerce.number().int().min(1).max(max).optional();
export const flag = z.enum(["true", "false"]).optional();

type After = NonNullable<Query["after"]>;

/** An opaque cursor: where the next page begins. */
export const encodeCursor = ({ value, id }: After): string => Buffer.from(JSON.stringify([value, id])).toString("base64url");

/** Throws `badRequest` for a cursor that is none of ours. */
export function decodeCursor(cursor: string | undefined): After | undefined {
  if (cursor === undefined) return undefined;
  try {
    const [value, id] = Cursor.parse(JSON.parse(Buffer.from(cursor, "base64url").toString()));
    return { value, id };
  } catch {
    throw new Refusal("badRequest", { detail: "cursor: is not a cursor of this list" });
  }
}

const Cursor = z.tuple([z.string(), z.string()]);
