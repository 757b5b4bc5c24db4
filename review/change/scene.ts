import { lastPart } from "../../contract/ids.js";
import type { BranchFacts, ComputeFacts, ProjectFacts } from "../../contract/reachability.js";
import type { ProjectSettings } from "../../contract/wire/project.js";
import {
  inForce,
  isOverdue,
  type Network,
  type RangeEntry,
  removalDue,
  textOf,
  toFirstSettings,
  toSettings,
} from "../../provider/resources/network.js";
import { type Bag, isBag, isUnreadable, settled, UNKNOWN } from "../../provider/resources/settled.js";
import type { Declared, ResourceChange } from "./model.js";
import { assumed, mentionedIn, OTHER_ENDPOINTS, UNDECLARED_LIST } from "./undeclared.js";
import { whyUnreadable } from "./unreadable.js";

/** A branch at one moment; `declared` is false for one that the stack only refers to. */
export interface BranchScene {
  readonly key: string;
  /** `named`: the stack refers to it by its id. `assumed`: it stands for those that the stack does not know. */
  readonly standing: "declared" | "named" | "assumed";
  readonly urn: string;
  readonly name: string;
  readonly facts: BranchFacts;
}

/** A project as reachability sees it at one moment. */
export interface ProjectScene {
  readonly key: string;
  /** Of the resource that declares the project or, where none does, of one that refers to it. */
  readonly urn: string;
  readonly name: string;
  /** Whether the stack declares the project itself. */
  readonly declared: boolean;
  /** Whether the stack declares who may connect: otherwise only its own entries are known. */
  readonly networkDeclared: boolean;
  readonly facts: ProjectFacts;
  readonly branches: readonly BranchScene[];
  readonly computes: readonly ComputeFacts[];
}

/** Every project at one moment, by key: its id or, before it has one, its URN. */
export interface Scene {
  readonly projects: ReadonlyMap<string, ProjectScene>;
  readonly networks: Networks;
  /** The key of the project that a resource says something of, by URN. */
  readonly projectOf: ReadonlyMap<string, string>;
  readonly unjudged: readonly Unjudged[];
  /** The moment that both sides are looked at, in milliseconds since 1970: entries end with time. */
  readonly nowMs: number;
}

export interface Unjudged {
  readonly urn: string;
  readonly why: string;
}

type Networks = ReadonlyMap<string, Settings>;
type Settings = Pick<ProjectSettings, "allowed_ips" | "block_public_connections" | "block_vpc_connections">;

/** What is recorded. */
export function sceneBefore(resources: readonly ResourceChange[], nowMs: number): Scene {
  const present = resources.flatMap(({ before, after, op }) => {
    if (before) return [of(before, recordedInputs(before))];
    // What is taken over exists already, as the program says it; only an allowlist may speak of a network that a project has declared so far.
    const adopted = op === "create" && after?.inputs["adopt"] !== undefined && after.kind !== "IpAllowlist";
    return adopted ? [of(after, settledInputs(after, undefined))] : [];
  });
  const stage = new Stage(present, new Map(), nowMs, mentionedIn(resources));
  return stage.scene(stage.networksOf(present.map((one) => ({ was: undefined, is: one, born: false }))));
}

/** What will be once `applied` of the resources are changed and the others are as before. */
export function sceneAfter(resources: readonly ResourceChange[], before: Scene, applied: (one: ResourceChange) => boolean): Scene {
  const pairs = resources.map((resource) => {
    const was = resource.before && of(resource.before, recordedInputs(resource.before));
    if (!applied(resource)) return { resource, was, is: was };
    const { after } = resource;
    if (after === undefined) return { resource, was, is: was && stays(was) ? was : undefined };
    return { resource, was, is: of(after, settledInputs(after, resource.op === "replace" ? undefined : was?.inputs)) };
  });
  const stage = new Stage(
    pairs.flatMap(({ is }) => (is ? [is] : [])),
    before.projects,
    before.nowMs,
    mentionedIn(resources),
  );
  const moves = pairs.filter(({ resource, was, is }) => applied(resource) && was !== is);
  return stage.scene(
    stage.networksOf(
      moves.map(({ was, is }) => ({ was, is, born: was === undefined })),
      before.networks,
    ),
  );
}

/** Whether the live object stays as it is although nothing declares it any more. */
const stays = ({ declared: { kind, retainOnDelete }, inputs }: Present): boolean =>
  retainOnDelete || kind === "BranchProtection" || (kind === "VpcEndpointAssignment" && inputs["release"] !== true);

