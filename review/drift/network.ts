import { allowedBy, canonicalRange } from "../../contract/ranges.js";
import type { ProjectFacts } from "../../contract/reachability.js";
import { PalisadeError } from "../../contract/errors.js";
import type { ProjectSettings } from "../../contract/wire/project.js";
import type { NeonApi } from "../../provider/client/api.js";
import { inForce, isOverdue, type Network, type RangeEntry, textOf } from "../../provider/resources/network.js";
import { type Bag, hasUnknown } from "../../provider/resources/settled.js";
import type { Managed } from "./applied.js";
import { APPLY, type Closing, type Item, projectRef, UNDECLARED } from "./item.js";
import type { LiveProject } from "./observe.js";
import { endedOf, rangesOf } from "./overdue.js";
import { type ModelEdit, withFacts } from "../reachability/edits.js";

/** More ranges than this that came or went are told in one finding. */
const MOST_RANGES = 50;
/** No address, so a list of it admits nobody; an empty one would admit everybody. */
const NO_ADDRESS = "nobody";
/** A list that cannot be empty. */
const listOf = (ips: readonly string[]): readonly string[] => (ips.length > 0 ? ips : [NO_ADDRESS]);

/** What differs in who may connect to a project. */
export function networkItems(live: LiveProject, owner: Managed | undefined, entries: readonly Managed[], nowMs: number): Item[] {
  const declared = owner && networkOf(owner);
  const ranges = [...(declared?.ranges ?? []), ...entries.flatMap(({ kind, inputs }) => rangesOf(kind, inputs))];
  const seen = new NetworkDrift(live, declared && inForce(declared, nowMs), ranges, nowMs);
  const overdue = seen.overdue();
  return [
    ...overdue.map((item) => ({ ...item, ...urnOf(ownerOfRange(item, owner, entries)) })),
    ...(owner && declared ? seen.settings(overdue.length > 0).map((item) => ({ ...item, urn: owner.urn })) : []),
    ...seen.ranges(declared?.allow === "listed").map((item) => ({ ...item, ...urnOf(ownerOfRange(item, owner, entries)) })),
  ];
}

/** The network as a resource declares it; undefined where another one owns it, or where it is encrypted. */
export function networkOf({ kind, inputs }: Managed): Network | undefined {
  const network = (kind === "Project" ? inputs["network"] : kind === "IpAllowlist" ? inputs : undefined) as Network | undefined;
  if (network === undefined || hasUnknown(network.allow) || hasUnknown(network.ranges) || network.allow === "elsewhere") return undefined;
  return network;
}

const urnOf = (owner: Managed | undefined): { urn?: string } => (owner ? { urn: owner.urn } : {});

function ownerOfRange({ resource, class: of }: Item, owner: Managed | undefined, entries: readonly Managed[]): Managed | undefined {
  if (of === "added") return undefined;
  const range = resource.id.slice(resource.id.indexOf("/") + 1);
  return entries.find(({ kind, inputs }) => rangesOf(kind, inputs).some((entry) => textOf(entry) === range)) ?? owner;
}

class NetworkDrift {
  readonly #settings: ProjectSettings;
  readonly #ips: readonly string[];
  readonly #live: ReadonlySet<string>;
  /** What is to be in the list now. */
  readonly #standing: readonly string[];
  readonly #wanted: ReadonlySet<string>;

  constructor(
    private readonly live: LiveProject,
    /** Who is to be admitted now; undefined where the stack does not say. */
    private readonly network: Network | undefined,
    private readonly declared: readonly RangeEntry[],
    private readonly nowMs: number,
  ) {
    this.#settings = live.project.settings ?? {};
    this.#ips = this.#settings.allowed_ips?.ips ?? [];
    this.#live = new Set(this.#ips.map(canonicalRange));
    this.#standing = [...new Set(declared.filter((entry) => !isOverdue(entry, nowMs)).map(textOf))];
    this.#wanted = new Set(this.#standing.map(canonicalRange));
  }

