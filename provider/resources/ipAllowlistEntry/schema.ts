import { z } from "zod";
import { ProjectId } from "../../../contract/ids.js";
import type { Rule } from "../../engine/define.js";
import type { LifecycleReview } from "../../engine/review.js";
import { WITHDRAWN } from "../shared/reviewRules.js";
import { admitsWholeFamily, Range, type RangeEntry, createRemovalOutput } from "../shared/network.js";

export const doc =
  "Entries of a project's allowlist beside those of other owners. Adds its ranges and removes them when it goes; leaves all others and the scope alone, and never leaves an empty list, which would admit every address: with `deletedWith: project` it goes together with its project.";

export const inputs = z.object({
  projectId: ProjectId.meta({
    refersTo: "project",
    description: "Project whose list gets the entries.",
    onChange: "replace",
    review: "reach",
  }),
  ranges: z.array(Range).min(1, "needs at least one range").meta({
    description: "The entries: addresses, CIDR networks, `first-last` ranges. Order carries no meaning.",
    unordered: true,
    review: "reach",
  }),
});

/** Opening to everybody needs the word, and an entry has none. */
export const rules: Rule[] = [
  {
    needs: ["ranges"],
    property: "ranges",
    holds: ({ ranges }) => !admitsWholeFamily(ranges as RangeEntry[]),
    message:
      'these ranges admit every IPv4 or every IPv6 address; if that is meant, declare an IpAllowlist (or the Project\'s network) with allow: "anywhere"',
  },
];

export const review: LifecycleReview = {
  onDelete: () => ({
    ...WITHDRAWN,
    rule: "entries-removed",
    message: "The entries are removed from the list, even if somebody else added the same ones.",
  }),
  identityInputs: [],
};

export const outputs = z.object(createRemovalOutput("ranges"));
