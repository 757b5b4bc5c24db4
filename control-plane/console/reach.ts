import { isEveryone, isNearlyEveryone } from "@palisade/neon/contract/ranges";
import {
  type BranchFacts,
  type ComputeFacts,
  computeReachOfAny,
  type ProjectFacts,
  type Reach,
} from "@palisade/neon/contract/reachability";
import type { Branch } from "@palisade/neon/contract/wire/branch";
import type { Endpoint } from "@palisade/neon/contract/wire/endpoint";
import type { ProjectSettings } from "@palisade/neon/contract/wire/project";

/** Who may try to log in, as a page says it. */
export interface WordedReach {
  /** Addresses, and what comes in beside them; none where nobody may. */
  readonly lines: readonly string[];
  /** Whether nearly every address of the internet is among them. */
  readonly isOpen: boolean;
}

/** What a key sees of a project's network. */
export interface Network {
  readonly settings: ProjectSettings | undefined;
  /** Ids of private endpoints that the project is restricted to. */
  readonly restrictions: readonly string[];
  /** Ids of those of the organisation in its region; undefined where this key does not see them. */
  readonly assigned: readonly string[] | undefined;
}

/** So many ranges or endpoints are named; more are counted. */
const MOST_NAMED = 2;

/** The union over these branches. */
export function wordReach(network: Network, branches: readonly Branch[], computes: readonly Endpoint[]): WordedReach {
  const facts = toProjectFacts(network);
  const reach = computeReachOfAny(facts, branches.map(toBranchFacts), computes.map(toComputeFacts));
  const mayHavePrivate =
    network.assigned === undefined &&
    network.restrictions.length === 0 &&
    !facts.blockVpcConnections &&
    computes.some(({ disabled }) => !disabled);
  const lines = [
    ...wordPublic(reach),
    ...wordPrivate(reach),
    ...(mayHavePrivate ? ["private endpoints, which this key does not see"] : []),
  ];
  return { lines, isOpen: isNearlyEveryone(reach.public) };
}

function wordPublic({ public: addresses }: Reach): string[] {
  if (addresses.isEmpty) return [];
  if (isEveryone(addresses)) return ["Every address"];
  const ranges = addresses.toRanges();
  const named =
    ranges.length <= MOST_NAMED ? ranges.join(", ") : `${ranges.slice(0, MOST_NAMED).join(", ")} and ${ranges.length - MOST_NAMED} more`;
  return [isNearlyEveryone(addresses) ? `Nearly every address: ${named}` : named];
}

function wordPrivate({ private: endpoints }: Reach): string[] {
  const ids = [...endpoints];
  if (ids.length === 0) return [];
  return [ids.length <= MOST_NAMED ? `through ${ids.join(", ")}` : `through ${ids.length} private endpoints`];
}

const toProjectFacts = ({ settings, restrictions, assigned }: Network): ProjectFacts => ({
  ips: settings?.allowed_ips?.ips ?? [],
  protectedBranchesOnly: settings?.allowed_ips?.protected_branches_only ?? false,
  blockPublicConnections: settings?.block_public_connections ?? false,
  blockVpcConnections: settings?.block_vpc_connections ?? false,
  vpcRestrictions: restrictions,
  assignedVpcEndpoints: assigned ?? [],
});
const toBranchFacts = ({ id, protected: isProtected }: Branch): BranchFacts => ({ id, protected: isProtected });
const toComputeFacts = ({ id, branch_id, disabled }: Endpoint): ComputeFacts => ({ id, branchId: branch_id, disabled });
