import { join } from "node:path";
import { formatErrorMessage } from "@palisade/neon/contract/errors";
import type { PlaneLogLine } from "@palisade/neon/contract/plane";
import { computeSourceNetwork } from "./addresses.js";
import type { AccessLogEntry, SessionEnd } from "./backend.js";
import { LeakyBuckets, type Rate } from "./limits.js";
import { RotatedFile, type RotatedFileLimits } from "./rotatedFile.js";
import { truncateName } from "./truncateName.js";

export interface AccessLogLimits extends RotatedFileLimits {
  /** Refusals of one source (/24, /64) that are written out; the rest is counted. */
  readonly refusals: Rate;
  /** And of all sources together: no flood of refusals can displace the admitted from the file. */
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
  private readonly refusals: LeakyBuckets;
  private readonly allRefusals: LeakyBuckets;
  private unwritten = { refusals: 0, lines: 0 };
  private countedAt = -Infinity;

  constructor(
    directory: string,
    private readonly log: (line: PlaneLogLine) => void,
    private readonly limits: AccessLogLimits = ACCESS_LOG_LIMITS,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.file = new RotatedFile(join(directory, "access.jsonl"), limits, (error) => {
      log({ level: "error", event: "access-log-failed", error: formatErrorMessage(error) });
    });
    this.refusals = new LeakyBuckets(limits.refusals, now);
    this.allRefusals = new LeakyBuckets(limits.allRefusals, now);
  }

  /** Whether it was within the budget of refusals: what is not is only counted, wherever else it would be told. */
  logDecision(entry: AccessLogEntry): boolean {
    const isTold = entry.decision !== "refused" || this.takeRefusalBudget(entry.clientAddress);
    if (isTold) this.write({ event: entry.action, ...toLogFields(entry), decision: entry.decision, reason: entry.reason });
    else this.unwritten.refusals++;
    this.writeCount(this.limits.countMs);
    return isTold;
  }

  logEnd(entry: SessionEnd): void {
    const { durationMs, bytesFromClient, bytesToClient } = entry;
    this.write({
      event: "end",
      ...toLogFields(entry),
      duration_ms: durationMs,
      bytes_from_client: bytesFromClient,
      bytes_to_client: bytesToClient,
    });
  }

  async close(): Promise<void> {
    await this.file.flush();
    this.writeCount(0);
    await this.file.close();
  }

  private takeRefusalBudget(address: string): boolean {
    return this.refusals.take(computeSourceNetwork(address)) && this.allRefusals.take("");
  }

  private writeCount(everyMs: number): void {
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
    return this.file.append(`${escapeControls(JSON.stringify(line))}\n`);
  }
}

/** Names come from unauthenticated clients: `undefined` ones are left out, long ones cut. */
function toLogFields(entry: Omit<AccessLogEntry, "action" | "decision">) {
  const { at, session, clientAddress, via, endpointId, branchId, projectId, role, database, applicationName } = entry;
  return {
    time: at,
    session,
    client_addr: clientAddress,
    via: truncateName(via),
    endpoint: truncateKnown(endpointId),
    branch: branchId,
    project: projectId,
    role: truncateKnown(role),
    database: truncateKnown(database),
    application_name: truncateKnown(applicationName),
  };
}

const truncateKnown = (name: string | undefined): string | undefined => (name === undefined ? undefined : truncateName(name));

/** JSON escapes the controls of ASCII only; others move a terminal's cursor, turn text round or break lines in some viewers. */
const escapeControls = (json: string): string =>
  json.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    character.replace(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`),
  );