/** A resource with the inputs that hold at the moment. */
interface Present {
  readonly declared: Declared;
  readonly inputs: Bag;
}
const of = (declared: Declared, inputs: Bag): Present => ({ declared, inputs });

interface Move {
  readonly was: Present | undefined;
  readonly is: Present | undefined;
  readonly born: boolean;
}

/** What a refresh or `.get` saw of the object fills what the program left out. */
const recordedInputs = ({ kind, inputs, outputs }: Declared): Bag => (kind ? settled(kind, outputs, inputs) : inputs);
const settledInputs = ({ kind, inputs, outputs }: Declared, was: Bag | undefined): Bag =>
  kind ? settled(kind, was ?? outputs, inputs) : inputs;

class Stage {
  readonly #byUrn: ReadonlyMap<string, Present>;
  readonly #unjudged: Unjudged[] = [];
  readonly #assignments: readonly Present[];

  constructor(
    private readonly present: readonly Present[],
    private readonly earlier: ReadonlyMap<string, ProjectScene>,
    private readonly nowMs: number,
    private readonly mentioned: readonly string[],
  ) {
    this.#byUrn = new Map(present.map((one) => [one.declared.urn, one]));
    this.#assignments = present.filter(({ declared }) => declared.kind === "VpcEndpointAssignment");
  }

