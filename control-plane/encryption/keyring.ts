import { PalisadeError } from "@palisade/neon/contract/errors";
import { z } from "zod";
import { type KeyContext, PURPOSES } from "@palisade/neon/encryption/sealContext";
import type { WrappedKey } from "@palisade/neon/encryption/keys/keyProvider";
import { readSecretFile, writeSecretFile } from "@palisade/neon/encryption/secretFile";

/** An erasure key of a branch, under the customer's key. Whoever removes it from the keyring makes unreadable all that was sealed under it. */
export interface KeyringEntry {
  /** Random; what headers of sealed objects name. */
  readonly id: string;
  readonly context: KeyContext;
  readonly wrapped: WrappedKey;
  /** RFC 3339. */
  readonly madeAt: string;
}

/** A key as it is wrapped from now on. */
export type RewrappedKey = Pick<KeyringEntry, "wrapped" | "context">;

const entryShape = z.strictObject({
  id: z.string().min(1),
  context: z.strictObject({ organization: z.string(), project: z.string(), branch: z.string(), purpose: z.enum(PURPOSES) }),
  wrapped: z.strictObject({ service: z.enum(["localKms", "awsKms", "azureKeyVault"]), keyId: z.string(), bytes: z.base64() }),
  madeAt: z.string(),
});
/** Which keys: of a project, of a branch, those that one key of a service wraps; what is left out admits all. */
export interface KeyFilter {
  readonly project?: string;
  readonly branch?: string;
  readonly keyId?: string;
}

const fileShape = z.strictObject({ version: z.literal(1), entries: z.array(entryShape) });

/**
 * The only place of all erasure keys: one file (0600, replaced as a whole), which is neither versioned nor locked nor part of any backup, because
 * erasing must reach every copy there is. One process owns it; what it changes is on the disk before a call resolves.
 */
export class Keyring {
  private writing: Promise<unknown> = Promise.resolve();
  private isClosed = false;

  private constructor(
    private readonly path: string,
    private entries: readonly KeyringEntry[],
  ) {}

  /** A keyring that is not there yet is empty. @throws PAL_KEYRING when the file is not ours, or cannot be read */
  static async open(path: string): Promise<Keyring> {
    const text = await readSecretFile(path);
    return new Keyring(path, text === undefined ? [] : parseEntries(path, text));
  }

  find(id: string): KeyringEntry | undefined {
    return this.entries.find((entry) => entry.id === id);
  }

  /** In the order they were made. */
  list(where: KeyFilter = {}): readonly KeyringEntry[] {
    return this.entries.filter(
      ({ context, wrapped }) =>
        (where.project === undefined || context.project === where.project) &&
        (where.branch === undefined || context.branch === where.branch) &&
        (where.keyId === undefined || wrapped.keyId === where.keyId),
    );
  }

  add(entry: KeyringEntry): Promise<void> {
    return this.change((entries) => {
      if (entries.some(({ id }) => id === entry.id)) throw new PalisadeError("PAL_KEYRING", `there is a key ${entry.id} already`);
      return [...entries, entry];
    });
  }

  /** Puts the same keys under another one, by their ids. A key that was removed meanwhile stays removed. */
  async rewrap(moved: ReadonlyMap<string, RewrappedKey>): Promise<void> {
    if (moved.size === 0) return;
    await this.change((entries) => entries.map((entry) => ({ ...entry, ...moved.get(entry.id) })));
  }

  /** Removes the keys for good, and answers which of them were there. */
  async remove(ids: readonly string[]): Promise<readonly string[]> {
    let removed: readonly string[] = [];
    await this.change((entries) => {
      removed = entries.filter(({ id }) => ids.includes(id)).map(({ id }) => id);
      return entries.filter(({ id }) => !ids.includes(id));
    });
    return removed;
  }

  /** Changes nothing any more, whatever is still under way: the directory may be another process's from then on. */
  async close(): Promise<void> {
    this.isClosed = true;
    await this.writing;
  }

  /** One change at a time; memory follows the disk. */
  private change(edit: (entries: readonly KeyringEntry[]) => readonly KeyringEntry[]): Promise<void> {
    const changed = this.writing.then(async () => {
      if (this.isClosed) throw new PalisadeError("PAL_KEYRING", `${this.path} is closed`);
      const entries = edit(this.entries);
      await writeSecretFile(this.path, formatEntries(entries));
      this.entries = entries;
    });
    this.writing = changed.catch(() => undefined);
    return changed;
  }
}

function parseEntries(path: string, text: string): KeyringEntry[] {
  try {
    return fileShape
      .parse(JSON.parse(text))
      .entries.map(({ wrapped, ...entry }) => ({ ...entry, wrapped: { ...wrapped, bytes: Buffer.from(wrapped.bytes, "base64") } }));
  } catch {
    // What is in it stays out of the message.
    throw new PalisadeError("PAL_KEYRING", `${path} is not a keyring of this release`);
  }
}

const formatEntries = (entries: readonly KeyringEntry[]): string =>
  `${JSON.stringify({
    version: 1,
    entries: entries.map((entry) => ({ ...entry, wrapped: { ...entry.wrapped, bytes: entry.wrapped.bytes.toString("base64") } })),
  })}\n`;
