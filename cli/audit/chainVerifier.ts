import { createHash } from "node:crypto";
import { buildDigestText, buildPointText, GENESIS_DIGEST } from "../../contract/auditChain.js";
import type { AuditPoint, AuditRow } from "../../contract/wire/audit.js";
import { findSignatureFault } from "../planeSignature.js";

/** What does not hold together. `seq`: of the row where it was met. */
export interface ChainFinding {
  readonly rule: "missing" | "order" | "changed" | "unreadable" | "checkpoint" | "head";
  readonly seq: number | null;
  readonly message: string;
}

/** A head that was kept elsewhere; the digest alone names no row. */
export type KeptHead = Pick<AuditPoint, "digest"> & Partial<AuditPoint>;

export interface ChainReport {
  readonly org_id: string | null;
  readonly rows: number;
  /** Of them, exported rows in which something was left out or replaced: their digest is the one they state, and proves the row behind them. */
  readonly redacted: number;
  readonly first: number | null;
  readonly last: { readonly seq: number; readonly digest: string } | null;
  readonly checkpoint: AuditPoint | null;
  readonly findings: readonly ChainFinding[];
  /** Whether nothing is missing and nothing was changed, up to `proved_until`. */
  readonly proved: boolean;
  /** The row that a head kept elsewhere is of: everything up to it is as it was then. */
  readonly proved_until: number | null;
  /** Why it is not proved, besides findings. */
  readonly unproved: readonly string[];
}

export interface VerifierOptions {
  /** An export that is sent at least once has rows twice, and may begin anywhere; the plane's own answer does neither. */
  readonly source: "plane" | "file";
}

/** Verifies the rows of one stream, given one after another. */
export class ChainVerifier {
  private readonly findings: ChainFinding[] = [];
  private readonly unproved: string[] = [];
  /** Of the rows that are there, by their place: a file may claim any place, however far from the one before. */
  private readonly digests = new Map<number, string>();
  private first: number | undefined;
  private last = 0;
  private redacted = 0;
  private checkpoint: AuditPoint | undefined;

  constructor(
    private readonly stream: string | null,
    private readonly options: VerifierOptions,
  ) {}

  /** What the first row follows. One that comes later is compared with the row that it is of. */
  addCheckpoint(point: AuditPoint): void {
    const fault = this.findPointFault(point, "audit-checkpoint");
    if (fault !== undefined) this.report("checkpoint", point.seq, `the checkpoint at row ${point.seq} is forged: ${fault}`);
    else if (this.first === undefined) this.checkpoint = point;
    else if (this.findDigest(point.seq) !== point.digest)
      this.report("checkpoint", point.seq, `the checkpoint at row ${point.seq} is not of the row that is there`);
  }

  add(row: AuditRow): void {
    const { seq, digest } = row;
    const expected = this.getNext();
    if (row["version"] !== 1) this.report("unreadable", seq, `row ${seq} is of a version that this program does not know`);
    else if ((row["org_id"] ?? null) !== this.stream) this.report("order", seq, `row ${seq} is of another stream`);
    else if (!Number.isSafeInteger(seq) || seq < 1) this.report("order", null, `a row has the place ${seq}`);
    else if (isNestedDeeply(row)) this.report("unreadable", seq, `row ${seq} is nested deeper than any row of a plane`);
    else if (seq < expected) this.addAgain(row);
    else if (seq > expected) this.addAfterGap(row, expected);
    else {
      const previous = this.findDigest(seq - 1) ?? GENESIS_DIGEST;
      if (!this.isRedacted(row) && computeDigest(previous, row) !== digest)
        this.report("changed", seq, `row ${seq} does not follow from the row before it: one of the two was changed`);
      this.keep(row);
    }
  }

  addUnreadable(line: number): void {
    this.report("unreadable", null, `line ${line} is no row`);
  }

  /** Whether a row has it, or the checkpoint. */
  hasDigest(digest: string): boolean {
    return this.findPlace(digest) !== undefined || this.checkpoint?.digest === digest;
  }

  /** @param told the head that the plane told before its rows were read */
  finish(kept: KeptHead | undefined, told?: AuditPoint): ChainReport {
    if (told) this.compareTold(told);
    if (kept?.fingerprint !== undefined) this.compareKeys(kept.fingerprint, [told, this.checkpoint]);
    const provedUntil = kept && this.findKept(kept);
    if (!kept) this.unproved.push("no head was kept elsewhere: whoever owns the machine can cut the end, or write everything anew");
    const last = this.getNext() - 1;
    return {
      org_id: this.stream,
      rows: this.digests.size,
      redacted: this.redacted,
      first: this.first ?? null,
      last: last === 0 ? null : { seq: last, digest: this.findDigest(last) ?? "" },
      checkpoint: this.checkpoint ?? null,
      findings: this.findings,
      proved: this.findings.length === 0 && this.unproved.length === 0 && provedUntil !== undefined,
      proved_until: this.findings.length === 0 ? (provedUntil ?? null) : null,
      unproved: this.unproved,
    };
  }

