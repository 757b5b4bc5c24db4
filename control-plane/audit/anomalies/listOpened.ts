import { AddressSet, isNearlyEveryone, parseAllowlist } from "@palisade/neon/contract/ranges";
import type { AuditEvent, ChangeEvent } from "@palisade/neon/contract/wire/auditEvent";
import { BoundedMap } from "./boundedMap.js";
import { type Candidate, HOUR_MS, MAX_EVIDENCE, type Rule } from "./finding.js";

const MOST_PROJECTS = 1_024;
/** Of one project within an hour; the oldest is forgotten first. */
const MOST_OPENINGS = 16;

/** Who may try to log in over the public internet: at protected branches, and at the others. */
interface Reach {
  readonly protected: AddressSet;
  readonly others: AddressSet;
}

interface Opening {
  readonly at: number;
  readonly seq: number;
  readonly added: Reach;
}

/** A list of addresses that is opened, by whatever switch, and closed again within an hour: whoever looks afterwards sees nothing. */
export class ListOpened implements Rule {
  private readonly projects = new BoundedMap<string, readonly Opening[]>(MOST_PROJECTS);

  step(event: AuditEvent): readonly Candidate[] {
    if (event.type !== "change" || event.object.kind !== "project") return [];
    const [before, after] = [readReach(event.before), readReach(event.after)];
    if (before === undefined) return [];
    const at = Date.parse(event.at);
    const open = (this.projects.get(event.object.id) ?? []).filter((one) => at - one.at <= HOUR_MS);
    const closed = open.filter(({ added }) => after === undefined || !isWithin(added, after));
    const opened = after === undefined ? NOBODY : subtract(after, before);
    const next = isEmpty(opened) ? [] : [{ at, seq: event.seq, added: opened }];
    const left = [...open.filter((one) => !closed.includes(one)), ...next].slice(-MOST_OPENINGS);
    if (left.length === 0) this.projects.delete(event.object.id);
    else this.projects.set(event.object.id, left);
    return closed.length === 0 ? [] : [describe(event, at, closed)];
  }
}

function describe(event: ChangeEvent, at: number, closed: readonly Opening[]): Candidate {
  const isToEveryone = closed.some(({ added }) => [added.protected, added.others].some(isNearlyEveryone));
  const minutes = Math.ceil((at - Math.min(...closed.map((one) => one.at))) / 60_000);
  return {
    rule: "list-opened",
    severity: isToEveryone ? "high" : "medium",
    subject: `project ${event.object.id}`,
    size: 1,
    evidence: [...closed.map(({ seq }) => seq), event.seq].slice(-MAX_EVIDENCE),
    summary: `Project ${event.object.id} was open ${isToEveryone ? "to nearly everyone" : "to more addresses"} for ${minutes} minutes, and closed again`,
    project_id: event.object.id,
  };
}

const NOBODY: Reach = { protected: AddressSet.nobody, others: AddressSet.nobody };

/** Of a project as the plane keeps it; `undefined` where there is none. */
function readReach(document: Readonly<Record<string, unknown>> | undefined): Reach | undefined {
  if (document === undefined) return undefined;
  const { allowed_ips: list = {}, block_public_connections: isBlocked } = (document["settings"] ?? {}) as ListSettings;
  if (isBlocked === true) return NOBODY;
  const { set } = parseAllowlist(list.ips ?? []);
  return { protected: set, others: list.protected_branches_only === true ? AddressSet.everyone : set };
}

interface ListSettings {
  readonly allowed_ips?: { readonly ips?: readonly string[]; readonly protected_branches_only?: boolean };
  readonly block_public_connections?: boolean;
}

const subtract = (reach: Reach, other: Reach): Reach => ({
  protected: reach.protected.subtract(other.protected),
  others: reach.others.subtract(other.others),
});

const isEmpty = (reach: Reach): boolean => reach.protected.isEmpty && reach.others.isEmpty;

const isWithin = (reach: Reach, other: Reach): boolean => isEmpty(subtract(reach, other));
