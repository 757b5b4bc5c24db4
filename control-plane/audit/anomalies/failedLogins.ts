import type { AuditEvent, ConnectionEvent } from "@palisade/neon/contract/wire/auditEvent";
import { BoundedMap } from "./boundedMap.js";
import { FailureWindow, RecentSet } from "./failureWindow.js";
import { type Candidate, clipName, DAY_MS, HOUR_MS, MAX_EVIDENCE, MINUTE_MS, quoteName, type Rule } from "./finding.js";
import { getSource } from "./networks.js";

/** Failures of one source: so many within ten minutes, or so many within a day. Nobody mistypes so often. */
const BURST = 30;
const BURST_MS = 10 * MINUTE_MS;
const DAILY = 150;
/** Roles that one source tries: within ten minutes, within a day. One that it then gets into by the right password does not count. */
const ROLES_AT_ONCE = 6;
const ROLES_DAILY = 12;
/** Sources that try one role within a day; and sources that fail at anything at all. */
const SOURCES_DAILY = 10;
const ALL_SOURCES_DAILY = 60;
/** Of one set: a finding may grow tenfold. */
const MOST_COUNTED = 128;
const MOST_COUNTED_OF_ALL = 1_024;
const MOST_SOURCES = 1_024;
const MOST_ROLES = 1_024;
/** Refusals that the plane counted and did not write one by one: behind so many anything may have been tried. */
const UNWRITTEN = 100;

/** As the proxy says it. */
const WRONG_PASSWORD = "password-failed";

interface SourceFailures {
  readonly window: FailureWindow;
  readonly roles: RecentSet;
}

/**
 * Guessed passwords: many at one source, one source at many roles, many sources at one role, or at all roles together. Who changes sources and
 * names of roles fast enough to push others out of what is kept is seen by the last, which keeps one set alone, and by the refusals that the plane
 * only counted.
 */
export class FailedLogins implements Rule {
  private readonly sources = new BoundedMap<string, SourceFailures>(MOST_SOURCES);
  private readonly roles = new BoundedMap<string, RecentSet>(MOST_ROLES);
  private readonly allSources = new RecentSet(MOST_COUNTED_OF_ALL);

  /** How many sources or roles are kept, whichever is more. */
  get size(): number {
    return Math.max(this.sources.size, this.roles.size);
  }

  step(event: AuditEvent): readonly Candidate[] {
    if (event.type === "refusals-counted" && event.refusals >= UNWRITTEN)
      return [
        {
          rule: "refusal-flood",
          severity: "medium",
          subject: "stream",
          size: event.refusals,
          evidence: [event.seq],
          summary: `${event.refusals} refused connections since ${event.since} were too many to be written one by one`,
        },
      ];
    if (event.type !== "connection" || event.action !== "connect") return [];
    if (event.decision === "admitted") return this.recordAdmission(event);
    return event.reason === WRONG_PASSWORD ? this.recordFailure(event) : [];
  }

  private recordFailure(event: ConnectionEvent): readonly Candidate[] {
    const { seq, project_id = "" } = event;
    const role = clipName(event.role);
    const [at, source] = [Date.parse(event.at), getSource(event)];
    const name = formatRole(event);
    const known = this.sources.touch(source, () => ({ window: new FailureWindow(BURST), roles: new RecentSet(MOST_COUNTED) }));
    known.window.add(at, seq);
    known.roles.add(name, at, seq);
    const sources = this.roles.touch(name, () => new RecentSet(MOST_COUNTED));
    sources.add(source, at, seq);
    this.allSources.add(source, at, seq);
    return [
      ...judgeSource(source, known, at),
      ...judgeSpraying(source, known, at),
      ...judgeRole(sources, at, { role, project_id }),
      ...this.judgeAll(at),
    ];
  }

  /** The right password takes the role's own failures away, and no others: whoever has one password does not wash the rest. */
  private recordAdmission(event: ConnectionEvent): readonly Candidate[] {
    const [at, source] = [Date.parse(event.at), getSource(event)];
    const known = this.sources.get(source);
    if (known === undefined) return [];
    const found = judgeEntry(source, known, at, event);
    known.roles.delete(formatRole(event));
    this.roles.get(formatRole(event))?.delete(source);
    return found;
  }

  private judgeAll(at: number): readonly Candidate[] {
    const size = this.allSources.count(at, DAY_MS);
    if (size < ALL_SOURCES_DAILY) return [];
    const summary = `Passwords are tried from everywhere: ${size} networks failed within a day`;
    return [{ rule: "password-spraying", severity: "high", subject: "stream", size, evidence: this.allSources.evidence, summary }];
  }
}

function judgeSource(source: string, { window }: SourceFailures, at: number): readonly Candidate[] {
  const size = window.count(at);
  if (!window.isBurst(at, BURST_MS) && size < DAILY) return [];
  const summary = `${size} logins from ${source} failed for wrong passwords within a day`;
  return [{ rule: "failed-logins", severity: "medium", subject: source, size, evidence: window.evidence, summary }];
}

function judgeSpraying(source: string, { roles }: SourceFailures, at: number): readonly Candidate[] {
  const size = roles.count(at, DAY_MS);
  if (roles.count(at, BURST_MS) < ROLES_AT_ONCE && size < ROLES_DAILY) return [];
  const summary = `${source} tries passwords at ${size} roles`;
  return [{ rule: "password-spraying", severity: "high", subject: source, size, evidence: roles.evidence, summary }];
}

function judgeRole(sources: RecentSet, at: number, { role, project_id }: { role: string; project_id: string }): readonly Candidate[] {
  const size = sources.count(at, DAY_MS);
  if (size < SOURCES_DAILY) return [];
  const summary = `Passwords of role ${quoteName(role)} are tried from ${size} networks within a day`;
  const subject = `${project_id}/${role}`;
  return [{ rule: "password-spraying", severity: "high", subject, size, evidence: sources.evidence, summary, project_id, role }];
}

/** An admission where so many failed before it: one of the guesses may have been right. */
function judgeEntry(source: string, { window, roles }: SourceFailures, at: number, event: ConnectionEvent): readonly Candidate[] {
  const isGuessing = window.isBurst(at, HOUR_MS) || window.count(at) >= DAILY || roles.count(at, DAY_MS) >= ROLES_DAILY;
  if (!isGuessing) return [];
  const { project_id = "", branch_id } = event;
  const role = clipName(event.role);
  return [
    {
      rule: "failed-logins",
      severity: "high",
      subject: `${source} into ${project_id}/${role}`,
      size: 1,
      evidence: [...window.evidence, event.seq].slice(-MAX_EVIDENCE),
      summary: `${source} got in as ${quoteName(role)} after ${window.count(at)} wrong passwords within a day`,
      project_id,
      role,
      ...(branch_id !== undefined && { branch_id }),
    },
  ];
}

const formatRole = ({ project_id = "", role }: ConnectionEvent): string => `${project_id}/${clipName(role)}`;
