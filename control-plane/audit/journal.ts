import { closeSync, constants, fstatSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";

/** How much of the journal is in the chains: all of the generations before, and so many bytes of this one. Kept in the store. */
export interface JournalState {
  readonly generation: number;
  readonly bytes: number;
}
export interface JournalPlace {
  read(): JournalState;
  write(state: JournalState): void;
}

/** A line that was found, and where it ends in the file. */
export interface JournalLine {
  readonly text: string;
  readonly end: number;
}

const LINE_FEED = 0x0a;

/**
 * Rows on their way into the chains, one JSON object a line (mode 0600). A line is with the operating system when `append` returns, some
 * microseconds later, so that a plane that is killed loses no row of what it has told to a client: the next start reads the rest.
 * Each time it is emptied it has the next generation: a crash in between repeats nothing and loses nothing.
 */
export class AuditJournal {
  private size = 0;
  private isBroken = false;

  private constructor(
    private readonly file: number,
    private generation: number,
  ) {}

  /** @returns the journal, and the lines that are not in the chains yet. What a crash or a full disk cut short is no line. */
  static open(path: string, { generation, bytes }: JournalState): { journal: AuditJournal; lines: JournalLine[] } {
    const { O_RDWR, O_CREAT, O_APPEND, O_NOFOLLOW } = constants;
    const file = openSync(path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW, 0o600);
    try {
      const [header, ...lines] = splitLines(readFileSync(file));
      const found = parseGeneration(header?.text);
      const journal = new AuditJournal(file, Math.max(found ?? 0, generation));
      journal.size = fstatSync(file).size;
      const isApplied = found === undefined || found < generation;
      return { journal, lines: isApplied ? [] : lines.filter(({ end }) => found > generation || end > bytes) };
    } catch (error) {
      closeSync(file);
      throw error;
    }
  }

  get bytes(): number {
    return this.size;
  }

  /** What the store is to know when everything up to `end` is in the chains. */
  getState(end: number): JournalState {
    return { generation: this.generation, bytes: end };
  }

  /** What the store is to know before {@link restart}. */
  getNextState(): JournalState {
    return { generation: this.generation + 1, bytes: 0 };
  }

  /** Empties it; everything is in the chains. @throws what the file system says */
  restart(): void {
    this.generation += 1;
    this.size = 0;
    this.isBroken = true;
    ftruncateSync(this.file, 0);
    this.write(`${JSON.stringify({ generation: this.generation })}\n`);
    this.isBroken = false;
  }

  /** @returns where the line ends; undefined where the disk does not take it, until the next restart */
  append(text: string): number | undefined {
    if (this.isBroken) return undefined;
    try {
      this.write(`${text}\n`);
      return this.size;
    } catch {
      // What may be there of it is no line.
      this.isBroken = true;
      return undefined;
    }
  }

  get hasFailed(): boolean {
    return this.isBroken;
  }

  close(): void {
    closeSync(this.file);
  }

  private write(text: string): void {
    const bytes = Buffer.from(text);
    for (let done = 0; done < bytes.length;) done += writeSync(this.file, bytes, done);
    this.size += bytes.length;
  }
}

function splitLines(bytes: Buffer): JournalLine[] {
  const lines: JournalLine[] = [];
  for (let start = 0, end = bytes.indexOf(LINE_FEED); end !== -1; start = end + 1, end = bytes.indexOf(LINE_FEED, start))
    lines.push({ text: bytes.toString("utf8", start, end), end: end + 1 });
  return lines;
}

function parseGeneration(text: string | undefined): number | undefined {
  try {
    const { generation } = JSON.parse(text ?? "") as { generation?: unknown };
    return Number.isSafeInteger(generation) ? (generation as number) : undefined;
  } catch {
    return undefined;
  }
}
