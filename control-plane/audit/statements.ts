import { StatementReader } from "../proxy/statementReader.js";
import type { TemporarySession } from "../proxy/backend.js";
import { LeakyBuckets, type Rate } from "../proxy/limits.js";
import { findOpenAccess } from "../services/temporaryAccess.js";
import type { AuditTrail, AuditTrailOptions } from "./auditTrail.js";
import { AUDIT_BOUNDS } from "./chain.js";
import { loadNormalizer, type NormalizeStatement } from "./normalizeStatement.js";

/** Takes what a client sends, piece by piece; false where it may not be run, since it is not recorded. */
export type StatementTap = (bytes: Buffer) => boolean;

/** What one access may put into the audit, in bytes of its rows: an eighth of what is kept of a stream, whose rows of others it would push out. */
const MOST_BYTES = AUDIT_BOUNDS.bytes / 8;
/** Of a row, besides what it tells: its place in the stream. */
const ROW_BYTES = 128;
/** Rows of all such sessions together: fewer than may wait, so that none is lost, and no row of anybody else. */
const ROWS: Rate = { perSecond: 2_000, burst: 20_000 };
/** Of each text that is read, in pieces of 64 bytes for each access: 16 KiB take up to 80 ms (measured) of the event loop in which the plane does everything. */
const TEXT: Rate = { perSecond: 512, burst: 4_096 };
const PIECE_BYTES = 64;

/**
 * Writes rows of type `statement` for sessions of temporary roles, and looks at no byte of any other. What is not recorded is not run: a session
 * that has used up its bounds is over.
 */
export class StatementRecorder {
  private normalizer: Promise<NormalizeStatement | undefined> | undefined;
  /** By the number of the approval. */
  private readonly written = new Map<string, number>();
  private readonly rows = new LeakyBuckets(ROWS);
  private readonly texts = new LeakyBuckets(TEXT);

  constructor(
    private readonly options: Pick<AuditTrailOptions, "store" | "clock" | "log">,
    private readonly trail: Pick<AuditTrail, "append">,
  ) {}

  /** Awaited before the session begins, so that no statement of it is missed. */
  async open({ session, branchId, projectId, role }: TemporarySession): Promise<StatementTap | undefined> {
    const { store, clock } = this.options;
    const found = store.transact((tx) => {
      const access = findOpenAccess(tx, branchId, role);
      return access && { nonce: access.nonce, stream: tx.get("project", projectId)?.org_id ?? null };
    });
    if (found === undefined) return undefined;
    const { nonce, stream } = found;
    const normalize = await (this.normalizer ??= this.load());
    let isWithin = true;
    const reader = new StatementReader(({ bytes, length }) => {
      if (!isWithin) return;
      isWithin = this.rows.take("") && (this.written.get(nonce) ?? 0) < MOST_BYTES;
      if (!isWithin) {
        this.options.log({ level: "warn", event: "statements-beyond-bounds", branchId, role, message: "its session was ended" });
        return;
      }
      const statement = bytes && this.mayRead(nonce, bytes) ? normalize?.(bytes) : undefined;
      const event = {
        type: "statement" as const,
        at: new Date(clock.now()).toISOString(),
        project_id: projectId,
        session,
        branch_id: branchId,
        role,
        ...(statement !== undefined && { statement }),
        length,
      };
      this.written.set(nonce, (this.written.get(nonce) ?? 0) + JSON.stringify(event).length + ROW_BYTES);
      this.trail.append(stream, event);
    });
    return (chunk) => {
      reader.push(chunk);
      return isWithin;
    };
  }

  private mayRead(nonce: string, { length }: Buffer): boolean {
    for (let read = 0; read < length; read += PIECE_BYTES) if (!this.texts.take(nonce)) return false;
    return true;
  }

  private async load(): Promise<NormalizeStatement | undefined> {
    const found = await loadNormalizer();
    if (found === undefined)
      this.options.log({
        level: "warn",
        event: "statements-not-normalised",
        message: "statements of temporary access are recorded as their length only: npm install @libpg-query/parser",
      });
    return found;
  }
}
