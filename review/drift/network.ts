import { parseAllowlist, canonicalizeRange } from "../../contract/ranges.js";
import type { ProjectSettings } from "../../contract/wire/project.js";
import {
  dropEndedEntries,
  isOverdue,
  type Network,
  type RangeEntry,
  getRangeText,
  type Properties,
  hasUnknown,
} from "../../provider/introspection.js";
import type { ManagedResource } from "./appliedRecord.js";
import { APPLY, type ClosingRepair, type DriftItem, UNDECLARED } from "./driftItem.js";
import { toNonEmptyList, listPrivateItems, buildSettingItem, listSettingsItems } from "./networkSettings.js";
import { rewriteSettings } from "./rewriteSettings.js";
import type { LiveProject } from "./observation.js";
import { listEnded, listDeclaredRanges } from "./overdue.js";
import { type ModelEdit, updateFacts } from "../reachability/edits.js";

/** More ranges than this that were added or removed are told in one finding. */
const MOST_RANGES = 50;
/** What differs in who may connect to a project. */
export function listNetworkItems(live: LiveProject, members: readonly ManagedResource[], nowMs: number): DriftItem[] {
  const owner = members.find((one) => findNetwork(one) !== undefined);
  const entries = members.filter(({ kind }) => kind === "IpAllowlistEntry");
  const declared = owner && findNetwork(owner);
  const ranges = [...(declared?.ranges ?? []), ...entries.flatMap(({ kind, inputs }) => listDeclaredRanges(kind, inputs))];
  const seen = new NetworkDrift(live, declared && dropEndedEntries(declared, nowMs), ranges, nowMs);
  const overdue = seen.listOverdue();
  const wanted = {
    network: declared && dropEndedEntries(declared, nowMs),
    currentRanges: seen.currentRanges,
    someEnded: overdue.length > 0,
  };
  return [
    ...overdue.map((item) => ({ ...item, ...toUrnField(findRangeOwner(item, owner, entries)) })),
    ...listSettingsItems(live, wanted).map((item) => ({ ...item, ...toUrnField(owner ?? entries[0]) })),
    ...listPrivateItems(live, owner ?? members.find(({ kind }) => kind === "Project")),
    ...seen.listRangeItems(declared?.allow === "listed").map((item) => ({ ...item, ...toUrnField(findRangeOwner(item, owner, entries)) })),
  ];
}

/** The network as a resource declares it; undefined where another one owns it, or where it is encrypted. */
export function findNetwork({ kind, inputs }: ManagedResource): Network | undefined {
  const network = (kind === "Project" ? inputs["network"] : kind === "IpAllowlist" ? inputs : undefined) as Network | undefined;
  if (network === undefined || hasUnknown(network.allow) || hasUnknown(network.ranges) || network.allow === "managedSeparately")
    return undefined;
  return network;
}

const toUrnField = (owner: ManagedResource | undefined): { urn?: string } => (owner ? { urn: owner.urn } : {});

function findRangeOwner(
  { resource, class: of }: DriftItem,
  owner: ManagedResource | undefined,
  entries: readonly ManagedResource[],
): ManagedResource | undefined {
  if (of === "added") return undefined;
  const range = resource.id.slice(resource.id.indexOf("/") + 1);
  return entries.find(({ kind, inputs }) => listDeclaredRanges(kind, inputs).some((entry) => getRangeText(entry) === range)) ?? owner;
}

