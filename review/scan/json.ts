import type { Reach } from "../../contract/reachability.js";
import { NEVER_JUDGED } from "../neverJudged.js";
import type { Report } from "./scan.js";
import type { BranchView, ProjectView } from "./view.js";
import { isEveryone } from "../../contract/ranges.js";

/** The form that programs read; docs/guides/scan.md describes it. A field never changes its meaning within a version. */
export const toJson = ({ projects, ...rest }: Report) => ({
  version: 1,
  ...rest,
  projects: projects.map(projectOf),
  notJudged: NEVER_JUDGED,
});

const projectOf = ({ project: { id, name, region_id }, views, privateKnown }: ProjectView) => ({
  ...{ id, name, regionId: region_id },
  branches: views?.map((view) => branchOf(view, privateKnown)) ?? null,
});

const branchOf = ({ branch, reach, latent, dataReach }: BranchView, privateKnown: boolean) => ({
  ...{ id: branch.id, name: branch.name, parentBranchId: branch.parent_id ?? null, default: branch.default, protected: branch.protected },
  reach: reachJson(reach, privateKnown),
  latent: reachJson(latent, privateKnown),
  dataReach: reachJson(dataReach, privateKnown),
});

/** `null` is what could not be read. Counts are texts: there are more addresses than a number of JSON is exact for. */
const reachJson = (reach: Reach | undefined, privateKnown: boolean) =>
  reach === undefined
    ? null
    : {
        everyAddress: isEveryone(reach.public),
        ranges: reach.public.toRanges(),
        ipv4Addresses: String(reach.public.counts.ipv4),
        ipv6Addresses: String(reach.public.counts.ipv6),
        privateEndpoints: privateKnown ? [...reach.private].sort() : null,
      };
