import { AddressSet } from "../../../contract/ranges.js";
import type { BranchComparison } from "../compare.js";
import type { UnjudgedPart } from "../effects.js";
import { removeDuplicates } from "../effects.js";
import type { ChangeFinding } from "../finding.js";
import type { Change, Declared, ResourceChange } from "../change.js";
import { toAddressDelta, capitalize, formatAddressSet } from "../formatReach.js";
import { toResourceRef } from "../resourceRef.js";
import { listAwsPaths } from "./aws.js";
import { listAzurePaths } from "./azure.js";
import type { Standing } from "./joins.js";
import { isEndpoint } from "./kinds.js";
import { isNamedByNeon, type EndpointTarget, computeEndpointTarget, formatEndpointTarget } from "./endpointTarget.js";
import { listDeclared, alignSides, listRecorded } from "./alignSides.js";
import type { PathChange } from "./pathChange.js";
import { judgeEndpointNetwork, listUnclearNetwork } from "./endpointNetworkFindings.js";
import { listJoinedUrns } from "./endpointNetwork.js";
import { listUnjoined } from "./unjoined.js";
import { type RelatedIdentifiers, collectIdentifiers, isRelated, isUnreadType, listUnreadTypes } from "./unreadTypes.js";
import { listUnresolvedLinks, isMeaningfullyChanged, listUnreadableAround } from "./readFields.js";
import { NO_SOURCES, type PrivatePath, type Sources } from "./privatePath.js";

export interface PathJudgement {
  readonly findings: readonly ChangeFinding[];
  readonly unjudged: readonly UnjudgedPart[];
}

/**
 * What the change does to the customer's own half of private connections: endpoints, who may use them and by which way they are found, joined to the
 * branches that Neon's half lets them reach.
 */
export function judgePaths(change: Change, comparisons: readonly BranchComparison[]): PathJudgement {
  const resources = alignSides(change.resources);
  const [recorded, declared] = [listRecorded(resources), listDeclared(resources)];
  const present = clouds([...declared, ...recorded]);
  const native = recorded.filter((one) => isUnreadType(one) && isNamedByNeon(one, recorded));
  if (!resources.some(({ type }) => isEndpoint(type)))
    return {
      findings: [],
      unjudged: removeDuplicates([
        ...listUnreadEndpoints(resources, native),
        ...listUnjoined(resources, native.map(listStandingNative(present)), present),
      ]),
    };
  const byUrn = new Map(resources.map((one) => [one.urn, one]));
  const moving = new Map(resources.filter(isChanging).map((one) => [one.urn, one]));
  const causeOf = (urns: readonly string[]) => urns.map((urn) => moving.get(urn)).find((one) => one !== undefined);
  const olds = new Map(listPaths(recorded).map((path) => [path.endpoint.urn, path]));
  const paths = listPaths(declared).map((after): PathChange => {
    const lead = computeEndpointTarget(after.endpoint, declared, comparisons);
    return { before: olds.get(after.endpoint.urn), after, lead, recorded, declared, causeOf };
  });
  const found = paths.map((path) => ({ path, findings: [...judgeAccess(path), ...judgeEndpointNetwork(path)] }));
  const standing = [...paths.filter(mayLeadBeforeAndAfter).map(buildStanding(present)), ...native.map(listStandingNative(present))];
  return {
    findings: removeRepeats([
      ...found.flatMap(({ findings }) => findings),
      ...resources.flatMap((one) =>
        one.before && isEndpoint(one.type) ? judgeRemoval(one, computeEndpointTarget(one.before, recorded, comparisons)) : [],
      ),
    ]),
    unjudged: removeDuplicates([
      ...paths.flatMap((path) => [
        ...listUnclearSources(path, byUrn),
        ...listUnclearNetwork(path),
        ...listUnreadableAround(listAround(path), byUrn),
        ...listUnreadTypesAround(path, resources),
      ]),
      ...listUnreadEndpoints(resources, native),
      ...found.flatMap(({ path, findings }) => listUnknownLeads(path, findings)),
      ...listUnjoined(resources, standing, present),
      ...CLOUDS.flatMap((cloud) => (paths.some(({ after }) => cloud(after.endpoint.type)) ? listUnresolvedLinks(resources, cloud) : [])),
    ]),
  };
}

