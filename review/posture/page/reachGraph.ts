import { isNearlyEveryone, parseAllowlist } from "../../../contract/ranges.js";
import type { PostureReport } from "../report.js";

type Project = PostureReport["projects"][number];
type Branch = NonNullable<Project["branches"]>[number];

/** Who is at the left of the picture. */
export interface Source {
  readonly key: string;
  readonly title: string;
  readonly detail: string;
  /** Nearly every address of the internet. */
  readonly isOpen: boolean;
  /** What it comes in by. */
  readonly way: "address list" | "no address list" | "private endpoint";
}

/** One branch, or many that the same may reach. */
export interface Target {
  readonly branches: readonly Branch[];
  /** Keys of its sources. `undefined`: not known. */
  readonly sources: readonly string[] | undefined;
  /** Its rows are reached by nearly everybody, by way of a copy. */
  readonly rowsOpen: boolean;
}

export interface ReachGraph {
  readonly sources: readonly Source[];
  readonly targets: readonly Target[];
}

/** More branches than this are drawn as groups of those that are alike. */
export const MOST_SINGLE_BRANCHES = 20;

/** The model of a project as a picture has it. undefined where its branches could not be read. */
export function buildReachGraph({ branches }: Project): ReachGraph | undefined {
  if (branches === null) return undefined;
  const sources = new Map<string, Source>();
  const targets = branches.map((branch): Target => {
    const own = branch.reach === null ? undefined : listSources(branch.reach);
    for (const source of own ?? []) sources.set(source.key, source);
    return { branches: [branch], sources: own?.map(({ key }) => key), rowsOpen: isOpen(branch.dataReach) && !isOpen(branch.reach) };
  });
  return {
    sources: [...sources.values()].sort(compareSources),
    targets: branches.length > MOST_SINGLE_BRANCHES ? group(targets) : targets,
  };
}

type Reach = NonNullable<Branch["reach"]>;

const isOpen = (reach: Reach | null): boolean => reach !== null && isNearlyEveryone(parseAllowlist(reach.ranges).set);

function listSources(reach: Reach): Source[] {
  const { everyAddress, ranges, ipv4Addresses, ipv6Addresses, privateEndpoints } = reach;
  const open = everyAddress || isOpen(reach);
  const publicSource: Source[] =
    ranges.length === 0
      ? []
      : [
          {
            key: `public ${ranges.join(" ")}`,
            title: everyAddress ? "Every address" : open ? "Nearly every address" : formatSome(ranges, 1, "ranges"),
            detail: everyAddress ? "of the internet" : formatAddresses(ipv4Addresses, ipv6Addresses),
            isOpen: open,
            way: everyAddress ? "no address list" : "address list",
          },
        ];
  const endpoints = privateEndpoints ?? [];
  const privateSource: Source[] =
    endpoints.length === 0
      ? []
      : [
          {
            key: `private ${endpoints.join(" ")}`,
            title: formatSome(endpoints, 1, "private endpoints"),
            detail: "in the project's region",
            isOpen: false,
            way: "private endpoint",
          },
        ];
  return [...publicSource, ...privateSource];
}

const formatSome = (names: readonly string[], most: number, noun: string): string =>
  names.length <= most ? names.join(", ") : `${names.length} ${noun}: ${names[0] ?? ""} …`;

function formatAddresses(ipv4: string, ipv6: string): string {
  const [four, six] = [BigInt(ipv4), BigInt(ipv6)];
  return [
    ...(four > 0n ? [`${four.toLocaleString("en")} IPv4 address${four === 1n ? "" : "es"}`] : []),
    ...(six > 0n ? [six < 1_000_000n ? `${six.toLocaleString("en")} IPv6` : `2^${six.toString(2).length - 1} IPv6`] : []),
  ].join(", ");
}

/** Those that the same may reach and that are protected alike; the default branch stays by itself. */
function group(targets: readonly Target[]): Target[] {
  const alike = new Map<string, Target>();
  for (const target of targets) {
    const [branch] = target.branches as readonly [Branch];
    const key = branch.default ? "default" : JSON.stringify([target.sources, target.rowsOpen, branch.protected]);
    const known = alike.get(key);
    alike.set(key, known ? { ...known, branches: [...known.branches, branch] } : target);
  }
  return [...alike.values()];
}

const compareSources = (a: Source, b: Source): number => Number(b.isOpen) - Number(a.isOpen) || (a.key < b.key ? -1 : 1);

/** Equal for projects whose pictures differ in names alone. */
export const getShape = (graph: ReachGraph | undefined): string =>
  graph === undefined
    ? "not read"
    : JSON.stringify([
        graph.sources.map(({ key }) => key),
        graph.targets.map(({ branches, sources, rowsOpen }) => [branches.map((one) => [one.default, one.protected]), sources, rowsOpen]),
      ]);