  /** Entries that have ended and still admit somebody. */
  overdue(): Item[] {
    if (this.#settings.block_public_connections) return [];
    return endedOf(this.declared, this.nowMs)
      .filter(({ range }) => this.#live.has(canonicalRange(range)) && !this.#wanted.has(canonicalRange(range)))
      .map(({ range, removeAfter, description }) => ({
        ...this.#item("overdue", "range-overdue", range),
        ...{ says: `The entry has ended${description === undefined ? "" : ` (${description})`} and still admits its addresses.` },
        ...{
          before: `ends ${removeAfter}`,
          after: "in the list",
          remedy: "Run palisade enforce, or pulumi up.",
          severity: "medium" as const,
        },
        edits: { revert: this.#without([range]), apply: withFacts(({ ips }) => ({ ips: [...ips, range] })) },
      }));
  }

  /** Blocks, scope, and a list that is there or not. */
  settings(overdue: boolean): Item[] {
    const { network } = this;
    if (network === undefined) return [];
    const { block_public_connections: blocked = false, block_vpc_connections: privateBlocked = false, allowed_ips } = this.#settings;
    const scoped = allowed_ips?.protected_branches_only ?? false;
    const items: (Item | undefined)[] = [
      // Where all entries have ended the overdue ones are told, and enforcing them blocks.
      network.allow === "nobody" && !blocked && !overdue
        ? this.#setting(
            "public-access-unblocked",
            "Nobody was to connect from the internet, and the block is lifted.",
            ["blocked", "not blocked"],
            {
              ...{ revert: { blockPublicConnections: true }, apply: { blockPublicConnections: false } },
              means: "opens",
              closing: [
                "block connections from the internet",
                (fresh) => (fresh.block_public_connections ? undefined : { block_public_connections: true }),
              ],
            },
          )
        : undefined,
      network.allow !== "nobody" && blocked
        ? this.#setting("public-access-blocked", "Connections from the internet are blocked.", ["not blocked", "blocked"], {
            ...{ revert: { blockPublicConnections: false }, apply: { blockPublicConnections: true } },
          })
        : undefined,
      network.allow === "listed" && this.#ips.length === 0
        ? this.#setting(
            "list-emptied",
            "The list is empty, which admits every address.",
            [`${this.#standing.length} entries`, "every address"],
            {
              ...{
                revert: { ips: listOf(this.#standing), protectedBranchesOnly: network.scope === "protectedBranches" },
                apply: { ips: [] },
              },
              closing: [
                "put the declared list back",
                (fresh) =>
                  (fresh.allowed_ips?.ips ?? []).length > 0
                    ? undefined
                    : { allowed_ips: { ips: [...this.#standing], protected_branches_only: network.scope === "protectedBranches" } },
              ],
            },
          )
        : undefined,
      network.allow === "anywhere" && this.#ips.length > 0
        ? this.#setting(
            "list-set",
            "A list keeps addresses out where every one was admitted.",
            ["every address", `${this.#ips.length} entries`],
            {
              ...{ revert: { ips: [] }, apply: { ips: this.#ips } },
            },
          )
        : undefined,
      network.allow === "listed" && this.#ips.length > 0 && scoped !== (network.scope === "protectedBranches")
        ? this.#setting("scope-changed", "The list guards other branches than it was to.", [scopeText(!scoped), scopeText(scoped)], {
            ...{ revert: { protectedBranchesOnly: !scoped }, apply: { protectedBranchesOnly: scoped } },
            ...(scoped && {
              closing: [
                "let the list guard every branch",
                ({ allowed_ips: fresh }) =>
                  fresh?.ips?.length && fresh.protected_branches_only
                    ? { allowed_ips: { ips: fresh.ips, protected_branches_only: false } }
                    : undefined,
              ] as const,
            }),
          })
        : undefined,
      network.privateEndpoints !== undefined && privateBlocked !== (network.privateEndpoints === "blocked")
        ? this.#setting(
            privateBlocked ? "private-access-blocked" : "private-access-unblocked",
            privateBlocked ? "Private endpoints are blocked." : "Private endpoints were to be blocked, and the block is lifted.",
            [privateBlocked ? "not blocked" : "blocked", privateBlocked ? "blocked" : "not blocked"],
            {
              ...{ revert: { blockVpcConnections: !privateBlocked }, apply: { blockVpcConnections: privateBlocked } },
              // What the block held back need not be there today.
              ...(!privateBlocked && {
                means: "opens" as const,
                closing: [
                  "block private endpoints",
                  (fresh) => (fresh.block_vpc_connections ? undefined : { block_vpc_connections: true }),
                ] as const,
              }),
            },
          )
        : undefined,
    ];
    return items.filter((item) => item !== undefined);
  }

  /** Entries that came, and entries that went. */
  ranges(authoritative: boolean): Item[] {
    const blocked = this.network?.allow === "nobody";
    if (this.#ips.length === 0 || blocked || (authoritative && this.network?.allow !== "listed")) return [];
    const ended = new Set(this.declared.filter((entry) => isOverdue(entry, this.nowMs)).map((entry) => canonicalRange(textOf(entry))));
    const came = authoritative ? this.#ips.filter((ip) => !this.#wanted.has(canonicalRange(ip)) && !ended.has(canonicalRange(ip))) : [];
    const went = this.#standing.filter((range) => !this.#live.has(canonicalRange(range)));
    if (authoritative && came.length > 0 && allowedBy(this.#ips).set.equals(allowedBy(this.#standing).set) && ended.size === 0)
      return [
        this.#setting(
          "list-respelled",
          "The list is spelled in other entries that admit the same addresses.",
          [this.#standing.join(", "), this.#ips.join(", ")],
          {
            ...{ revert: { ips: this.#standing }, apply: { ips: this.#ips } },
          },
        ),
      ];
    return [
      ...grouped(came).map(([name, ranges]) => ({
        ...this.#item("added", "range-added", name),
        ...{
          says: `${ranges.length === 1 ? "An entry that nothing declares is" : `${ranges.length} entries that nothing declares are`} in the list.`,
        },
        ...{ before: "not in the list", after: ranges.join(", "), remedy: UNDECLARED },
        edits: { revert: this.#without(ranges), apply: withFacts(({ ips }) => ({ ips: [...ips, ...ranges] })) },
        closing: this.#removal(ranges),
      })),
      ...grouped(went).map(([name, ranges]) => ({
        ...this.#item("deleted", "range-removed", name),
        ...{ says: `${ranges.length === 1 ? "A declared entry is" : `${ranges.length} declared entries are`} not in the list.` },
        ...{ before: ranges.join(", "), after: "not in the list", remedy: APPLY },
        edits: {
          revert: withFacts(({ ips }) => ({ ips: [...ips, ...ranges] })),
          apply: this.#without(ranges),
        },
      })),
    ];
  }

  #without(ranges: readonly string[]): ModelEdit {
    const gone = new Set(ranges.map(canonicalRange));
    return withFacts(({ ips }) => ({ ips: listOf(ips.filter((ip) => !gone.has(canonicalRange(ip)))) }));
  }

  #removal(ranges: readonly string[]): Closing {
    const gone = new Set(ranges.map(canonicalRange));
    return {
      ...{ what: `take ${ranges.join(", ")} out of the list`, projectId: this.live.project.id },
      // What would be left of a list of nothing else is an empty one: the repair stops there.
      edit: withFacts(({ ips }) => ({ ips: ips.filter((ip) => !gone.has(canonicalRange(ip))) })),
      call: (api) =>
        rewrite(api, this.live.project.id, ({ allowed_ips }) => {
          const ips = (allowed_ips?.ips ?? []).filter((ip) => !gone.has(canonicalRange(ip)));
          if (ips.length === (allowed_ips?.ips ?? []).length) return undefined;
          return { allowed_ips: { ips, protected_branches_only: allowed_ips?.protected_branches_only ?? false } };
        }),
    };
  }

  #item(of: Item["class"], rule: string, range: string): Pick<Item, "class" | "rule" | "resource" | "project" | "traces"> & Bag {
    const { id, name } = this.live.project;
    const resource = { kind: "ipAllowlistEntry", id: `${id}/${range}`, name: `${name}/${range}` };
    return {
      class: of,
      rule,
      resource,
      project: id,
      traces: [{ kind: "project", id, field: "settings" }],
      changedAt: this.live.project.updated_at,
    };
  }

  #setting(
    rule: string,
    says: string,
    [before, after]: readonly [string, string],
    {
      revert,
      apply,
      means,
      closing,
    }: { revert: Partial<ProjectFacts>; apply: Partial<ProjectFacts>; means?: "opens"; closing?: readonly [string, Rewrite] },
  ): Item {
    const { id, updated_at: changedAt } = this.live.project;
    return {
      ...{ class: "changed", rule, resource: projectRef(this.live.project), project: id, says, before, after, changedAt, remedy: APPLY },
      traces: [{ kind: "project", id, field: "settings" }],
      ...(means && { means }),
      edits: { revert: withFacts(() => revert), apply: withFacts(() => apply) },
      ...(closing && {
        closing: {
          what: closing[0],
          projectId: id,
          edit: withFacts(() => revert),
          call: (api) => rewrite(api, id, closing[1]),
        } satisfies Closing,
      }),
    };
  }
}

const scopeText = (scoped: boolean): string => (scoped ? "protected branches only" : "every branch");

/** New settings from those of this moment; undefined where there is nothing to do any more, as right after it was done. */
type Rewrite = (fresh: ProjectSettings) => ProjectSettings | undefined;

/** Until there is nothing to do any more. The client refuses an empty list here, as from everyone but the word `anywhere`. */
const rewrite = (api: NeonApi, projectId: string, change: Rewrite): Promise<void> => {
  const next = async () => {
    const found = await api.project(projectId);
    if (!found) throw new PalisadeError("PAL_NOT_FOUND", `project ${projectId}`);
    const settings = change(found.project.settings ?? {});
    return settings && { project: { settings } };
  };
  return api.rewriteProject(projectId, next, { anywhere: false });
};

/** One finding for each, and one for what is beyond counting. */
function grouped(ranges: readonly string[]): [name: string, ranges: readonly string[]][] {
  const rest = ranges.slice(MOST_RANGES);
  return [
    ...ranges.slice(0, MOST_RANGES).map((range): [string, string[]] => [range, [range]]),
    ...(rest.length > 0 ? [[`${rest.length} more`, rest] satisfies [string, string[]]] : []),
  ];
}
