import { AddressSet, parseAllowlist, canonicalizeRange } from "../../contract/ranges.js";
import type { BranchFacts, ComputeFacts } from "../../contract/reachability.js";
import type { ProjectSettings } from "../../contract/wire/project.js";
import { type Network, toSettings } from "../../provider/introspection.js";
import type { ReachabilityModel } from "../reachability/model.js";
import { type DeclaredBranch, type Effect, getOwnComputeKey } from "./effects.js";

/** A branch of a project at one moment. */
export interface ModelBranch extends DeclaredBranch {
  /** `named`: the stack refers to it by its id. `assumed`: it stands for those that the stack does not know. */
  readonly origin: "declared" | "named" | "assumed";
}

/** A project at one moment, and what its objects are called. */
export interface ProjectModel extends ReachabilityModel {
  readonly key: string;
  /** Of the resource that declares the project or, where none does, of one that refers to it. */
  readonly urn: string;
  readonly name: string;
  /** Whether the stack declares the project itself. */
  readonly declared: boolean;
  /** Whether the stack declares who may connect: otherwise only its own entries are known. */
  readonly networkDeclared: boolean;
  /** By the ids of `branches`. */
  readonly names: ReadonlyMap<string, ModelBranch>;
}

/** No address: an entry that nobody can read admits nobody. Stands for a list that the stack does not declare. */
const UNDECLARED_LIST = "not declared in this stack";

/**
 * Stands for the restrictions that a project of another stack may have: beside them one more admits one more. Whether there are any nobody
 * here knows, so none is left once one is removed.
 */
export const OTHER_RESTRICTIONS = "private endpoints that another stack restricts the project to";

/** Of several writers of one setting any may be the last: the widest of what they leave, or what surely holds. */
export type UniteMode = "widest" | "surest";

export interface NetworkState {
  readonly ips: readonly string[];
  readonly protectedBranchesOnly: boolean;
  readonly blockPublicConnections: boolean;
  readonly blockVpcConnections: boolean;
}

export const UNDECLARED_NETWORK: NetworkState = {
  ips: [UNDECLARED_LIST],
  protectedBranchesOnly: false,
  blockPublicConnections: false,
  blockVpcConnections: false,
};

/** The network once settings are sent over it. */
export function applySettings(
  state: NetworkState,
  { allowed_ips, block_public_connections, block_vpc_connections }: ProjectSettings,
): NetworkState {
  return {
    ips: allowed_ips?.ips ?? state.ips,
    protectedBranchesOnly: allowed_ips?.protected_branches_only ?? (allowed_ips ? false : state.protectedBranchesOnly),
    blockPublicConnections: block_public_connections ?? state.blockPublicConnections,
    blockVpcConnections: block_vpc_connections ?? state.blockVpcConnections,
  };
}

/** A declared network counts at many moments: its ranges are spelled once. */
const settingsByNetwork = new WeakMap<Network, ProjectSettings>();

export function applyNetwork(state: NetworkState, network: Network): NetworkState {
  const settings = settingsByNetwork.get(network) ?? toSettings(network);
  settingsByNetwork.set(network, settings);
  return applySettings(state, settings);
}

/** One network for several that may hold: what any of them admits, or what all do. */
export function uniteNetworks(states: readonly NetworkState[], reading: UniteMode): NetworkState {
  const [first = UNDECLARED_NETWORK, ...others] = states;
  if (others.length === 0) return first;
  const widest = reading === "widest";
  const every = (holds: (state: NetworkState) => boolean) => (widest ? states.every(holds) : states.some(holds));
  const blockPublicConnections = every((state) => state.blockPublicConnections);
  // Of those that are blocked the lists say nothing, unless all are.
  const lists = widest && !blockPublicConnections ? states.filter((state) => !state.blockPublicConnections) : states;
  const sets = lists.map(({ ips }) => parseAllowlist(ips).set);
  const set = sets.reduce((a, b) => (widest ? a.union(b) : a.intersect(b)));
  return {
    ips: set.equals(AddressSet.everyone) ? [] : set.isEmpty ? [UNDECLARED_LIST] : set.toRanges(),
    protectedBranchesOnly: widest
      ? lists.some((state) => state.protectedBranchesOnly)
      : lists.every((state) => state.protectedBranchesOnly),
    blockPublicConnections,
    blockVpcConnections: every((state) => state.blockVpcConnections),
  };
}

/** A project model under construction. */
export class ProjectDraft {
  network: NetworkState = UNDECLARED_NETWORK;
  readonly restrictions: Set<string>;
  readonly assigned: Set<string>;
  readonly branches: Map<string, ModelBranch>;
  readonly computes: Map<string, ComputeFacts>;
  readonly #protected: Map<string, boolean>;