  /** Folds the declarations of networks, in the order in which they own one another's settings. */
  networksOf(moves: readonly Move[], base: Networks = new Map()): Networks {
    const networks = new Map(base);
    const set = (key: string, settings: Settings) => networks.set(key, { ...networks.get(key), ...settings });
    const each = (kind: string) => moves.filter(({ was, is }) => (is ?? was)?.declared.kind === kind);
    for (const { was, is, born } of each("Project")) {
      if (!is) continue;
      const network = this.#network(is, is.inputs["network"]);
      const key = this.projectKey(is);
      if (network === undefined || key === undefined) continue;
      const first = born || (was === undefined && network.allow === "elsewhere");
      if (first) set(key, toFirstSettings(network));
      set(key, toSettings(network));
    }
    for (const { was, is } of each("IpAllowlist")) {
      const [from, to] = [was && this.projectKey(was), is && this.projectKey(is)];
      if (was && from !== undefined && from !== to) {
        const { onDestroy } = was.inputs;
        if (onDestroy === "nobody" || onDestroy === "anywhere") set(from, toSettings({ allow: onDestroy }));
      }
      const network = is && this.#network(is, is.inputs);
      if (network && to !== undefined) set(to, toSettings(network));
    }
    for (const { was, is } of each("IpAllowlistEntry")) {
      for (const [one, others] of [
        [was, is],
        [is, was],
      ] as const) {
        const key = one && this.projectKey(one);
        if (key === undefined) continue;
        const settings = networks.get(key) ?? { allowed_ips: { ips: [UNDECLARED_LIST] } };
        const mine = new Set(this.#ranges(one as Present));
        const kept = new Set(others && this.projectKey(others) === key ? this.#ranges(others) : []);
        const ips = settings.allowed_ips?.ips ?? [];
        const left = one === was ? ips.filter((ip) => !mine.has(ip) || kept.has(ip)) : [...new Set([...ips, ...mine])];
        // The client never empties a list this way, because an empty one admits everybody.
        if (left.length > 0) set(key, { allowed_ips: { ...settings.allowed_ips, ips: left } });
      }
    }
    return networks;
  }

  scene(networks: Networks): Scene {
    const projects = new Map<string, ProjectScene>();
    const projectOf = new Map<string, string>();
    for (const [key, members] of this.#members()) {
      projects.set(key, this.#project(key, members, networks));
      for (const { declared } of members) projectOf.set(declared.urn, key);
    }
    return { projects, networks, projectOf, unjudged: this.#unjudged, nowMs: this.nowMs };
  }

  projectKey({ declared, inputs }: Present): string | undefined {
    if (declared.kind === "Project") return declared.id ?? declared.urn;
    const reference = inputs["projectId"];
    if (typeof reference === "string" && reference !== UNKNOWN) return reference.split("/", 1)[0];
    for (const urn of declared.origins["projectId"] ?? []) {
      const origin = this.#byUrn.get(urn);
      if (origin && origin.declared.kind !== undefined && origin.declared !== declared) return this.projectKey(origin);
    }
    return undefined;
  }

  #branchKey({ declared, inputs }: Present, property: string): string | undefined {
    const reference = inputs[property];
    if (typeof reference === "string" && reference !== UNKNOWN) return lastPart(reference);
    for (const urn of declared.origins[property] ?? []) {
      const origin = this.#byUrn.get(urn);
      if (origin?.declared.kind === "Branch") return ownBranchKey(origin.declared);
      if (origin?.declared.kind === "Project") return this.#defaultKey(origin);
    }
    return undefined;
  }

  /** The default branch is known by its id once the project has one. */
  #defaultKey(project: Present): string {
    const id = project.declared.outputs["defaultBranchId"];
    if (typeof id === "string" && id !== UNKNOWN) return id;
    const key = project.declared.id ?? project.declared.urn;
    return (
      this.earlier.get(key)?.branches.find(({ urn, facts }) => urn === project.declared.urn && !facts.parentId)?.key ?? `${key}/default`
    );
  }

  #members(): Map<string, Present[]> {
    const members = new Map<string, Present[]>();
    for (const one of this.present) {
      const { kind, urn } = one.declared;
      if (kind === undefined || !OF_PROJECTS.has(kind)) continue;
      const key = this.projectKey(one);
      if (key === undefined) this.#unjudged.push({ urn, why: "it is not known here which project it belongs to" });
      else {
        const others = members.get(key);
        if (others) others.push(one);
        else members.set(key, [one]);
      }
    }
    return members;
  }

  #project(key: string, members: readonly Present[], networks: Networks): ProjectScene {
    const of = (kind: string) => members.filter(({ declared }) => declared.kind === kind);
    const [project] = of("Project");
    const { urn, name } = ((project ?? members[0]) as Present).declared;
    const networkDeclared = project !== undefined || of("IpAllowlist").length > 0;
    const { allowed_ips, block_public_connections, block_vpc_connections } = networks.get(key) ?? {};
    const restrictions = of("VpcEndpointRestriction").map(({ inputs }) => String(inputs["vpcEndpointId"]));
    const facts: ProjectFacts = {
      ips: allowed_ips?.ips ?? [UNDECLARED_LIST],
      protectedBranchesOnly: allowed_ips?.protected_branches_only ?? false,
      blockPublicConnections: block_public_connections ?? false,
      blockVpcConnections: block_vpc_connections ?? false,
      vpcRestrictions: restrictions,
      assignedVpcEndpoints: [OTHER_ENDPOINTS, ...this.#assigned(project?.inputs["regionId"]), ...this.mentioned],
    };
    const branches = this.#branches(project, of("Branch"), of("BranchProtection"));
    const known = new Set(branches.map((branch) => branch.key));
    const placeholders = [
      ...[...this.#referredTo(members)].filter((id) => !known.has(id)).map((id) => this.#named(id, urn, of("BranchProtection"))),
      ...[true, false].map((isProtected) => assumed(key, urn, isProtected)),
    ];
    const all = [...branches, ...placeholders];
    return {
      key,
      urn,
      name: nameOr(project?.inputs["name"], name),
      declared: project !== undefined,
      networkDeclared,
      facts,
      branches: all,
      computes: this.#computes(project, members, placeholders),
    };
  }

  #earlierProtection(key: string): boolean {
    return [...this.earlier.values()].some(({ branches }) => branches.some((one) => one.key === key && one.facts.protected));
  }

  #branches(project: Present | undefined, branches: readonly Present[], protections: readonly Present[]): BranchScene[] {
    const byBranch = new Map(
      protections.map((one) => [
        one.inputs["branch"] === "default" && project ? this.#defaultKey(project) : this.#branchKey(one, "branch"),
        one,
      ]),
    );
    const guarded = (key: string, own: unknown, urn: string): boolean => {
      const value = byBranch.get(key)?.inputs["protected"] ?? own;
      if (value !== UNKNOWN) return value === true;
      this.#unjudged.push({ urn, why: "whether it is protected is known only after the update" });
      return this.#earlierProtection(key);
    };
    const roots = project ? [this.#root(project, guarded)] : [];
    return [
      ...roots,
      ...branches.map(({ declared, inputs }): BranchScene => {
        const key = ownBranchKey(declared);
        const parentId = inputs["parentBranchId"] === undefined ? roots[0]?.key : this.#branchKey({ declared, inputs }, "parentBranchId");
        if (inputs["parentBranchId"] !== undefined && parentId === undefined)
          this.#unjudged.push({ urn: declared.urn, why: "it is not known here which branch it copies" });
        const facts = {
          id: key,
          protected: guarded(key, inputs["protected"], declared.urn),
          schemaOnly: inputs["initSource"] === "schema-only",
        };
        return {
          key,
          standing: "declared",
          urn: declared.urn,
          name: nameOr(inputs["name"], declared.name),
          facts: parentId === undefined ? facts : { ...facts, parentId },
        };
      }),
    ];
  }

  #root(project: Present, guarded: (key: string, own: unknown, urn: string) => boolean): BranchScene {
    const own = isBag(project.inputs["defaultBranch"]) ? project.inputs["defaultBranch"] : {};
    const key = this.#defaultKey(project);
    const { urn } = project.declared;
    return {
      key,
      standing: "declared",
      urn,
      name: nameOr(own["name"], "main"),
      facts: { id: key, protected: guarded(key, own["protected"], urn) },
    };
  }