/** What other providers own, once each: as it is declared, or as it was. */
const clouds = (sides: readonly Declared[]): Declared[] => {
  const byUrn = new Map<string, Declared>();
  for (const one of sides) if (one.kind === undefined && !byUrn.has(one.urn)) byUrn.set(one.urn, one);
  return [...byUrn.values()];
};

const CLOUDS = ["aws", "azure"].map((cloud) => (type: string) => type.startsWith(cloud));

/** URNs of all that is joined to the endpoint, before or after. */
const listAround = ({ before, after, recorded, declared }: PathChange): string[] => [
  ...new Set([
    ...[...after.saidBy, ...(before?.saidBy ?? [])],
    ...[...listJoinedUrns(after.endpoint, declared), ...(before ? listJoinedUrns(before.endpoint, recorded) : [])],
  ]),
];

/** Endpoints of types that are not read, such as those of aws-native: Neon's half tells that they are endpoints. */
const listUnreadEndpoints = (resources: readonly ResourceChange[], ways: readonly Declared[]): UnjudgedPart[] =>
  ways.length === 0 ? [] : listUnreadTypes(resources, collectIdentifiers(ways));

/** An endpoint of which nobody can tell whether it leads to the database: what opens it is a remark, and not judged. */
const listUnknownLeads = ({ after, lead }: PathChange, findings: readonly ChangeFinding[]): UnjudgedPart[] =>
  lead.mayBeOurs === undefined || !findings.some(({ direction }) => direction === "opens")
    ? []
    : [{ urn: after.endpoint.urn, why: `the private endpoint ${after.endpoint.name} ${lead.mayBeOurs}` }];

const mayLeadBeforeAndAfter = ({ before, lead }: PathChange): boolean =>
  before !== undefined && (lead.isOurs || lead.mayBeOurs !== undefined);

const buildStanding =
  (present: readonly Declared[]) =>
  (path: PathChange): Standing => {
    const { endpoint, sources, foreign } = path.after;
    const around = new Set([...listAround(path), endpoint.urn]);
    const isKnown = !sources.unclear && foreign.size === 0;
    return {
      endpoint,
      around,
      present,
      prefixLists: isKnown ? sources.named : undefined,
      joined: listJoinedUnread(listAnchorsAround(path), present),
    };
  };

/** Of a type that is not read only what names it is known. */
const listStandingNative =
  (present: readonly Declared[]) =>
  (endpoint: Declared): Standing => ({
    endpoint,
    present,
    around: new Set([endpoint.urn]),
    prefixLists: undefined,
    joined: listJoinedUnread(collectIdentifiers([endpoint]), present),
  });

const listJoinedUnread = (anchors: RelatedIdentifiers, present: readonly Declared[]): Set<string> =>
  new Set(present.flatMap((one) => (isUnreadType(one) && isRelated(one, anchors) ? [one.urn] : [])));

/** Around a new endpoint all is new; and nothing leads to the database by one that is not ours. */
function listUnreadTypesAround(path: PathChange, resources: readonly ResourceChange[]): UnjudgedPart[] {
  return mayLeadBeforeAndAfter(path) ? listUnreadTypes(resources, listAnchorsAround(path)) : [];
}

function listAnchorsAround(path: PathChange): RelatedIdentifiers {
  const { before, after, recorded, declared } = path;
  const around = new Set(listAround(path));
  const names = [...(before?.sources.named ?? []), ...after.sources.named];
  return collectIdentifiers(
    [...recorded, ...declared].filter(({ urn }) => around.has(urn)),
    names,
  );
}

/** Rules whose order nobody can tell, and guards that the stack does not declare. */
function listUnclearSources({ before, after, lead, recorded }: PathChange, byUrn: ReadonlyMap<string, ResourceChange>): UnjudgedPart[] {
  const { urn } = after.endpoint;
  // A new endpoint that something of Neon's lets in already, or that may be: what guards it matters from the start.
  const matters = before !== undefined || lead.mayBeOurs !== undefined || isNamedByNeon(after.endpoint, recorded);
  const foreign = [...after.foreign].filter((guard) => matters && before?.foreign.has(guard) !== true);
  const says = (urn: string) => {
    const one = byUrn.get(urn);
    return one !== undefined && isMeaningfullyChanged(one);
  };
  const isUnclear = after.sources.unclear && after.saidBy.some(says);
  return [
    ...(isUnclear ? [{ urn, why: "who may use the endpoint is known only after the update" }] : []),
    ...foreign.map((guard) => ({ urn, why: `who may use the endpoint is said by ${guard}, which the stack does not declare` })),
  ];
}

