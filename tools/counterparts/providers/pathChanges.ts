import { isRecord } from "../../../contract/values.js";
import { isAlike } from "./values.js";

/** A change inside an input, by the path that Pulumi shows. */
export interface PathChange {
  readonly path: string;
  readonly act: "ADD" | "DELETE" | "UPDATE";
}

/** The innermost changes between two values of one input. */
export function findChanges(before: unknown, after: unknown, path: string): PathChange[] {
  if (isAlike(before, after)) return [];
  if (before === undefined) return [{ path, act: "ADD" }];
  if (after === undefined) return [{ path, act: "DELETE" }];
  if (isRecord(before) && isRecord(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return names.flatMap((name) => findChanges(before[name], after[name], `${path}${formatMember(name)}`));
  }
  if (!Array.isArray(before) || !Array.isArray(after) || before.length !== after.length) return [{ path, act: "UPDATE" }];
  return after.flatMap((one, index) => findChanges(before[index], one, `${path}[${index}]`));
}

const formatMember = (name: string): string => (/^\w+$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`);