  constructor(from?: ProjectDraft) {
    this.network = from?.network ?? UNDECLARED_NETWORK;
    this.restrictions = new Set(from?.restrictions);
    this.assigned = new Set(from?.assigned);
    this.branches = new Map(from?.branches);
    this.computes = new Map(from?.computes);
    this.#protected = new Map(from === undefined ? [] : from.#protected);
  }

  protect(key: string, value: boolean): void {
    this.#protected.set(key, value);
  }

  /** Whether anything says how it is protected. */
  hasProtection(key: string): boolean {
    return this.#protected.has(key);
  }

  /** All but the settings that several resources may write: those are the builder's. */
  add({ branch, branchCompute, compute, restriction, assignment }: Effect): void {
    if (branch) {
      const known = this.branches.get(branch.key);
      const isNew = known === undefined;
      this.branches.set(
        branch.key,
        isNew ? { ...branch, origin: "declared" } : { ...branch, ...known, name: branch.name, origin: "declared", urn: branch.urn },
      );
      if (branchCompute === "none") this.computes.delete(getOwnComputeKey(branch.key));
      else if (isNew || branchCompute === "running") this.addOwnCompute(branch.key);
    }
    if (compute)
      this.computes.set(compute.id, { ...compute, disabled: compute.disabled ?? this.computes.get(compute.id)?.disabled ?? false });
    if (restriction !== undefined) this.restrictions.add(restriction);
    if (assignment !== undefined) this.assigned.add(assignment);
  }

  remove({ branch, compute, restriction, assignment, ranges }: Effect): void {
    if (branch) {
      this.branches.delete(branch.key);
      for (const { id, branchId } of [...this.computes.values()]) if (branchId === branch.key) this.computes.delete(id);
    }
    if (compute) this.computes.delete(compute.id);
    if (restriction !== undefined) {
      this.restrictions.delete(restriction);
      this.restrictions.delete(OTHER_RESTRICTIONS);
    }
    if (assignment !== undefined) this.assigned.delete(assignment);
    if (ranges) this.removeRanges(ranges);
  }

  /** To a project that admits everyone the provider adds nothing. */
  addRanges(ranges: readonly string[]): void {
    const { ips, blockPublicConnections } = this.network;
    if (ips.length > 0 || blockPublicConnections) this.network = { ...this.network, ips: [...new Set([...ips, ...ranges])] };
  }

  /** The client never empties a list this way, because an empty one admits everybody. */
  removeRanges(ranges: readonly string[]): void {
    if (ranges.length === 0) return;
    const gone = new Set(ranges);
    const ips = this.network.ips.filter((ip) => !gone.has(ip) && !gone.has(canonicalizeRange(ip)));
    if (ips.length > 0) this.network = { ...this.network, ips };
  }

  /** The same project with this branch alone. */
  extractBranch(branchKey: string): ProjectDraft {
    const draft = new ProjectDraft();
    draft.network = this.network;
    for (const id of this.restrictions) draft.restrictions.add(id);
    for (const id of this.assigned) draft.assigned.add(id);
    const branch = this.branches.get(branchKey);
    if (branch) draft.branches.set(branchKey, branch);
    for (const compute of this.computes.values()) if (compute.branchId === branchKey) draft.computes.set(compute.id, compute);
    const isProtected = this.#protected.get(branchKey);
    if (isProtected !== undefined) draft.protect(branchKey, isProtected);
    return draft;
  }

  /** A branch's own read-write compute. */
  addOwnCompute(branchKey: string): void {
    this.computes.set(getOwnComputeKey(branchKey), { id: getOwnComputeKey(branchKey), branchId: branchKey, disabled: false });
  }

  toModel(head: Pick<ProjectModel, "key" | "urn" | "name" | "declared" | "networkDeclared">): ProjectModel {
    const branches: BranchFacts[] = [];
    for (const { key, parentKey, schemaOnly } of this.branches.values()) {
      const branch: { -readonly [field in keyof BranchFacts]: BranchFacts[field] } = {
        id: key,
        protected: this.#protected.get(key) ?? false,
        schemaOnly,
      };
      if (parentKey !== undefined) branch.parentId = parentKey;
      branches.push(branch);
    }
    const facts = { ...this.network, vpcRestrictions: [...this.restrictions], assignedVpcEndpoints: [...this.assigned] };
    return { ...head, facts, branches, computes: [...this.computes.values()], names: this.branches };
  }
}
