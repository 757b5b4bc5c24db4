import { allowedBy, canonicalRange } from "../../contract/ranges.js";
import type { ProjectSettings } from "../../contract/wire/project.js";
import { inForce, isOverdue, type Network, type RangeEntry, textOf } from "../../provider/resources/network.js";
import { type Bag, hasUnknown } from "../../provider/resources/settled.js";
import type { Managed } from "./applied.js";
import { APPLY, type Closing, type Item, UNDECLARED } from "./item.js";
import { listOf, privateItems, settingItem, settingsItems } from "./networkSettings.js";
import { rewrite } from "./rewrite.js";
import type { LiveProject } from "./observe.js";
import { endedOf, rangesOf } from "./overdue.js";
import { type ModelEdit, withFacts } from "../reachability/edits.js";

/** More ranges than this that were added or removed are told in one finding. */
const MOST_RANGES = 50;
/** What differs in who may connect to a project. */
export function networkItems(live: LiveProject, members: readonly Managed[], nowMs: number): Item[] {
  const owner = members.find((one) => networkOf(one) !== undefined);
  const entries = members.filter(({ kind }) => kind === "IpAllowlistEntry");
  const declared = owner && networkOf(owner);
  const ranges = [...(declared?.ranges ?? []), ...entries.flatMap(({ kind, inputs }) => rangesOf(kind, inputs))];
  const seen = new NetworkDrift(live, declared && inForce(declared, nowMs), ranges, nowMs);
  const overdue = seen.overdue();
  const wanted = { network: declared && inForce(declared, nowMs), standing: seen.standing, someEnded: overdue.length > 0 };
  return [
    ...overdue.map((item) => ({ ...item, ...urnOf(ownerOfRange(item, owner, entries)) })),
    ...settingsItems(live, wanted).map((item) => ({ ...item, ...urnOf(owner ?? entries[0]) })),
    ...privateItems(live, owner ?? members.find(({ kind }) => kind === "Project")),
    ...seen.ranges(declared?.allow === "listed").map((item) => ({ ...item, ...urnOf(ownerOfRange(item, owner, entries)) })),
  ];
}

/** The network as a resource declares it; undefined where another one owns it, or where it is encrypted. */
export function networkOf({ kind, inputs }: Managed): Network | undefined {
  const network = (kind === "Project" ? inputs["network"] : kind === "IpAllowlist" ? inputs : undefined) as Network | undefined;
  if (network === undefined || hasUnknown(network.allow) || hasUnknown(network.ranges) || network.allow === "managedSeparately")
    return undefined;
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
  readonly standing: readonly string[];
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
    this.standing = [...new Set(declared.filter((entry) => !isOverdue(entry, nowMs)).map(textOf))];
    this.#wanted = new Set(this.standing.map(canonicalRange));
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

  /** Entries that were added, and entries that were removed. */
  ranges(authoritative: boolean): Item[] {
    const blocked = this.network?.allow === "nobody";
    if (this.#ips.length === 0 || blocked || (authoritative && this.network?.allow !== "listed")) return [];
    const ended = new Set(this.declared.filter((entry) => isOverdue(entry, this.nowMs)).map((entry) => canonicalRange(textOf(entry))));
    const added = authoritative ? this.#ips.filter((ip) => !this.#wanted.has(canonicalRange(ip)) && !ended.has(canonicalRange(ip))) : [];
    const removed = this.standing.filter((range) => !this.#live.has(canonicalRange(range)));
    if (authoritative && added.length > 0 && allowedBy(this.#ips).set.equals(allowedBy(this.standing).set) && ended.size === 0)
      return [
        settingItem(
          this.live,
          "list-respelled",
          "The list is spelled in other entries that admit the same addresses.",
          [this.standing.join(", "), this.#ips.join(", ")],
          {
            ...{ revert: { ips: this.standing }, apply: { ips: this.#ips } },
          },
        ),
      ];
    return [
      ...grouped(added).map(([name, ranges]) => ({
        ...this.#item("added", "range-added", name),
        ...{
          says: `${ranges.length === 1 ? "An entry that nothing declares is" : `${ranges.length} entries that nothing declares are`} in the list.`,
        },
        ...{ before: "not in the list", after: ranges.join(", "), remedy: UNDECLARED },
        edits: { revert: this.#without(ranges), apply: withFacts(({ ips }) => ({ ips: [...ips, ...ranges] })) },
        closing: this.#removal(ranges),
      })),
      ...grouped(removed).map(([name, ranges]) => ({
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
}

/** One finding for each, and one for what is beyond counting. */
function grouped(ranges: readonly string[]): [name: string, ranges: readonly string[]][] {
  const rest = ranges.slice(MOST_RANGES);
  return [
    ...ranges.slice(0, MOST_RANGES).map((range): [string, string[]] => [range, [range]]),
    ...(rest.length > 0 ? [[`${rest.length} more`, rest] satisfies [string, string[]]] : []),
  ];
}
