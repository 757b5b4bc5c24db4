import { ProjectId } from "../../../contract/ids.js";
import type { ProjectFacts } from "../../../contract/wire/project.js";
import type { Properties, Observed } from "../../engine/define.js";
import { keepDeclaredSpelling, computeNextRemoval, omitRanges, type RangeEntry, getRangeText } from "../shared/network.js";
import type { inputs, outputs } from "./schema.js";

export const getIps = (project: ProjectFacts): string[] => project.settings?.allowed_ips?.ips ?? [];

/** Those of the recorded entries that are live, or ended and gone; without a record the whole list. */
export const fromWire = (project: ProjectFacts, recorded: Properties): Observed<typeof inputs, typeof outputs> => {
  const declared = (recorded["ranges"] as RangeEntry[] | undefined) ?? getIps(project);
  const others = omitRanges(getIps(project), declared.map(getRangeText));
  return {
    inputs: {
      projectId: ProjectId.parse(project.id),
      ranges: keepDeclaredSpelling(declared, omitRanges(getIps(project), others), Date.now()),
    },
    outputs: computeNextRemoval(project.settings, declared),
  };
};
