import { z } from "zod";
import { ProjectId } from "../../../contract/ids.js";
import type { LifecycleReview } from "../../engine/review.js";
import { UNMANAGED, WITHDRAWN } from "../shared/reviewRules.js";
import { lockOutFields, networkFields, createNetworkRules, createRemovalOutput } from "../shared/network.js";

export const doc =
  'The whole allowlist of a project, for projects created with `network: { allow: "managedSeparately" }` or made outside Pulumi. Authoritative: entries that the program does not name are removed. Refused where a `Project` declares the network.';

export const inputs = z.object({
  projectId: ProjectId.meta({ refersTo: "project", description: "Project whose network this is.", onChange: "replace", review: "reach" }),
  allow: z.enum(["listed", "anywhere", "nobody"], 'must be "listed", "anywhere" or "nobody"').meta({
    description: "Who may try to connect from the internet: `listed` ranges, `anywhere`, or `nobody`.",
    review: "reach",
  }),
  ...networkFields,
  ...lockOutFields,
  onDestroy: z
    .enum(["keep", "nobody", "anywhere"], 'must be "keep", "nobody" or "anywhere"')
    .default("keep")
    .meta({
      description:
        "What destroying this resource leaves behind: the list as it is (`keep`, default), a project closed to everyone, or one open to every address.",
      review: {
        rule: "opens-when-destroyed",
        severity: "high",
        direction: "opens",
        when: (from, to) => to === "anywhere" && from !== "anywhere",
        message: "Destroying this resource would open the project to every address.",
        remedy: 'Write onDestroy: "nobody", or leave it out.',
      },
    }),
});

export const rules = createNetworkRules(undefined);

export const review: LifecycleReview = {
  onDelete({ onDestroy }) {
    switch (onDestroy) {
      case "anywhere":
        return {
          rule: "allowlist-removed",
          severity: "high",
          direction: "opens",
          message: "Removing the allowlist opens the project to every address.",
          remedy: 'Write onDestroy: "nobody" first.',
        };
      case "nobody":
        return { ...WITHDRAWN, rule: "allowlist-removed", message: "Removing the allowlist closes the project to everyone." };
      default:
        return { ...UNMANAGED, message: "The list stays as it is, and nothing declares it any more." };
    }
  },
  identityInputs: ["projectId"],
};

export const outputs = z.object({
  effectiveRanges: z.array(z.string()).meta({
    description: "The admitted addresses as disjoint ranges in canonical spelling; empty when nobody or everybody is admitted.",
    derivedFrom: ["ranges"],
  }),
  ...createRemovalOutput("ranges"),
});
