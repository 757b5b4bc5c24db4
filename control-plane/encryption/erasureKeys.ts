import { randomBytes } from "node:crypto";
import { PalisadeError } from "@palisade/neon/contract/errors";
import type { Clock } from "../clock.js";
import type { KeyContext, SealContext } from "@palisade/neon/encryption/sealContext";
import { buildHeader, unwrapDataKey, parseHeader } from "@palisade/neon/encryption/header";
import type { Keyring, KeyringEntry, RewrappedKey, KeyFilter } from "./keyring.js";
import type { KeyProvider, WrappedKey } from "@palisade/neon/encryption/keys/keyProvider";
import { useKey } from "@palisade/neon/encryption/keyWrap";
import { KEY_BYTES } from "@palisade/neon/encryption/sealedStream";

/** Which key of which service opens a wrapped key, and which wraps the next one. */
export interface KeyProviders {
  /** @throws PAL_CMK_NOT_ALLOWED and the like */
  getCurrentProvider: (context: KeyContext) => KeyProvider;
  getWrappingProvider: (wrapped: WrappedKey, context: KeyContext) => KeyProvider;
  /**
   * Whose the project is by now. Default: whose it was when the key was made. A key that is put under another one is from then on bound to the
   * organisation that has the project, whose key policies may demand it.
   */
  findOwner?: (project: string) => string | undefined;
}

/** What seals and opens: {@link ErasureKeys} itself, or one session of it. */
export interface Sealer {
  useNewDataKey: <R>(context: SealContext, work: (dataKey: Buffer, header: Buffer) => Promise<R>) => Promise<R>;
  useDataKey: <R>(header: Buffer, expected: SealContext, work: (dataKey: Buffer) => Promise<R>) => Promise<R>;
}

/** Whose branch it is. */
export type BranchContext = Pick<KeyContext, "organization" | "project" | "branch">;

/**
 * The keys between the customer's and those of sealed objects: one for each branch. Objects are sealed under data keys of their own, which lie in
 * their headers under the branch's erasure key; that lies in the keyring alone, under the customer's key. So a change of the customer's key touches
 * the keyring and no sealed object, and removing a branch's key from the keyring makes every copy of its objects unreadable, wherever it is kept.
 */
export class ErasureKeys implements Sealer {
  /** Of branches whose first key is being made. */
  private readonly making = new Map<string, Promise<KeyringEntry>>();

  constructor(
    private readonly keyring: Keyring,
    private readonly providers: KeyProviders,
    private readonly clock: Pick<Clock, "formatNow">,
  ) {}

  /**
   * Gives a new data key and the header of the object that it seals to the work, and zeroes the key afterwards.
   * The branch gets an erasure key when it has none. @throws KeyFailure
   */
  useNewDataKey<R>(context: SealContext, work: (dataKey: Buffer, header: Buffer) => Promise<R>): Promise<R> {
    return this.runSession((session) => session.useNewDataKey(context, work));
  }

  /**
   * Gives the data key of a sealed object to the work, and zeroes it afterwards.
   * @throws KeyFailure, PAL_SEALED_DAMAGED, and PAL_ERASED when the keyring has no key for it
   */
  useDataKey<R>(header: Buffer, expected: SealContext, work: (dataKey: Buffer) => Promise<R>): Promise<R> {
    return this.runSession((session) => session.useDataKey(header, expected, work));
  }

  /** For many objects at once: each erasure key is asked of its service once, kept while the work lasts, and zeroed then. */
  async runSession<R>(work: (session: Sealer) => Promise<R>): Promise<R> {
    const opened = new Map<string, Promise<Buffer>>();
    const keyOf = (entry: KeyringEntry): Promise<Buffer> => {
      const key = opened.get(entry.id) ?? this.unwrapEntry(entry);
      opened.set(entry.id, key);
      return key;
    };
    try {
      return await work({
        useNewDataKey: async (context, seal) => {
          const entry = await this.ensureEntry(context);
          const key = await keyOf(entry);
          return useKey(randomBytes(KEY_BYTES), (dataKey) => seal(dataKey, buildHeader(context, { id: entry.id, key }, dataKey)));
        },
        useDataKey: async (header, expected, open) => {
          const read = parseHeader(header);
          const entry = this.keyring.find(read.erasureKeyId);
          if (entry === undefined) throw new PalisadeError("PAL_ERASED", `${expected.object} of ${expected.branch}`);
          return useKey(unwrapDataKey(read, await keyOf(entry), expected), open);
        },
      });
    } finally {
      for (const key of await Promise.allSettled(opened.values())) if (key.status === "fulfilled") key.value.fill(0);
    }
  }

