import * as pulumi from "@pulumi/pulumi";
import { Branch, type BranchArgs } from "./resources/branch.js";

/** As `Branch`, always protected and therefore without an expiry. */
export type ProtectedBranchArgs = Omit<BranchArgs, "protected" | "expiresAt">;

/**
 * A branch that can be neither deleted nor reset: `protected` at Neon, and Pulumi's own `protect` on, which the options may override.
 * The same resource as `Branch`: swapping the class in a program is an update, not a replacement.
 */
export class ProtectedBranch extends Branch {
  constructor(name: string, args: ProtectedBranchArgs, opts?: pulumi.CustomResourceOptions) {
    super(name, { ...args, protected: true }, pulumi.mergeOptions({ protect: true }, opts));
  }
}
