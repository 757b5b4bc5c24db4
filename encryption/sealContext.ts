/** What a key of the branch or a sealed object is for. Part of every context; a word once used keeps its meaning. */
export const PURPOSES = ["erasureKey", "canary", "stopped", "snapshot", "backup", "wal"] as const;
export type Purpose = (typeof PURPOSES)[number];

/**
 * Whom a wrapped key belongs to. A key service that takes a context (AWS KMS) gets exactly these four and writes them into its own log in clear:
 * ids only, never a name that people chose.
 */
export interface KeyContext {
  readonly organization: string;
  readonly project: string;
  readonly branch: string;
  readonly purpose: Purpose;
}

/** What a sealed object is: `object` is its own id (of a branch, a snapshot, a segment of the log), so that none can take another's place. */
export interface SealContext extends KeyContext {
  readonly object: string;
}

const LENGTH_BYTES = 2;

/** Each field as a big-endian 16-bit length and its UTF-8: no two lists of fields have the same bytes. */
export const encodeFields = (fields: readonly string[]): Buffer =>
  Buffer.concat(
    fields.flatMap((field) => {
      const bytes = Buffer.from(field, "utf8");
      const length = Buffer.alloc(LENGTH_BYTES);
      length.writeUInt16BE(bytes.length);
      return [length, bytes];
    }),
  );

/** Reads `count` fields from `offset`. `undefined` where the bytes end before, or are not UTF-8. */
export function decodeFields(bytes: Buffer, offset: number, count: number): { fields: string[]; end: number } | undefined {
  const fields: string[] = [];
  let at = offset;
  for (let field = 0; field < count; field++) {
    if (at + LENGTH_BYTES > bytes.length) return undefined;
    const end = at + LENGTH_BYTES + bytes.readUInt16BE(at);
    if (end > bytes.length) return undefined;
    const raw = bytes.subarray(at + LENGTH_BYTES, end);
    const text = raw.toString("utf8");
    // A byte that is not UTF-8 becomes a replacement character, and would not come back as it was.
    if (!Buffer.from(text, "utf8").equals(raw)) return undefined;
    fields.push(text);
    at = end;
  }
  return { fields, end: at };
}

/** The canonical bytes of a key's context, in the order of the interface. */
export const encodeKeyContext = ({ organization, project, branch, purpose }: KeyContext): Buffer =>
  encodeFields([organization, project, branch, purpose]);

/** The canonical bytes of a sealed object's context, in the order of the interface. */
export const encodeSealContext = ({ organization, project, branch, purpose, object }: SealContext): Buffer =>
  encodeFields([organization, project, branch, purpose, object]);