const listPaths = (present: readonly Declared[]): PrivatePath[] => [...listAwsPaths(present), ...listAzurePaths(present)];
const isChanging = ({ op }: ResourceChange): boolean => op !== "same" && op !== "read";

/** One rule may open several endpoints of one group: it is reported once, for the most severe. */
function removeRepeats(findings: readonly ChangeFinding[]): ChangeFinding[] {
  const first = new Map<string, ChangeFinding>();
  for (const finding of findings) {
    const key = [finding.rule, finding.urn, finding.before, finding.after].join(" ");
    if (first.get(key)?.severity !== "medium") first.set(key, finding);
  }
  return [...first.values()];
}

/** Who may use the endpoint then, and could not before; or that nobody may any more. */
function judgeAccess({ before, after, lead, recorded, causeOf }: PathChange): ChangeFinding[] {
  const [had, has] = [before?.sources ?? NO_SOURCES, after.sources];
  const addresses = has.addresses.subtract(had.addresses);
  const named = [...has.named].filter((name) => !had.named.has(name));
  const cause = causeOf([...after.saidBy, ...(before?.saidBy ?? [])]);
  if (cause === undefined) return [];
  const about = { urn: cause.urn, resource: toResourceRef(cause), before: formatSources(had), after: formatSources(has) };
  if (addresses.isEmpty && named.length === 0) {
    if (!lead.isOurs || has.unclear || after.foreign.size > 0 || isNobody(had) || !isNobody(has)) return [];
    return [
      {
        ...about,
        rule: "private-path-closed",
        direction: "closes",
        severity: "medium",
        addresses: toAddressDelta(AddressSet.nobody, had.addresses),
        says: `Nobody may use the private endpoint ${after.endpoint.name} any more${formatEndpointTarget(lead)}.`,
        remedy: "Keep a rule that lets the services that use the database in, or make sure that another way is meant.",
      },
    ];
  }
  // Of a new endpoint it is told where the database lets it in already.
  const leads = lead.isOurs && (before !== undefined || lead.databases.length > 0 || isNamedByNeon(after.endpoint, recorded));
  // Ids are not to be capitalised.
  const who = [...(addresses.isEmpty ? [] : [capitalize(formatAddressSet(addresses))]), ...named].join(", ");
  return [
    {
      ...about,
      rule: "private-path-widened",
      direction: "opens",
      severity: leads ? "medium" : "low",
      addresses: toAddressDelta(addresses, had.addresses.subtract(has.addresses)),
      says: `${who} may then use the private endpoint ${after.endpoint.name}${leads ? formatEndpointTarget(lead) : ""}.`,
      remedy: "Let in only the networks of the services that use the database.",
    },
  ];
}

function judgeRemoval(one: ResourceChange, lead: EndpointTarget): ChangeFinding[] {
  if ((one.after !== undefined && one.op !== "replace") || !lead.isOurs) return [];
  return [
    {
      urn: one.urn,
      resource: toResourceRef(one),
      rule: "private-path-removed",
      direction: "closes",
      severity: "medium",
      before: "exists",
      after: one.after ? "recreated" : "does not exist",
      says: "Neon knows the private endpoint by its id: nobody connects through it any more, and a new one has another id.",
      remedy: "Assign and restrict to the new endpoint first, and remove this one afterwards.",
    },
  ];
}

const isNobody = ({ addresses, named }: Sources): boolean => addresses.isEmpty && named.size === 0;

function formatSources({ addresses, named }: Sources): string {
  const texts = [...(addresses.isEmpty ? [] : [formatAddressSet(addresses)]), ...named];
  return texts.length === 0 ? "nobody" : texts.join(", ");
}
