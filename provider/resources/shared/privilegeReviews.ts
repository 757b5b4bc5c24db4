import { subtract } from "../../../contract/values.js";
import { isProperties } from "../../engine/fields.js";
import type { ChangeRule } from "../../engine/review.js";
import { NARROWED } from "./reviewRules.js";

/** What a change of privileges in Postgres means to a reviewer. */

/** Each privilege by itself, with where it holds: `SELECT on tables in sales`. */
function listPrivileges(value: unknown, where = ""): string[] {
  if (Array.isArray(value))
    return value.flatMap((item) => listPrivileges(item, isProperties(item) ? ` in ${JSON.stringify(item["name"])}` : where));
  if (!isProperties(value)) return typeof value === "string" ? [`${value}${where}`] : [];
  const { name: _, future, ...lists } = value;
  const given = Object.entries(lists).flatMap(([name, inner]) =>
    listPrivileges(inner, name === "privileges" ? where : ` on ${name}${where}`),
  );
  const later = future === true ? given.filter((one) => / on (?:tables|sequences|routines)/.test(one)) : [];
  return [...given, ...later.map((one) => `${one}, also of what comes later`)];
}
const formatDifference: ChangeRule["words"] = (before, after) => {
  const [had, has] = [listPrivileges(before), listPrivileges(after)];
  return [subtract(had, has).join("; ") || "nothing less", subtract(has, had).join("; ") || "nothing more"];
};

export const FURTHER_PRIVILEGES: ChangeRule = {
  rule: "privileges-widened",
  severity: "medium",
  direction: "opens",
  words: formatDifference,
  when: (before, after, existed) => existed && subtract(listPrivileges(after), listPrivileges(before)).length > 0,
  message: "The role gets further privileges.",
  remedy: "Approve it if the role needs them.",
};
export const FEWER_PRIVILEGES: ChangeRule = {
  ...NARROWED,
  rule: "privileges-narrowed",
  words: formatDifference,
  when: (before, after, existed) => existed && subtract(listPrivileges(before), listPrivileges(after)).length > 0,
  message: "The role loses privileges.",
};
