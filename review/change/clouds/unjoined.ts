import { isUnreadable, findEndpointId } from "../../../provider/introspection.js";
import type { UnjudgedPart } from "../effects.js";
import type { Declared, ResourceChange } from "../change.js";
import { listOwnNames, isOfEndpoint, listJoiningProperties, findLooseJoin, listNames, type Standing } from "./joins.js";
import { isNamingEndpoint } from "./endpointTarget.js";
import { mayOpen } from "./opens.js";
import { isOfNames, mayLeadHosts } from "./privateNames.js";
import { isEndpoint, isNeonHalf } from "./kinds.js";
import { isUnreadType } from "./unreadTypes.js";
import { findUnresolvedLink, NEON_LINKS, READ_FIELDS, isMeaningfullyChanged } from "./readFields.js";

/**
 * What opens some private way, or leads away from it, and nobody can tell from this stack whether that is the database's: it is said not to be judged.
 * What is surely joined with something else stays quiet, as does a stack that has nothing private of Neon's.
 */

/** A private endpoint that Neon's half lets in, and that the stack does not declare. */
interface UnseenWay {
  readonly half: Declared;
  /** undefined where the half does not tell. */
  readonly id: string | undefined;
  readonly isOfCloud: (type: string) => boolean;
}

interface Held extends Standing {
  readonly holders: ReadonlyMap<string, Declared>;
}

/** @param standing endpoints that stand before and after, and lead to the database or may */
export function listUnjoined(
  resources: readonly ResourceChange[],
  standing: readonly Standing[],
  present: readonly Declared[],
): UnjudgedPart[] {
  const unseen = listUnseenWays(resources);
  if (standing.length === 0 && unseen.length === 0) return [];
  const held = standing.map((way) => ({ ...way, holders: collectHolders(way) }));
  return resources.flatMap((one) => {
    const { urn, type, name, after, before } = one;
    const side = after ?? before;
    if (side === undefined || isEndpoint(type)) return [];
    const why = explainNames(one, side, present) ?? (mayOpen(one) ? explainOpening(side, held, unseen, present) : undefined);
    return why === undefined ? [] : [{ urn, why: `${name} ${why}` }];
  });
}

function explainNames(one: ResourceChange, side: Declared, present: readonly Declared[]): string | undefined {
  // That a link goes is read.
  if (!isOfNames(one.type) || !isMeaningfullyChanged(one) || (one.after === undefined && one.type in READ_FIELDS)) return undefined;
  return mayLeadHosts(side, present)
    ? "decides where names lead inside a network, and may be about those of Neon's hosts: who connects by name may be led elsewhere. Give it a zone that this stack declares and names"
    : undefined;
}

function explainOpening(
  side: Declared,
  standing: readonly Held[],
  unseen: readonly UnseenWay[],
  present: readonly Declared[],
): string | undefined {
  if (!(side.type in READ_FIELDS) && !(isUnreadType(side) && listJoiningProperties(side).length > 0)) return undefined;
  for (const way of standing) {
    // What cannot be read at all is told by itself.
    const isTold = way.around.has(side.urn) || way.joined.has(side.urn) || findUnresolvedLink(side) !== undefined;
    if (getCloud(way.endpoint.type) !== getCloud(side.type) || isTold) continue;
    const loose = findLooseJoin(side, way) ?? explainHolder(side, way.holders);
    if (loose !== undefined)
      return `may be about the private endpoint ${way.endpoint.name}: ${loose}. Declare in this stack what it names, or read it there (.get)`;
  }
  const way = unseen.find(({ isOfCloud }) => isOfCloud(side.type));
  if (way === undefined || isOfEndpoint(side, present) || (standing.length > 0 && findUnresolvedLink(side) !== undefined)) return undefined;
  const which =
    way.id === undefined ? "a private endpoint that is not told here" : `the private endpoint ${way.id}, which this stack does not declare`;
  return `may be about ${which} and ${way.half.name} lets in. Declare the endpoint in this stack, or read it there (.get)`;
}

/** By name, what is not read and is or may be joined to the endpoint: what else it names, it may join, too. */
const collectHolders = (way: Standing): Map<string, Declared> =>
  new Map(
    way.present
      .filter((other) => isUnreadType(other) && (way.joined.has(other.urn) || findLooseJoin(other, way) !== undefined))
      .flatMap((other) => listNames(other).map((name) => [name, other] as const)),
  );

function explainHolder(side: Declared, holders: ReadonlyMap<string, Declared>): string | undefined {
  const holder = listOwnNames(side)
    .flatMap((name) => holders.get(name) ?? [])
    .find(({ urn }) => urn !== side.urn);
  return holder && `${holder.name} names it, of which nothing is read here`;
}

const getCloud = (type: string): string => (type.startsWith("aws") ? "aws" : type.startsWith("azure") ? "azure" : "");

/** Of each half that names no endpoint of the stack. One that comes with this change is told by itself, as an endpoint that is assigned. */
function listUnseenWays(resources: readonly ResourceChange[]): UnseenWay[] {
  const sides = resources.flatMap(({ kind, before, after }) =>
    before ? [before] : after && kind === "VpcEndpointRestriction" ? [after] : [],
  );
  const present = resources.flatMap(({ before, after }) => [before, after].flatMap((side) => side ?? []));
  const endpoints = present.filter((one) => isEndpoint(one.type) || isUnreadType(one));
  const halves = sides.filter((one) => isNeonHalf(one));
  return halves.flatMap((half) => {
    if (endpoints.some((endpoint) => isNamingEndpoint(half, endpoint))) return [];
    // A restriction takes the id from the assignment, which tells by itself.
    if (half.kind === "VpcEndpointRestriction" && isOfAnother(half, halves)) return [];
    const told = findEndpointId(half.inputs) ?? half.inputs["vpcEndpointId"];
    const id = typeof told === "string" && !isUnreadable(told) ? told : undefined;
    return [{ half, id, isOfCloud: buildCloudFilter(half, id) }];
  });
}

const isOfAnother = (restriction: Declared, halves: readonly Declared[]): boolean =>
  halves.some(
    (other) =>
      other.kind === "PrivateEndpoint" &&
      ((restriction.origins["vpcEndpointId"] ?? []).includes(other.urn) ||
        (NEON_LINKS["PrivateEndpoint"] ?? []).some(
          (property) =>
            !isUnreadable(other.inputs[property]) &&
            other.inputs[property] === restriction.inputs["vpcEndpointId"] &&
            other.inputs[property] !== undefined,
        )),
  );

function buildCloudFilter({ inputs }: Declared, id: string | undefined): (type: string) => boolean {
  const { regionId } = inputs;
  const region = typeof regionId === "string" && !isUnreadable(regionId) ? regionId.split("-")[0] : undefined;
  const cloud = region ?? (id === undefined ? undefined : id.startsWith("vpce-") ? "aws" : "azure");
  return (type) => cloud === undefined || getCloud(type) === cloud;
}
