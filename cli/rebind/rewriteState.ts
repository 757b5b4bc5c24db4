import { isProperties } from "../../provider/resources/shared/mergeInputs.js";
import { findKind } from "../../provider/resources/shared/kind.js";
import type { StateFile } from "../../review/change/state.js";
import type { Rebinding } from "./rebindings.js";

/** A place in the state that names a moved branch. */
export interface StateRewrite {
  readonly urn: string;
  /** `id`, `inputs.branchId`, … */
  readonly place: string;
  readonly from: string;
  readonly to: string;
}

/** Names the new branches wherever a resource of ours names the old ones: ids, inputs, outputs. Changes `state` and tells each place. */
export function rewriteState(state: StateFile, moves: readonly Rebinding[]): StateRewrite[] {
  const to = new Map(moves.map((move) => [move.from, move.to]));
  const bound = new Map(moves.map((move) => [move.urn, move]));
  const done: StateRewrite[] = [];
  for (const resource of state.deployment.resources ?? []) {
    if (findKind(resource.type) === undefined) continue;
    const renamed = (text: string, place: string): string => {
      const next = text
        .split("/")
        .map((part) => to.get(part) ?? part)
        .join("/");
      if (next !== text) done.push({ urn: resource.urn, place, from: text, to: next });
      return next;
    };
    const walk = (value: unknown, place: string): unknown => {
      if (typeof value === "string") return renamed(value, place);
      if (Array.isArray(value)) return value.map((item, index) => walk(item, `${place}[${index}]`));
      if (typeof value !== "object" || value === null) return value;
      return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, walk(inner, `${place}.${name}`)]));
    };
    if (resource.id !== undefined) resource.id = renamed(resource.id, "id");
    const move = bound.get(resource.urn);
    if (move) delete resource.initErrors;
    if (move && findKind(resource.type) === "Branch" && isProperties(resource.inputs)) resource.inputs["name"] = move.name;
    for (const part of ["inputs", "outputs"] as const) if (resource[part] !== undefined) resource[part] = walk(resource[part], part);
  }
  return done;
}