  /** The branches that have erasure keys, each once. */
  listBranches(): readonly string[] {
    return [...new Set(this.keyring.list().map(({ context }) => context.branch))];
  }

  /**
   * Puts the keys of a branch or a project under the current key of their project, where they are not yet, a few at a time. What is done is on the
   * disk and stays done when one fails; asked again, the rest is done.
   * @param isSettled of those that need not be asked about: a service may answer only by a call for each. Default: none
   * @returns how many moved @throws KeyFailure, the first one
   */
  async rewrap(where: KeyFilter, isSettled: (entry: KeyringEntry) => boolean = () => false): Promise<number> {
    let moved = 0;
    // One that is being made may be under the key of before.
    await Promise.allSettled(this.making.values());
    const entries = this.keyring.list(where).filter((entry) => !isSettled(entry));
    for (let at = 0; at < entries.length; at += KEYS_AT_ONCE) {
      const batch = entries.slice(at, at + KEYS_AT_ONCE);
      const outcomes = await Promise.allSettled(batch.map((entry) => this.rewrapEntry(entry)));
      const changed = outcomes.flatMap((outcome, index) => {
        const { id = "", wrapped } = batch[index] ?? {};
        return outcome.status === "fulfilled" && outcome.value.wrapped !== wrapped ? [[id, outcome.value] as const] : [];
      });
      await this.keyring.rewrap(new Map(changed));
      moved += changed.length;
      const failed = outcomes.find((outcome) => outcome.status === "rejected");
      if (failed) throw failed.reason;
    }
    return moved;
  }

  /** Makes unreadable what was sealed of the branch. @returns the ids of the keys that are no more */
  erase(branch: string): Promise<readonly string[]> {
    return this.keyring.remove(this.keyring.list({ branch }).map(({ id }) => id));
  }

  private async rewrapEntry({ wrapped, context }: KeyringEntry): Promise<RewrappedKey> {
    const source = this.providers.getWrappingProvider(wrapped, context);
    const organization = this.providers.findOwner?.(context.project) ?? context.organization;
    const current = this.providers.getCurrentProvider(context);
    if (organization === context.organization) return { wrapped: await current.rewrap(wrapped, context, source), context };
    const next = { ...context, organization };
    return { wrapped: await current.rewrap(wrapped, next, bindUnwrapContext(source, context)), context: next };
  }

  private unwrapEntry({ wrapped, context }: KeyringEntry): Promise<Buffer> {
    return this.providers.getWrappingProvider(wrapped, context).unwrap(wrapped, context);
  }

  private async ensureEntry({ organization, project, branch }: BranchContext): Promise<KeyringEntry> {
    const known = this.keyring.list({ branch }).at(-1);
    if (known !== undefined) return known;
    const making = this.making.get(branch) ?? this.createEntry({ organization, project, branch, purpose: "erasureKey" });
    this.making.set(branch, making);
    try {
      return await making;
    } finally {
      this.making.delete(branch);
    }
  }

  private async createEntry(context: KeyContext): Promise<KeyringEntry> {
    const { plaintext, wrapped } = await this.providers.getCurrentProvider(context).createDataKey(context);
    plaintext.fill(0);
    const entry = { id: `ek-${randomBytes(16).toString("hex")}`, context, wrapped, madeAt: this.clock.formatNow() };
    // On the disk before anything is sealed under it.
    await this.keyring.add(entry);
    return entry;
  }
}

/** The same key, which opens for the context that a key was wrapped with, whatever it is wrapped with next. */
const bindUnwrapContext = (provider: KeyProvider, context: KeyContext): KeyProvider => ({
  service: provider.service,
  reference: provider.reference,
  describe: () => provider.describe(),
  createDataKey: (other) => provider.createDataKey(other),
  unwrap: (wrapped) => provider.unwrap(wrapped, context),
  rewrap: (wrapped, other, source) => provider.rewrap(wrapped, other, source),
});

/** Calls of a key service, and keys that one write of the keyring covers. */
const KEYS_AT_ONCE = 16;
