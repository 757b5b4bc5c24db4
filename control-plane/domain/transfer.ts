import { type Sizing, findSizingProblem } from "./computeSizes.js";
import type { PlanLimits } from "./plans.js";

/** What an organisation would take over. */
export interface TransferContents {
  /** Projects that the organisation has already. */
  projects: number;
  historyRetentionSeconds: number;
  allowedIps: number;
  vpcRestrictions: number;
  hipaa: boolean;
  /** Whether the project has a key of its own. */
  customerKey: boolean;
  branches: number;
  rootBranches: number;
  protectedBranches: number;
  /** Of its computes, and of those that it makes by default. */
  sizings: readonly Sizing[];
}

interface Reason {
  code: string;
  message: string;
}

/** Why an organisation with these limits cannot have the project; no restriction of a project is loosened by its transfer. */
export function listUnsatisfiedLimits(estate: TransferContents, limits: PlanLimits): Reason[] {
  const reasons: [isUnsatisfied: boolean, code: string, message: string][] = [
    [estate.projects >= limits.projects, "PROJECTS_LIMIT", `projects limit exceeded; max: ${limits.projects}`],
    [estate.branches > limits.branches, "BRANCHES_LIMIT", `branches limit exceeded; max: ${limits.branches}`],
    [estate.rootBranches > limits.rootBranches, "ROOT_BRANCHES_LIMIT", `root branches limit exceeded; max: ${limits.rootBranches}`],
    [
      estate.protectedBranches > limits.protectedBranches,
      "PROTECTED_BRANCHES_LIMIT",
      `protected branches limit exceeded; max: ${limits.protectedBranches}`,
    ],
    [
      estate.historyRetentionSeconds > limits.historyRetentionSeconds,
      "HISTORY_RETENTION",
      `history retention seconds exceeds allowed maximum; max: ${limits.historyRetentionSeconds}`,
    ],
    [estate.allowedIps > 0 && !limits.ipAllow, "ALLOWED_IPS", "the plan has no IP Allow"],
    [estate.hipaa && !limits.hipaa, "HIPAA", "the plan has no HIPAA"],
    // It is the old organisation's key, allowed for it alone; and what it wrapped says so.
    [estate.customerKey, "CUSTOMER_MANAGED_KEY", "the project is under a customer-managed key of its organization: remove it first"],
    // They name endpoints of the organisation that is left: kept they admit its network, dropped they admit all of the new one's.
    [estate.vpcRestrictions > 0, "VPC_ENDPOINT_RESTRICTIONS", "the project is restricted to VPC endpoints of its organization"],
  ];
  const sizes = new Set(estate.sizings.map((sizing) => findSizingProblem(sizing, limits)).filter((why) => why !== undefined));
  return [
    ...reasons.flatMap(([isUnsatisfied, code, message]) => (isUnsatisfied ? [{ code, message }] : [])),
    ...[...sizes].map((message) => ({ code: "COMPUTE_SIZE", message })),
  ];
}
