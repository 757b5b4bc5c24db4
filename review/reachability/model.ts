import { AddressSet } from "../../contract/ranges.js";
import type { BranchFacts, ComputeFacts, ProjectFacts, Reach } from "../../contract/reachability.js";

/** One project at one moment, as far as it matters for who may try to authenticate. Immutable: a change makes another model. */
export interface ReachabilityModel {
  readonly facts: ProjectFacts;
  readonly branches: readonly BranchFacts[];
  readonly computes: readonly ComputeFacts[];
}

/** The three reaches of a branch at one moment. */
export interface BranchReaches {
  /** Through the computes that run. */
  readonly reach: Reach;
  /** What it would be with a running compute and without blocks. */
  readonly latent: Reach;
  /** Of the branch's rows: through every branch that carries them. */
  readonly dataReach: Reach;
}

export const NOBODY: Reach = { public: AddressSet.nobody, private: new Set() };

/** A project with nothing in it, closed to everyone. */
export const EMPTY: ReachabilityModel = {
  facts: {
    ips: [],
    protectedBranchesOnly: false,
    blockPublicConnections: true,
    blockVpcConnections: true,
    vpcRestrictions: [],
    assignedVpcEndpoints: [],
  },
  branches: [],
  computes: [],
};
