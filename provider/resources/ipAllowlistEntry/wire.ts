import { ProjectId } from "../../../contract/ids.js";
import { canonicalRange } from "../../../contract/ranges.js";
import type { ProjectFacts } from "../../../contract/wire/project.js";
import type { Bag, Observed } from "../../engine/define.js";
import { inTheWordsOf, nextRemoval, type RangeEntry, textOf } from "../network.js";
import type { inputs, outputs } from "./schema.js";

export const ipsOf = (project: ProjectFacts): string[] => project.settings?.allowed_ips?.ips ?? [];

/** `list` without every spelling of `ranges`. */
export function without(list: readonly string[], ranges: readonly string[]): string[] {
  const gone = new Set(ranges.map(canonicalRange));
  return list.filter((ip) => !gone.has(canonicalRange(ip)));
}

/** Those of the recorded entries that are live, or ended and gone; without a record the whole list. */
export const fromWire = (project: ProjectFacts, recorded: Bag): Observed<typeof inputs, typeof outputs> => {
  const declared = (recorded["ranges"] as RangeEntry[] | undefined) ?? ipsOf(project);
  const others = without(ipsOf(project), declared.map(textOf));
  return {
    inputs: { projectId: ProjectId.parse(project.id), ranges: inTheWordsOf(declared, without(ipsOf(project), others), Date.now()) },
    outputs: nextRemoval(project.settings, declared),
  };
};
