import type { Reach } from "../../contract/reachability.js";
import { NEVER_JUDGED } from "../neverJudged.js";
import type { ScanReport } from "./scan.js";
import type { BranchView, ProjectView } from "./view.js";
import { isEveryone } from "../../contract/ranges.js";

/** The form that programs read; docs/guides/scan.md describes it. A field never changes its meaning within a version. */
export const toJson = ({ projects, ...rest }: ScanReport) => ({
  version: 1,
  ...rest,
  projects: projects.map(toProjectJson),
  notJudged: NEVER_JUDGED,
});

export const toProjectJson = ({ project: { id, name, region_id }, views, privateKnown }: ProjectView) => ({
  id,
  name,
  regionId: region_id,
  branches: views?.map((view) => toBranchJson(view, privateKnown)) ?? null,
});

const toBranchJson = ({ branch, reach, latent, dataReach }: BranchView, privateKnown: boolean) => ({
  id: branch.id,
  name: branch.name,
  parentBranchId: branch.parent_id ?? null,
  default: branch.default,
  protected: branch.protected,
  reach: toReachJson(reach, privateKnown),
  latent: toReachJson(latent, privateKnown),
  dataReach: toReachJson(dataReach, privateKnown),
});

/** `null` is what could not be read. Counts are texts: there are more addresses than a number of JSON is exact for. */
const toReachJson = (reach: Reach | undefined, privateKnown: boolean) =>
  reach === undefined
    ? null
    : {
        everyAddress: isEveryone(reach.public),
        ranges: reach.public.toRanges(),
        ipv4Addresses: String(reach.public.counts.ipv4),
        ipv6Addresses: String(reach.public.counts.ipv6),
        privateEndpoints: privateKnown ? [...reach.private].sort() : null,
      };