  private addAgain(row: AuditRow): void {
    const previous = this.findDigest(row.seq - 1) ?? (row.seq === 1 ? GENESIS_DIGEST : undefined);
    const isSame =
      this.findDigest(row.seq) === row.digest &&
      (previous === undefined || this.isRedacted(row) || computeDigest(previous, row) === row.digest);
    if (this.options.source === "file" && isSame && row.seq >= (this.first ?? 0)) return;
    this.report("order", row.seq, `row ${row.seq} comes again, or too late`);
  }

  private addAfterGap(row: AuditRow, expected: number): void {
    const { seq } = row;
    const missing = seq - 1 === expected ? `row ${expected} is` : `rows ${expected} to ${seq - 1} are`;
    if (this.first !== undefined || this.checkpoint !== undefined || this.options.source === "plane")
      this.report("missing", seq, `${missing} missing`);
    else this.unproved.push(`the file begins with row ${seq}: nothing tells what was before it, or whether this row is as it was`);
    this.keep(row);
  }

  /** An export says so of a row that is not as the plane has it; the plane says it of none. */
  private isRedacted(row: AuditRow): boolean {
    const { redacted } = row;
    return this.options.source === "file" && Array.isArray(redacted) && redacted.length > 0;
  }

  private keep(row: AuditRow): void {
    const { seq, digest } = row;
    if (this.isRedacted(row)) this.redacted += 1;
    this.first ??= seq;
    this.last = seq;
    this.digests.set(seq, digest);
  }

  private getNext(): number {
    return (this.first === undefined ? (this.checkpoint?.seq ?? 0) : this.last) + 1;
  }

  private findDigest(seq: number): string | undefined {
    if (this.first !== undefined && seq >= this.first) return this.digests.get(seq);
    return seq === this.checkpoint?.seq ? this.checkpoint.digest : undefined;
  }

  private findPlace(digest: string): number | undefined {
    for (const [seq, each] of this.digests) if (each === digest) return seq;
    return undefined;
  }

  private findPointFault(point: AuditPoint, type: AuditPoint["type"]): string | undefined {
    if (point.type !== type) return `it is of the type ${point.type}`;
    if (point.org_id !== this.stream) return "it is of another stream";
    return findSignatureFault(buildPointText(point), point);
  }

  private compareTold(told: AuditPoint): void {
    const fault = this.findPointFault(told, "audit-head");
    if (fault !== undefined) this.report("head", told.seq, `the head that the plane tells is not valid: ${fault}`);
    else if (told.seq > 0 && this.findDigest(told.seq) !== told.digest)
      this.report("head", told.seq, `the plane tells a head at row ${told.seq} that its rows do not have`);
    this.compareKeys(told.fingerprint, [this.checkpoint]);
  }

  private compareKeys(fingerprint: string, points: readonly (AuditPoint | undefined)[]): void {
    for (const point of points)
      if (point !== undefined && point.fingerprint !== fingerprint)
        this.report(
          "checkpoint",
          point.seq,
          `what is signed at row ${point.seq} is of the key ${point.fingerprint}, not of ${fingerprint}`,
        );
  }

  /** @returns the row that the kept head is of, where it is there as it was */
  private findKept(kept: KeptHead): number | undefined {
    const last = this.getNext() - 1;
    const earliest = this.checkpoint?.seq ?? (this.first ?? 1) - 1;
    if (kept.seq === undefined) return this.findKeptDigest(kept.digest, earliest);
    const { seq, digest } = kept;
    if (seq > last) {
      this.report("missing", seq, `rows ${last + 1} to ${seq} are missing: the head that was kept is of row ${seq}`);
    } else if (seq < earliest) {
      this.unproved.push(`the head that was kept is of row ${seq}, which is no longer there: keep newer ones`);
    } else if (seq === 0 ? digest === GENESIS_DIGEST : this.findDigest(seq) === digest) return seq;
    else if (seq === earliest && this.findDigest(seq) === undefined)
      this.unproved.push(`the head that was kept is of row ${seq}, which is not in the file`);
    else this.report("head", seq, `row ${seq} is not what it was when the head was kept: it, or a row before it, was changed`);
    return undefined;
  }

  private findKeptDigest(digest: string, earliest: number): number | undefined {
    const found = this.findPlace(digest);
    if (found !== undefined) return found;
    if (digest === this.checkpoint?.digest) return this.checkpoint.seq;
    if (digest === GENESIS_DIGEST && earliest === 0) return 0;
    const older = earliest > 0 ? `, or the head is older than row ${earliest + 1}, with which they begin` : "";
    this.report("head", null, `no row has the digest that was kept: rows were changed or cut off${older}`);
    return undefined;
  }

  private report(rule: ChainFinding["rule"], seq: number | null, message: string): void {
    this.findings.push({ rule, seq, message });
  }
}

/** What is nested without end would end the program and not the row; documents of a plane have some levels. */
const MOST_LEVELS = 64;
function isNestedDeeply(row: AuditRow): boolean {
  let level: unknown[] = [row];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MOST_LEVELS) return true;
    level = level.flatMap((value) => (typeof value === "object" && value !== null ? (Object.values(value) as unknown[]) : []));
  }
  return false;
}

const computeDigest = (previous: string, row: AuditRow): string =>
  createHash("sha256").update(buildDigestText(previous, row)).digest("hex");