class NetworkDrift {
  readonly #settings: ProjectSettings;
  readonly #ips: readonly string[];
  readonly #live: ReadonlySet<string>;
  /** What is to be in the list now. */
  readonly currentRanges: readonly string[];
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
    this.#live = new Set(this.#ips.map(canonicalizeRange));
    this.currentRanges = [...new Set(declared.filter((entry) => !isOverdue(entry, nowMs)).map(getRangeText))];
    this.#wanted = new Set(this.currentRanges.map(canonicalizeRange));
  }

  /** Entries that have ended and still admit somebody. */
  listOverdue(): DriftItem[] {
    if (this.#settings.block_public_connections) return [];
    return listEnded(this.declared, this.nowMs)
      .filter(({ range }) => this.#live.has(canonicalizeRange(range)) && !this.#wanted.has(canonicalizeRange(range)))
      .map(({ range, removeAfter, description }) => ({
        ...this.#buildItem("overdue", "range-overdue", range),
        says: `The entry has ended${description === undefined ? "" : ` (${description})`} and still admits its addresses.`,
        before: `ends ${removeAfter}`,
        after: "in the list",
        remedy: "Run palisade enforce, or pulumi up.",
        severity: "medium" as const,
        edits: { revert: this.#removeRanges([range]), apply: updateFacts(({ ips }) => ({ ips: [...ips, range] })) },
      }));
  }

  /** Entries that were added, and entries that were removed. */
  listRangeItems(authoritative: boolean): DriftItem[] {
    const blocked = this.network?.allow === "nobody";
    if (this.#ips.length === 0 || blocked || (authoritative && this.network?.allow !== "listed")) return [];
    const ended = new Set(
      this.declared.filter((entry) => isOverdue(entry, this.nowMs)).map((entry) => canonicalizeRange(getRangeText(entry))),
    );
    const added = authoritative
      ? this.#ips.filter((ip) => !this.#wanted.has(canonicalizeRange(ip)) && !ended.has(canonicalizeRange(ip)))
      : [];
    const removed = this.currentRanges.filter((range) => !this.#live.has(canonicalizeRange(range)));
    if (
      authoritative &&
      added.length > 0 &&
      parseAllowlist(this.#ips).set.equals(parseAllowlist(this.currentRanges).set) &&
      ended.size === 0
    )
      return [
        buildSettingItem(
          this.live,
          "list-respelled",
          "The list is spelled in other entries that admit the same addresses.",
          [this.currentRanges.join(", "), this.#ips.join(", ")],
          {
            revert: { ips: this.currentRanges },
            apply: { ips: this.#ips },
          },
        ),
      ];
    return [
      ...groupRanges(added).map(([name, ranges]) => ({
        ...this.#buildItem("added", "range-added", name),
        says: `${ranges.length === 1 ? "An entry that nothing declares is" : `${ranges.length} entries that nothing declares are`} in the list.`,
        before: "not in the list",
        after: ranges.join(", "),
        remedy: UNDECLARED,
        edits: { revert: this.#removeRanges(ranges), apply: updateFacts(({ ips }) => ({ ips: [...ips, ...ranges] })) },
        closing: this.#buildRemoval(ranges),
      })),
      ...groupRanges(removed).map(([name, ranges]) => ({
        ...this.#buildItem("deleted", "range-removed", name),
        says: `${ranges.length === 1 ? "A declared entry is" : `${ranges.length} declared entries are`} not in the list.`,
        before: ranges.join(", "),
        after: "not in the list",
        remedy: APPLY,
        edits: {
          revert: updateFacts(({ ips }) => ({ ips: [...ips, ...ranges] })),
          apply: this.#removeRanges(ranges),
        },
      })),
    ];
  }

  #removeRanges(ranges: readonly string[]): ModelEdit {
    const gone = new Set(ranges.map(canonicalizeRange));
    return updateFacts(({ ips }) => ({ ips: toNonEmptyList(ips.filter((ip) => !gone.has(canonicalizeRange(ip)))) }));
  }

  #buildRemoval(ranges: readonly string[]): ClosingRepair {
    const gone = new Set(ranges.map(canonicalizeRange));
    return {
      what: `take ${ranges.join(", ")} out of the list`,
      projectId: this.live.project.id,
      // What would be left of a list of nothing else is an empty one: the repair stops there.
      edit: updateFacts(({ ips }) => ({ ips: ips.filter((ip) => !gone.has(canonicalizeRange(ip))) })),
      call: (api) =>
        rewriteSettings(api, this.live.project.id, ({ allowed_ips }) => {
          const ips = (allowed_ips?.ips ?? []).filter((ip) => !gone.has(canonicalizeRange(ip)));
          if (ips.length === (allowed_ips?.ips ?? []).length) return undefined;
          return { allowed_ips: { ips, protected_branches_only: allowed_ips?.protected_branches_only ?? false } };
        }),
    };
  }

  #buildItem(
    of: DriftItem["class"],
    rule: string,
    range: string,
  ): Pick<DriftItem, "class" | "rule" | "resource" | "project" | "traces"> & Properties {
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
}

/** One finding for each, and one for what is beyond counting. */
function groupRanges(ranges: readonly string[]): [name: string, ranges: readonly string[]][] {
  const rest = ranges.slice(MOST_RANGES);
  return [
    ...ranges.slice(0, MOST_RANGES).map((range): [string, string[]] => [range, [range]]),
    ...(rest.length > 0 ? [[`${rest.length} more`, rest] satisfies [string, string[]]] : []),
  ];
}
