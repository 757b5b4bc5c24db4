import { AddressSet, parseAllowlist } from "./ranges.js";

/** Who may try to authenticate. Pure, over plain facts: the plane, its proxy, review and policy all ask here. */
export interface Reach {
  /** From the public internet, by address. */
  readonly public: AddressSet;
  /** Through a private endpoint, by VPC endpoint id; the address list does not apply there. */
  readonly private: ReadonlySet<string>;
}

export interface ComputeFacts {
  readonly id: string;
  readonly branchId: string;
  readonly disabled: boolean;
}

export interface BranchFacts {
  readonly id: string;
  /** Absent for the root. */
  readonly parentId?: string;
  readonly protected: boolean;
  /** Took over the schema of its parent but no rows. Default: false. */
  readonly schemaOnly?: boolean;
}

export interface ProjectFacts {
  /** The live allowlist; empty means every address. */
  readonly ips: readonly string[];
  readonly protectedBranchesOnly: boolean;
  readonly blockPublicConnections: boolean;
  readonly blockVpcConnections: boolean;
  /** VPC endpoint ids the project is restricted to; empty means every assigned one. */
  readonly vpcRestrictions: readonly string[];
  /** VPC endpoint ids assigned to the organisation in the project's region. */
  readonly assignedVpcEndpoints: readonly string[];
}

/** The addresses that reach one compute of the branch. */
export function computePublicReach(project: ProjectFacts, branch: BranchFacts, compute: ComputeFacts): AddressSet {
  return compute.disabled || project.blockPublicConnections ? AddressSet.nobody : getAdmittedAddresses(project, branch.protected);
}

/** The VPC endpoints that reach one compute of the project. */
export function computePrivateReach(project: ProjectFacts, compute: ComputeFacts): ReadonlySet<string> {
  return compute.disabled || project.blockVpcConnections ? NO_ENDPOINT : getAdmittedEndpoints(project);
}

/** The union over the computes of the branch; `computes` may hold those of other branches too. */
export function computeBranchReach(project: ProjectFacts, branch: BranchFacts, computes: readonly ComputeFacts[]): Reach {
  return computeReachOfAny(project, [branch], computes);
}

/** What `computeBranchReach` would be with a running compute and without blocks: what one more step would open. */
export function computeLatentReach(project: ProjectFacts, branch: BranchFacts): Reach {
  return { public: getAdmittedAddresses(project, branch.protected), private: getAdmittedEndpoints(project) };
}

/** The union of `computeBranchReach` over the branch and every descendant that carries its rows; `branches` are those of the project. */
export function computeDataReach(
  project: ProjectFacts,
  branch: BranchFacts,
  branches: readonly BranchFacts[],
  computes: readonly ComputeFacts[],
): Reach {
  return computeReachOfAny(project, collectCarriers(branch, branches), computes);
}

export function mergeReach(a: Reach, b: Reach): Reach {
  return { public: a.public.union(b.public), private: new Set([...a.private, ...b.private]) };
}

/** Whether everyone of `b` is in `a` too. */
export function containsReach(a: Reach, b: Reach): boolean {
  return a.public.contains(b.public) && [...b.private].every((id) => a.private.has(id));
}

/** The entries of the live list that cannot be read and so admit nobody, as they stand. */
export function listUnreadableEntries(project: ProjectFacts): string[] {
  return parseAllowlist(project.ips).unreadable;
}

const NO_ENDPOINT: ReadonlySet<string> = new Set();
const NOBODY: Reach = { public: AddressSet.nobody, private: NO_ENDPOINT };

function getAdmittedAddresses(project: ProjectFacts, isProtected: boolean): AddressSet {
  return project.protectedBranchesOnly && !isProtected ? AddressSet.everyone : getAddressSet(project.ips);
}

/** A review looks at one list at many moments. Kept with a copy of the list: one that has changed since is parsed again. */
const addressSets = new WeakMap<readonly string[], { readonly of: readonly string[]; readonly set: AddressSet }>();

/** Whom a live list admits. */
export function getAddressSet(ips: readonly string[]): AddressSet {
  const known = addressSets.get(ips);
  if (known?.of.length === ips.length && known.of.every((text, at) => text === ips[at])) return known.set;
  const { set } = parseAllowlist(ips);
  addressSets.set(ips, { of: [...ips], set });
  return set;
}

function getAdmittedEndpoints(project: ProjectFacts): ReadonlySet<string> {
  return new Set(project.vpcRestrictions.length > 0 ? project.vpcRestrictions : project.assignedVpcEndpoints);
}

/**
 * The union over these branches; `computes` may hold those of others too. One compute stands for all: of branch and compute only `protected` and
 * `disabled` matter, so the list is read twice at most.
 */
export function computeReachOfAny(project: ProjectFacts, branches: readonly BranchFacts[], computes: readonly ComputeFacts[]): Reach {
  const running = new Map(computes.filter((compute) => !compute.disabled).map((compute) => [compute.branchId, compute]));
  const kinds = new Map<boolean, Reach>();
  for (const branch of branches) {
    const compute = running.get(branch.id);
    if (compute === undefined || kinds.has(branch.protected)) continue;
    kinds.set(branch.protected, { public: computePublicReach(project, branch, compute), private: computePrivateReach(project, compute) });
  }
  return [...kinds.values()].reduce(mergeReach, NOBODY);
}

function collectCarriers(branch: BranchFacts, branches: readonly BranchFacts[]): BranchFacts[] {
  const children = new Map<string, BranchFacts[]>();
  for (const child of branches) {
    if (child.parentId === undefined || child.schemaOnly) continue;
    const siblings = children.get(child.parentId);
    if (siblings) siblings.push(child);
    else children.set(child.parentId, [child]);
  }
  const carriers = new Set([branch]);
  for (const carrier of carriers) for (const child of children.get(carrier.id) ?? []) carriers.add(child);
  return [...carriers];
}
