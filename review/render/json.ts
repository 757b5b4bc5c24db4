import type { ChangeFinding } from "../change/finding.js";
import type { Review } from "../change/judge.js";
import { setText } from "../change/sets.js";
import type { Reach } from "../../contract/reachability.js";

/** The review for machines. Fields are only ever added. */
export interface ReviewJson {
  readonly version: 1;
  readonly verdict: Review["verdict"];
  readonly findings: readonly ChangeFinding[];
  readonly unjudged: Review["unjudged"];
  readonly notJudged: readonly string[];
  readonly counts: Review["counts"];
  /** Resources of other providers that change; they are not judged. */
  readonly others: number;
  readonly policyPacks: Review["policyPacks"];
  readonly reach: readonly BranchJson[];
}

export interface BranchJson {
  readonly project: string;
  readonly branch: string;
  /** null where the branch does not exist on that side. */
  readonly before: ReachJson | null;
  readonly after: ReachJson | null;
}

export interface ReachJson {
  readonly public: string;
  readonly private: readonly string[];
  readonly latent: string;
  readonly data: string;
}

export const toJson = ({ verdict, findings, unjudged, notJudged, counts, others, policyPacks, comparisons }: Review): ReviewJson => ({
  ...{ version: 1, verdict, findings, unjudged, notJudged, counts, others, policyPacks },
  reach: comparisons.map(({ project, branch, before, after }) => ({
    ...{ project: project.name, branch: branch.name, before: before ? reachJson(before) : null, after: after ? reachJson(after) : null },
  })),
});

const reachJson = ({ reach, latent, dataReach }: { reach: Reach; latent: Reach; dataReach: Reach }): ReachJson => ({
  ...{ public: setText(reach.public), private: [...reach.private], latent: setText(latent.public), data: setText(dataReach.public) },
});
