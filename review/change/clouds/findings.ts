import { AddressSet } from "../../../contract/ranges.js";
import type { BranchComparison } from "../compare.js";
import type { Unjudged } from "../effects.js";
import type { ChangeFinding } from "../finding.js";
import type { Change, Declared, ResourceChange } from "../model.js";
import { addressesOf, capitalised, setText } from "../reachText.js";
import { refOf } from "../resourceRef.js";
import { awsPaths } from "./aws.js";
import { azurePaths } from "./azure.js";
import type { Standing } from "./joins.js";
import { isEndpoint } from "./kinds.js";
import { isNamedByNeon, type Lead, leadOf, leadText } from "./leads.js";
import { declaredOf, pairedSides, recordedOf } from "./sides.js";
import { surroundingFindings, unclearSurroundings } from "./surroundings.js";
import { joinedTo } from "./networks.js";
import { unjoined } from "./unjoined.js";
import { type Anchors, anchorsOf, isAnchored, isUnread, unreadTypes } from "./unread.js";
import { looseAmong, saysAnew, unreadAround } from "./unclear.js";
import { NO_SOURCES, type PrivatePath, type Sources } from "./path.js";

export interface PathsJudged {
  readonly findings: readonly ChangeFinding[];
  readonly unjudged: readonly Unjudged[];
}

/** An endpoint that stands after the change, with what was and is around it. */
export interface JudgedPath {
  readonly before: PrivatePath | undefined;
  readonly after: PrivatePath;
  readonly lead: Lead;
  /** All resources that are recorded, and all that are declared. */
  readonly recorded: readonly Declared[];
  readonly declared: readonly Declared[];
  /** The resource that changes, of these; the first. */
  readonly causeOf: (urns: readonly string[]) => ResourceChange | undefined;
}

/**
 * What the change does to the customer's own half of private connections: endpoints, who may use them and by which way they are found, joined to the
 * branches that Neon's half lets them reach.
 */
