/** A text that a client sent to be run, as far as it is kept. */
export interface SentStatement {
  /** Absent where it is longer than what is kept, or no text. */
  readonly bytes?: Buffer;
  /** Bytes of the text; of a function call, which has none, of the message; of a prepared text that is not kept, of the types behind it as well. */
  readonly length: number;
}

/** More of one text is never kept. */
export const MAX_STATEMENT_BYTES = 16_384;
/** A Parse has the name of the prepared statement before its text; Postgres cuts names, clients need not. */
const MAX_NAME_BYTES = 1_024;
const HEADER_BYTES = 5;
const [QUERY, PARSE, FUNCTION_CALL] = ["Q", "P", "F"].map((letter) => letter.charCodeAt(0));

/**
 * Reads, off the bytes that a client sends after its login, the texts that are to be run: Query and Parse. Everything else is skipped without being kept:
 * parameters (Bind), COPY data, passwords. It holds no more than one text at once, whatever a message says of its length.
 */
export class StatementReader {
  private readonly header = Buffer.alloc(HEADER_BYTES);
  private headerBytes = 0;
  private type = 0;
  private left = 0;
  private bodyBytes = 0;
  private kept: Buffer[] = [];

  constructor(private readonly found: (statement: SentStatement) => void) {}

  push(bytes: Buffer): void {
    for (let at = 0; at < bytes.length;) at += this.left > 0 ? this.takeBody(bytes, at) : this.takeHeader(bytes, at);
  }

  private takeHeader(bytes: Buffer, at: number): number {
    const taken = bytes.copy(this.header, this.headerBytes, at, at + HEADER_BYTES - this.headerBytes);
    this.headerBytes += taken;
    if (this.headerBytes < HEADER_BYTES) return taken;
    this.headerBytes = 0;
    this.type = this.header[0] ?? 0;
    this.left = this.bodyBytes = Math.max(0, this.header.readUInt32BE(1) - 4);
    this.kept = [];
    if (this.left === 0) this.finish();
    return taken;
  }

  private takeBody(bytes: Buffer, at: number): number {
    const taken = Math.min(this.left, bytes.length - at);
    const room = this.type === QUERY || this.type === PARSE ? MAX_STATEMENT_BYTES + MAX_NAME_BYTES - (this.bodyBytes - this.left) : 0;
    if (room > 0) this.kept.push(Buffer.from(bytes.subarray(at, at + Math.min(taken, room))));
    this.left -= taken;
    if (this.left === 0) this.finish();
    return taken;
  }

  private finish(): void {
    const body = Buffer.concat(this.kept);
    this.kept = [];
    if (this.type === FUNCTION_CALL) this.found({ length: this.bodyBytes });
    if (this.type !== QUERY && this.type !== PARSE) return;
    const begin = this.type === PARSE ? body.indexOf(0) + 1 : 0;
    const end = body.indexOf(0, begin);
    const isWhole = end >= 0 && (this.type === QUERY || begin > 0);
    // Of one that is not kept whole: all that can be its text.
    const length = isWhole ? end - begin : Math.max(0, this.bodyBytes - begin - 1);
    this.found(isWhole && length <= MAX_STATEMENT_BYTES ? { bytes: body.subarray(begin, end), length } : { length });
  }
}
