import type { DocumentKind } from "./kinds.js";

type Column =
  | "org"
  | "user"
  | "project"
  | "branch"
  | "parent"
  | "name"
  | "email"
  | "granted_to"
  | "state"
  | "key_prefix"
  | "region"
  | "vpc_endpoint"
  | "link";
/** Columns that say yes: of an unfinished operation; of a protected, default or root branch (a schema-only branch is one); of a snapshot made by hand. */
type FlagColumn = "open" | "protected" | "is_default" | "root" | "manual";
type Order = "seq" | "name" | "created_at" | "updated_at";

/** Which documents of a kind. Deleted ones (those with a `recoverable_until`) are left out unless asked for. */
export interface Query {
  where?: Partial<Record<Column, string>> & Partial<Record<FlagColumn, true>>;
  /** Part of the name or the id, in any case. */
  search?: string | undefined;
  deleted?: "without" | "with" | "only";
  /** Only where this instant is not after the given one; the earliest first. */
  due?: { column: "expires_at" | "recoverable_until" | "next_at"; at: string };
  /** Default `seq`: as they were made. */
  order?: Order;
  descending?: boolean;
  /** Begins behind the document with this value of the order's column and this id. */
  after?: { value: string; id: string } | undefined;
  limit?: number | undefined;
}

export interface Statement {
  sql: string;
  values: (string | number)[];
}

/** Kinds and columns are words of ours and stand in the text, because partial indexes need them there; everything from outside is bound. */
export function buildSelect(columns: string, kind: DocumentKind, query: Query = {}): Statement {
  const { where = {}, search, deleted = "without", due, order = "seq", descending = false, after, limit } = query;
  const conditions = [`kind = '${kind}'`];
  const values: (string | number)[] = [];
  const add = (condition: string, ...bound: (string | number)[]) => {
    conditions.push(condition);
    values.push(...bound);
  };
  for (const [column, value] of Object.entries(where)) {
    if (value === true) add(`${column} = 1`);
    else add(`${column} = ?`, value);
  }
  if (deleted !== "with") add(`deleted_at IS ${deleted === "only" ? "NOT " : ""}NULL`);
  if (search) add("(instr(lower(name), ?) > 0 OR instr(id, ?) > 0)", search.toLowerCase(), search.toLowerCase());
  if (due) add(`${due.column} <= ?`, due.at);
  if (after) add(`(${order}, id) ${descending ? "<" : ">"} (?, ?)`, after.value, after.id);
  const direction = descending ? "DESC" : "ASC";
  const sorting = due ? due.column : order === "seq" ? `seq ${direction}` : `${order} ${direction}, id ${direction}`;
  const page = limit === undefined ? "" : " LIMIT ?";
  return {
    sql: `SELECT ${columns} FROM entity WHERE ${conditions.join(" AND ")} ORDER BY ${sorting}${page}`,
    values: limit === undefined ? values : [...values, limit],
  };
}