export function judgePaths(change: Change, comparisons: readonly BranchComparison[]): PathsJudged {
  const resources = pairedSides(change.resources);
  const [recorded, declared] = [recordedOf(resources), declaredOf(resources)];
  const present = clouds([...declared, ...recorded]);
  const native = recorded.filter((one) => isUnread(one) && isNamedByNeon(one, recorded));
  if (!resources.some(({ type }) => isEndpoint(type)))
    return {
      findings: [],
      unjudged: withoutDoubles([...unreadWays(resources, native), ...unjoined(resources, native.map(standingNative(present)), present)]),
    };
  const byUrn = new Map(resources.map((one) => [one.urn, one]));
  const moving = new Map(resources.filter(moves).map((one) => [one.urn, one]));
  const causeOf = (urns: readonly string[]) => urns.map((urn) => moving.get(urn)).find((one) => one !== undefined);
  const olds = new Map(pathsIn(recorded).map((path) => [path.endpoint.urn, path]));
  const paths = pathsIn(declared).map((after): JudgedPath => {
    const lead = leadOf(after.endpoint, declared, comparisons);
    return { before: olds.get(after.endpoint.urn), after, lead, recorded, declared, causeOf };
  });
  const found = paths.map((path) => ({ path, findings: [...accessFindings(path), ...surroundingFindings(path)] }));
  const standing = [...paths.filter(standsAndMayLead).map(standingOf(present)), ...native.map(standingNative(present))];
  return {
    findings: withoutRepeats([
      ...found.flatMap(({ findings }) => findings),
      ...resources.flatMap((one) => (one.before && isEndpoint(one.type) ? removal(one, leadOf(one.before, recorded, comparisons)) : [])),
    ]),
    unjudged: withoutDoubles([
      ...paths.flatMap((path) => [
        ...unclearSources(path, byUrn),
        ...unclearSurroundings(path),
        ...unreadAround(aroundOf(path), byUrn),
        ...unreadTypesAround(path, resources),
      ]),
      ...unreadWays(resources, native),
      ...found.flatMap(({ path, findings }) => ofUnknownLead(path, findings)),
      ...unjoined(resources, standing, present),
      ...CLOUDS.flatMap((cloud) => (paths.some(({ after }) => cloud(after.endpoint.type)) ? looseAmong(resources, cloud) : [])),
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
const aroundOf = ({ before, after, recorded, declared }: JudgedPath): string[] => [
  ...new Set([
    ...[...after.saidBy, ...(before?.saidBy ?? [])],
    ...[...joinedTo(after.endpoint, declared), ...(before ? joinedTo(before.endpoint, recorded) : [])],
  ]),
];

/** Endpoints of types that are not read, such as those of aws-native: Neon's half tells that they are endpoints. */
const unreadWays = (resources: readonly ResourceChange[], ways: readonly Declared[]): Unjudged[] =>
  ways.length === 0 ? [] : unreadTypes(resources, anchorsOf(ways));

/** An endpoint of which nobody can tell whether it leads to the database: what opens it is a remark, and not judged. */
const ofUnknownLead = ({ after, lead }: JudgedPath, findings: readonly ChangeFinding[]): Unjudged[] =>
  lead.mayBeOurs === undefined || !findings.some(({ direction }) => direction === "opens")
    ? []
    : [{ urn: after.endpoint.urn, why: `the private endpoint ${after.endpoint.name} ${lead.mayBeOurs}` }];

const standsAndMayLead = ({ before, lead }: JudgedPath): boolean => before !== undefined && (lead.isOurs || lead.mayBeOurs !== undefined);

const standingOf =
  (present: readonly Declared[]) =>
  (path: JudgedPath): Standing => {
    const { endpoint, sources, foreign } = path.after;
    const around = new Set([...aroundOf(path), endpoint.urn]);
    const isKnown = !sources.unclear && foreign.size === 0;
    return {
      endpoint,
      around,
      present,
      prefixLists: isKnown ? sources.named : undefined,
      joined: joinedUnread(anchorsAround(path), present),
    };
  };

/** Of a type that is not read only what names it is known. */
const standingNative =
  (present: readonly Declared[]) =>
  (endpoint: Declared): Standing => ({
    ...{ endpoint, present, around: new Set([endpoint.urn]), prefixLists: undefined },
    joined: joinedUnread(anchorsOf([endpoint]), present),
  });

const joinedUnread = (anchors: Anchors, present: readonly Declared[]): Set<string> =>
  new Set(present.flatMap((one) => (isUnread(one) && isAnchored(one, anchors) ? [one.urn] : [])));

/** Around a new endpoint all is new; and nothing leads to the database by one that is not ours. */
function unreadTypesAround(path: JudgedPath, resources: readonly ResourceChange[]): Unjudged[] {
  return standsAndMayLead(path) ? unreadTypes(resources, anchorsAround(path)) : [];
}

function anchorsAround(path: JudgedPath): Anchors {
  const { before, after, recorded, declared } = path;
  const around = new Set(aroundOf(path));
  const names = [...(before?.sources.named ?? []), ...after.sources.named];
  return anchorsOf(
    [...recorded, ...declared].filter(({ urn }) => around.has(urn)),
    names,
  );
}

/** Rules whose order nobody can tell, and guards that the stack does not declare. */
function unclearSources({ before, after, lead, recorded }: JudgedPath, byUrn: ReadonlyMap<string, ResourceChange>): Unjudged[] {
  const { urn } = after.endpoint;
  // A new endpoint that something of Neon's lets in already, or that may be: what guards it matters from the start.
  const matters = before !== undefined || lead.mayBeOurs !== undefined || isNamedByNeon(after.endpoint, recorded);
  const foreign = [...after.foreign].filter((guard) => matters && before?.foreign.has(guard) !== true);
  const says = (urn: string) => {
    const one = byUrn.get(urn);
    return one !== undefined && saysAnew(one);
  };
  const isUnclear = after.sources.unclear && after.saidBy.some(says);
  return [
    ...(isUnclear ? [{ urn, why: "who may use the endpoint is known only after the update" }] : []),
    ...foreign.map((guard) => ({ urn, why: `who may use the endpoint is said by ${guard}, which the stack does not declare` })),
  ];
}

const withoutDoubles = (unjudged: readonly Unjudged[]): Unjudged[] => [
  ...new Map(unjudged.map((one) => [`${one.urn} ${one.why}`, one])).values(),
];

const pathsIn = (present: readonly Declared[]): PrivatePath[] => [...awsPaths(present), ...azurePaths(present)];
const moves = ({ op }: ResourceChange): boolean => op !== "same" && op !== "read";

/** Several endpoints with one group are opened by one rule: it is told once, of the gravest. */
function withoutRepeats(findings: readonly ChangeFinding[]): ChangeFinding[] {
  const first = new Map<string, ChangeFinding>();
  for (const finding of findings) {
    const key = [finding.rule, finding.urn, finding.before, finding.after].join(" ");
    if (first.get(key)?.severity !== "medium") first.set(key, finding);
  }
  return [...first.values()];
}

/** Who may use the endpoint then, and could not before; or that nobody may any more. */
function accessFindings({ before, after, lead, recorded, causeOf }: JudgedPath): ChangeFinding[] {
  const [had, has] = [before?.sources ?? NO_SOURCES, after.sources];
  const addresses = has.addresses.minus(had.addresses);
  const named = [...has.named].filter((name) => !had.named.has(name));
  const cause = causeOf([...after.saidBy, ...(before?.saidBy ?? [])]);
  if (cause === undefined) return [];
  const about = { urn: cause.urn, resource: refOf(cause), before: sourcesText(had), after: sourcesText(has) };
  if (addresses.isEmpty && named.length === 0) {
    if (!lead.isOurs || has.unclear || after.foreign.size > 0 || isNobody(had) || !isNobody(has)) return [];
    return [
      {
        ...{ ...about, rule: "private-path-closed", direction: "closes", severity: "medium" },
        addresses: addressesOf(AddressSet.nobody, had.addresses),
        says: `Nobody may use the private endpoint ${after.endpoint.name} any more${leadText(lead)}.`,
        remedy: "Keep a rule that lets the services that use the database in, or make sure that another way is meant.",
      },
    ];
  }
  // Of a new endpoint it is told where the database lets it in already.
  const leads = lead.isOurs && (before !== undefined || lead.databases.length > 0 || isNamedByNeon(after.endpoint, recorded));
  // Ids are not to be capitalised.
  const who = [...(addresses.isEmpty ? [] : [capitalised(setText(addresses))]), ...named].join(", ");
  return [
    {
      ...{ ...about, rule: "private-path-widened", direction: "opens", severity: leads ? "medium" : "low" },
      addresses: addressesOf(addresses, had.addresses.minus(has.addresses)),
      says: `${who} may then use the private endpoint ${after.endpoint.name}${leads ? leadText(lead) : ""}.`,
      remedy: "Let in only the networks of the services that use the database.",
    },
  ];
}

function removal(one: ResourceChange, lead: Lead): ChangeFinding[] {
  if ((one.after !== undefined && one.op !== "replace") || !lead.isOurs) return [];
  return [
    {
      ...{ urn: one.urn, resource: refOf(one), rule: "private-path-removed", direction: "closes", severity: "medium" },
      ...{ before: "exists", after: one.after ? "made anew" : "does not exist" },
      says: "Neon knows the private endpoint by its id: nobody connects through it any more, and a new one has another id.",
      remedy: "Assign and restrict to the new endpoint first, and remove this one afterwards.",
    },
  ];
}

const isNobody = ({ addresses, named }: Sources): boolean => addresses.isEmpty && named.size === 0;

function sourcesText({ addresses, named }: Sources): string {
  const texts = [...(addresses.isEmpty ? [] : [setText(addresses)]), ...named];
  return texts.length === 0 ? "nobody" : texts.join(", ");
}
