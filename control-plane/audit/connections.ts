import { omitUndefined } from "@palisade/neon/contract/values";
import { computeSourceNetwork } from "../proxy/addresses.js";
import type { AccessLogEntry, SessionEnd } from "../proxy/backend.js";
import { LeakyBuckets, type Rate } from "../proxy/limits.js";
import { truncateName } from "../proxy/truncateName.js";
import type { NewAuditEvent, Stream } from "./chain.js";

/** A row that has no place yet. */
export interface PendingRow {
  readonly stream: Stream;
  readonly event: NewAuditEvent;
}

export interface RefusalLimits {
  /** Of one source (/24, /64) in one stream. */
  readonly source: Rate;
  /** Of all sources together in one stream. */
  readonly stream: Rate;
  /** How often the rest is counted in a row of its own, at most; milliseconds. */
  readonly countMs: number;
}

/**
 * A flood that never ends writes some 150 MB a year into a stream, rows and counts together: less than a stream keeps, so that who has no
 * password moves nobody's rows out.
 */
export const REFUSAL_LIMITS: RefusalLimits = {
  source: { perSecond: 1 / 60, burst: 100 },
  stream: { perSecond: 1 / 300, burst: 500 },
  countMs: 60_000,
};

/** Sessions whose stream is remembered; the end of an older one goes to whoever has the project then. */
const MAX_SESSIONS = 50_000;

interface RefusalCount {
  refusals: number;
  since: string;
  at: string;
}

/** Makes rows of what the proxy decides: whose stream, and what of a flood. A compute that does not exist is nobody's: the plane's own stream. */
export class ConnectionRows {
  /** Of admitted sessions: their end goes where their beginning went, whoever has the project by then. */
  private readonly streams = new Map<string, Stream>();
  private readonly sources: LeakyBuckets;
  private readonly all: LeakyBuckets;
  private readonly uncounted = new Map<Stream, RefusalCount>();
  private countedAt = -Infinity;

  constructor(
    private readonly findOrganization: (projectId: string) => string | undefined,
    private readonly limits: RefusalLimits = REFUSAL_LIMITS,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.sources = new LeakyBuckets(limits.source, now);
    this.all = new LeakyBuckets(limits.stream, now);
  }

  /** @returns nothing for a refusal beyond the budget, which is counted */
  decide(entry: AccessLogEntry): PendingRow | undefined {
    const stream = this.findStream(entry);
    if (entry.decision === "refused" && !this.takeBudget(stream, entry.clientAddress)) {
      const count = this.uncounted.get(stream) ?? { refusals: 0, since: entry.at, at: entry.at };
      this.uncounted.set(stream, { ...count, refusals: count.refusals + 1, at: entry.at });
      return undefined;
    }
    if (entry.decision === "admitted" && entry.action === "connect") this.rememberStream(entry.session, stream);
    return { stream, event: toConnectionEvent(entry) };
  }

  end(entry: SessionEnd): PendingRow {
    const stream = this.streams.get(entry.session) ?? this.findStream(entry);
    this.streams.delete(entry.session);
    const { at, projectId, session, durationMs, bytesFromClient, bytesToClient } = entry;
    const measured = { session, duration_ms: durationMs, bytes_from_client: bytesFromClient, bytes_to_client: bytesToClient };
    return { stream, event: { type: "connection-end", at, ...omitUndefined({ project_id: projectId }), ...measured } };
  }

  /** The refusals beyond the budgets, once it is time, or `now`. */
  takeCounts(when: "due" | "now"): PendingRow[] {
    if (this.uncounted.size === 0 || (when === "due" && this.now() - this.countedAt < this.limits.countMs)) return [];
    this.countedAt = this.now();
    const rows = [...this.uncounted].map(([stream, count]): PendingRow => ({ stream, event: { type: "refusals-counted", ...count } }));
    this.uncounted.clear();
    return rows;
  }

  private rememberStream(session: string, stream: Stream): void {
    this.streams.set(session, stream);
    const [oldest] = this.streams.keys();
    if (this.streams.size > MAX_SESSIONS && oldest !== undefined) this.streams.delete(oldest);
  }

  private findStream({ projectId }: Pick<AccessLogEntry, "projectId">): Stream {
    return (projectId === undefined ? undefined : this.findOrganization(projectId)) ?? null;
  }

  private takeBudget(stream: Stream, address: string): boolean {
    return this.sources.take(`${stream ?? ""} ${computeSourceNetwork(address)}`) && this.all.take(stream ?? "");
  }
}

/** Names come from unauthenticated clients: long ones are cut. What Postgres said, and what a client sent besides, is left out. */
function toConnectionEvent(entry: AccessLogEntry): NewAuditEvent {
  const { at, action, decision, reason, session, clientAddress, via, endpointId, branchId, projectId, role, database } = entry;
  return {
    type: "connection",
    at,
    action,
    decision,
    session,
    address: clientAddress,
    via: truncateName(via),
    ...omitUndefined({
      project_id: projectId,
      reason,
      endpoint_id: endpointId && truncateName(endpointId),
      branch_id: branchId,
      role: role && truncateName(role),
      database: database && truncateName(database),
      application_name: entry.applicationName && truncateName(entry.applicationName),
    }),
  };
}
