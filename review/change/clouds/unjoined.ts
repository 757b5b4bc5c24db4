import { isUnreadable } from "../../../provider/resources/settled.js";
import { endpointIdOf } from "../../../provider/resources/vpcEndpoint.js";
import type { Unjudged } from "../effects.js";
import type { Declared, ResourceChange } from "../model.js";
import { calledBy, isOfEndpoint, joiningIn, looseTo, namesOf, type Standing } from "./joins.js";
import { namesEndpoint } from "./leads.js";
import { mayOpen } from "./opens.js";
import { isOfNames, mayLeadHosts } from "./privateNames.js";
import { isEndpoint, isNeonHalf } from "./kinds.js";
import { isUnread } from "./unread.js";
import { looseIn, NEON_LINKS, READ_FIELDS, saysAnew } from "./unclear.js";

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
export function unjoined(resources: readonly ResourceChange[], standing: readonly Standing[], present: readonly Declared[]): Unjudged[] {
  const unseen = unseenWays(resources);
  if (standing.length === 0 && unseen.length === 0) return [];
  const held = standing.map((way) => ({ ...way, holders: holdersOf(way) }));
  return resources.flatMap((one) => {
    const { urn, type, name, after, before } = one;
    const side = after ?? before;
    if (side === undefined || isEndpoint(type)) return [];
    const why = whyNames(one, side, present) ?? (mayOpen(one) ? whyOpens(side, held, unseen, present) : undefined);
    return why === undefined ? [] : [{ urn, why: `${name} ${why}` }];
  });
}

function whyNames(one: ResourceChange, side: Declared, present: readonly Declared[]): string | undefined {
  // That a link goes is read.
  if (!isOfNames(one.type) || !saysAnew(one) || (one.after === undefined && one.type in READ_FIELDS)) return undefined;
  return mayLeadHosts(side, present)
    ? "decides where names lead inside a network, and may be about those of Neon's hosts: who connects by name may be led elsewhere. Give it a zone that this stack declares and names"
    : undefined;
}

function whyOpens(
  side: Declared,
  standing: readonly Held[],
  unseen: readonly UnseenWay[],
  present: readonly Declared[],
): string | undefined {
  if (!(side.type in READ_FIELDS) && !(isUnread(side) && joiningIn(side).length > 0)) return undefined;
  for (const way of standing) {
    // What cannot be read at all is told by itself.
    const isTold = way.around.has(side.urn) || way.joined.has(side.urn) || looseIn(side) !== undefined;
    if (cloudOf(way.endpoint.type) !== cloudOf(side.type) || isTold) continue;
    const loose = looseTo(side, way) ?? heldBy(side, way.holders);
    if (loose !== undefined)
      return `may be about the private endpoint ${way.endpoint.name}: ${loose}. Declare in this stack what it names, or read it there (.get)`;
  }
  const way = unseen.find(({ isOfCloud }) => isOfCloud(side.type));
  if (way === undefined || isOfEndpoint(side, present) || (standing.length > 0 && looseIn(side) !== undefined)) return undefined;
  const which =
    way.id === undefined ? "a private endpoint that is not told here" : `the private endpoint ${way.id}, which this stack does not declare`;
  return `may be about ${which} and ${way.half.name} lets in. Declare the endpoint in this stack, or read it there (.get)`;
}

/** By name, what is not read and is or may be joined to the endpoint: what else it names, it may join, too. */
const holdersOf = (way: Standing): Map<string, Declared> =>
  new Map(
    way.present
      .filter((other) => isUnread(other) && (way.joined.has(other.urn) || looseTo(other, way) !== undefined))
      .flatMap((other) => namesOf(other).map((name) => [name, other] as const)),
  );

function heldBy(side: Declared, holders: ReadonlyMap<string, Declared>): string | undefined {
  const holder = calledBy(side)
    .flatMap((name) => holders.get(name) ?? [])
    .find(({ urn }) => urn !== side.urn);
  return holder && `${holder.name} names it, of which nothing is read here`;
}

const cloudOf = (type: string): string => (type.startsWith("aws") ? "aws" : type.startsWith("azure") ? "azure" : "");

/** Of each half that names no endpoint of the stack. One that comes with this change is told by itself, as an endpoint that is assigned. */
function unseenWays(resources: readonly ResourceChange[]): UnseenWay[] {
  const sides = resources.flatMap(({ kind, before, after }) =>
    before ? [before] : after && kind === "VpcEndpointRestriction" ? [after] : [],
  );
  const present = resources.flatMap(({ before, after }) => [before, after].flatMap((side) => side ?? []));
  const endpoints = present.filter((one) => isEndpoint(one.type) || isUnread(one));
  const halves = sides.filter((one) => isNeonHalf(one));
  return halves.flatMap((half) => {
    if (endpoints.some((endpoint) => namesEndpoint(half, endpoint))) return [];
    // A restriction takes the id from the assignment, which tells by itself.
    if (half.kind === "VpcEndpointRestriction" && isOfAnother(half, halves)) return [];
    const told = endpointIdOf(half.inputs) ?? half.inputs["vpcEndpointId"];
    const id = typeof told === "string" && !isUnreadable(told) ? told : undefined;
    return [{ half, id, isOfCloud: cloudsOf(half, id) }];
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

function cloudsOf({ inputs }: Declared, id: string | undefined): (type: string) => boolean {
  const { regionId } = inputs;
  const region = typeof regionId === "string" && !isUnreadable(regionId) ? regionId.split("-")[0] : undefined;
  const cloud = region ?? (id === undefined ? undefined : id.startsWith("vpce-") ? "aws" : "azure");
  return (type) => cloud === undefined || cloudOf(type) === cloud;
}
