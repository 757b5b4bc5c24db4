import { join } from "node:path";
import { messageOf } from "@palisade/neon/contract/errors";
import type { PlaneLogLine } from "@palisade/neon/contract/plane";
import { sourceNetwork } from "./addresses.js";
import type { AccessLogEntry, SessionEnd } from "./backend.js";
import { Buckets, type Rate } from "./limits.js";
import { RotatedFile, type RotatedFileLimits } from "./rotatedFile.js";

export interface AccessLogLimits extends RotatedFileLimits {
  /** Refusals of one source (/24, /64) that are written out; the rest is counted. */
  readonly refusals: Rate;
  /** And of all sources together: nobody can push the admitted out of the file by knocking. */
  readonly allRefusals: Rate;
  /** How often the count is written; milliseconds. */
  readonly countMs: number;
}

/** At most 50 MB. A flood of refusals from everywhere writes some 2 kB a second: seven hours until it has moved everything else out. */
export const ACCESS_LOG_LIMITS: AccessLogLimits = {
  maxBytes: 10_000_000,
  files: 5,
  maxWaitingBytes: 1_000_000,
  refusals: { perSecond: 1, burst: 100 },
  allRefusals: { perSecond: 5, burst: 1_000 },
  countMs: 60_000,
};

/**
 * Who came, what was decided, and how each session ended: `access.jsonl`, one JSON object a line. It holds no secret, and neither a full disk
 * nor a flood touches a connection: what cannot be written is lost, which the plane's log says once until it works again.
 */
export class AccessLog {
  private readonly file: RotatedFile;
  private readonly refusals: Buckets;
  private readonly allRefusals: Buckets;
  private unwritten = { refusals: 0, lines: 0 };
  private countedAt = -Infinity;

  constructor(
    directory: string,
    private readonly log: (line: PlaneLogLine) => void,
    private readonly limits: AccessLogLimits = ACCESS_LOG_LIMITS,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.file = new RotatedFile(join(directory, "access.jsonl"), limits, (error) => {
      log({ level: "error", event: "access-log-failed", error: messageOf(error) });
    });
    this.refusals = new Buckets(limits.refusals, now);
    this.allRefusals = new Buckets(limits.allRefusals, now);
  }

  /** Whether it was within the budget of refusals: what is not is only counted, wherever else it would be told. */
  decided(entry: AccessLogEntry): boolean {
    const isTold = entry.decision !== "refused" || this.mayRefuse(entry.clientAddress);
    if (isTold) this.write({ event: entry.action, ...facts(entry), decision: entry.decision, reason: entry.reason });
    else this.unwritten.refusals++;
    this.count(this.limits.countMs);
    return isTold;
  }

  ended(entry: SessionEnd): void {
    const { durationMs, bytesFromClient, bytesToClient } = entry;
    this.write({
      event: "end",
      ...facts(entry),
      duration_ms: durationMs,
      bytes_from_client: bytesFromClient,
      bytes_to_client: bytesToClient,
    });
  }

  async close(): Promise<void> {
    await this.file.flush();
    this.count(0);
    await this.file.close();
  }

  private mayRefuse(address: string): boolean {
    return this.refusals.take(sourceNetwork(address)) && this.allRefusals.take("");
  }

  private count(everyMs: number): void {
    const { refusals, lines } = this.unwritten;
    if (refusals + lines === 0 || this.now() - this.countedAt < everyMs) return;
    if (!this.append({ event: "not-written", time: new Date().toISOString(), refusals, lines })) return;
    if (refusals > 0) this.log({ level: "warn", event: "refusals-not-shown", refusals });
    this.countedAt = this.now();
    this.unwritten = { refusals: 0, lines: 0 };
  }

  private write(line: object): void {
    if (!this.append(line)) this.unwritten.lines++;
  }

  private append(line: object): boolean {
    return this.file.append(`${plain(JSON.stringify(line))}\n`);
  }
}

/** Names come from strangers: `undefined` ones are left out, long ones cut. */
function facts(entry: Omit<AccessLogEntry, "action" | "decision">) {
  const { at, session, clientAddress, via, endpointId, branchId, projectId, role, database, applicationName } = entry;
  return {
    ...{ time: at, session, client_addr: clientAddress, via: cut(via) },
    ...{ endpoint: cut(endpointId), branch: branchId, project: projectId },
    ...{ role: cut(role), database: cut(database), application_name: cut(applicationName) },
  };
}

/** Twice what Postgres keeps of a name. */
const MAX_NAME_LENGTH = 126;
const cut = (name: string | undefined): string | undefined =>
  name !== undefined && name.length > MAX_NAME_LENGTH ? `${name.slice(0, MAX_NAME_LENGTH)}…` : name;

/** JSON escapes the controls of ASCII only; others move a terminal's cursor, turn text round or break lines in some viewers. */
const plain = (json: string): string =>
  json.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    character.replace(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`),
  );