  /** A branch that the stack refers to but does not declare. Unless it is told otherwise it counts as protected: the fewer reach it, the more a widening shows. */
  #named(id: string, urn: string, protections: readonly Present[]): BranchScene {
    const told = protections.find((one) => this.#branchKey(one, "branch") === id);
    return {
      key: id,
      standing: "named",
      urn: told?.declared.urn ?? urn,
      name: id,
      facts: { id, protected: told ? told.inputs["protected"] === true : true },
    };
  }

  #referredTo(members: readonly Present[]): Set<string> {
    const isDeclared = members.some(({ declared }) => declared.kind === "Project");
    const keys = members.flatMap((one) => {
      if (one.declared.kind === "BranchProtection" && !(one.inputs["branch"] === "default" && isDeclared))
        return [this.#branchKey(one, "branch")];
      return one.declared.kind === "Branch" && one.inputs["parentBranchId"] !== undefined ? [this.#branchKey(one, "parentBranchId")] : [];
    });
    return new Set(keys.flatMap((key) => (key === undefined ? [] : [key])));
  }

  #computes(project: Present | undefined, members: readonly Present[], placeholders: readonly BranchScene[]): ComputeFacts[] {
    const running = (branchId: string, id: string, disabled = false): ComputeFacts => ({ id, branchId, disabled });
    return [
      ...(project ? [running(this.#defaultKey(project), `${project.declared.urn}/compute`)] : []),
      ...placeholders.map(({ key }) => running(key, `${key}/compute`)),
      ...members.flatMap((one): ComputeFacts[] => {
        const { declared, inputs } = one;
        if (declared.kind === "Branch")
          return inputs["compute"] === "none" ? [] : [running(ownBranchKey(declared), `${declared.urn}/compute`)];
        if (declared.kind !== "ComputeEndpoint") return [];
        const branchId = this.#branchKey(one, "branchId");
        return branchId === undefined ? [] : [running(branchId, declared.urn, inputs["disabled"] === true)];
      }),
    ];
  }

  #assigned(regionId: unknown): string[] {
    return this.#assignments.filter(({ inputs }) => inputs["regionId"] === regionId).map(({ inputs }) => String(inputs["vpcEndpointId"]));
  }

  /** undefined, and said, where it is known only after the update who may connect. */
  #network({ declared }: Present, network: unknown): Network | undefined {
    if (!isBag(network) || network["allow"] === UNKNOWN || isUnreadable(network)) {
      this.#unjudged.push({ urn: declared.urn, why: `who may connect ${whyUnreadable(network)}` });
      return undefined;
    }
    return inForce(network as unknown as Network, this.#endsBy(declared));
  }

  /** Entries with an end before this are not on the live list; none is off it while the removal of one is still due. */
  #endsBy({ outputs }: Declared): number {
    return removalDue(outputs, this.nowMs) ? -Infinity : this.nowMs;
  }

  #ranges({ declared, inputs }: Present): string[] {
    const { ranges } = inputs;
    if (!Array.isArray(ranges) || isUnreadable(ranges)) {
      this.#unjudged.push({ urn: declared.urn, why: `who may connect ${whyUnreadable(ranges)}` });
      return [];
    }
    return (ranges as RangeEntry[]).filter((entry) => !isOverdue(entry, this.#endsBy(declared))).map(textOf);
  }
}

/** Kinds that say something of one project's reach. */
const OF_PROJECTS: ReadonlySet<string> = new Set([
  ...["Project", "Branch", "BranchProtection", "ComputeEndpoint", "IpAllowlist", "IpAllowlistEntry", "VpcEndpointRestriction"],
]);

const ownBranchKey = ({ id, urn }: Declared): string => (id === undefined ? urn : lastPart(id));
const nameOr = (name: unknown, otherwise: string): string => (typeof name === "string" && name !== UNKNOWN ? name : otherwise);
