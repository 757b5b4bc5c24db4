import { z } from "zod";
import { mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { PalisadeError } from "../../contract/errors.js";
import { replaceFile } from "../../encryption/durableFile.js";
import { IndexEntry, type ListedBackup, Manifest } from "./documents.js";
import { computeSha256, type DocumentSigner } from "./signature.js";
import type { ObjectStore } from "./stores/objectStore.js";

const INDEX = "index/";
const NUMBER_DIGITS = 10;
const MOST_INDEX_BYTES = 4 << 20;
const MOST_MANIFEST_BYTES = 32 << 20;
/** Of runs that end at the same time; each conflict means that another has written. */
const ATTEMPTS = 8;

const Known = z.strictObject({
  version: z.literal(1),
  stores: z.record(z.string(), z.strictObject({ number: z.number().int(), digest: z.string() })),
});

/** An entry as it lies in the store. */
interface StoredEntry {
  readonly entry: IndexEntry;
  readonly digest: string;
}

/**
 * Which backups the store has, by a chain of signed entries: each is all that there is, and names the digest of the one before. An entry is only
 * ever added, under a name that can be written once. What was seen last is kept on this machine, so that a store that says less is noticed; a
 * machine that has never seen the store cannot notice.
 */
export class Catalogue {
  constructor(
    private readonly store: ObjectStore,
    private readonly signer: DocumentSigner,
    /** Path of what is known here. */
    private readonly known: string,
    private readonly now: () => Date,
  ) {}

  /** All backups, oldest first. @throws PAL_BACKUP_UNSIGNED, PAL_BACKUP_ROLLED_BACK */
  async list(): Promise<readonly ListedBackup[]> {
    const latest = await this.readLatest();
    if (latest !== undefined) await this.remember(latest);
    return latest?.entry.backups ?? [];
  }

  /** Writes the next entry. @param edit of the backups that there are @throws as {@link list} */
  async append(edit: (backups: readonly ListedBackup[]) => readonly ListedBackup[]): Promise<void> {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const latest = await this.readLatest();
      const entry: IndexEntry = {
        kind: "palisade-backup-index",
        version: 1,
        number: (latest?.entry.number ?? 0) + 1,
        previous: latest?.digest ?? null,
        written_at: this.now().toISOString(),
        backups: [...edit(latest?.entry.backups ?? [])],
      };
      const bytes = this.signer.sign(entry);
      assertReadable(bytes, MOST_INDEX_BYTES, "the index: prune first");
      // An answer that was lost is asked for again, and finds what was written: that is no other's.
      if (!(await this.store.putNew(toName(entry.number), bytes)) && !(await this.isStored(toName(entry.number), bytes))) continue;
      await this.remember({ entry, digest: computeSha256(bytes) });
      return;
    }
    throw new PalisadeError("PAL_BACKUP_STORE", `${this.store.name}: others wrote the index ${ATTEMPTS} times in a row`);
  }

  async putManifest(manifest: Manifest): Promise<ListedBackup> {
    const bytes = this.signer.sign(manifest);
    assertReadable(bytes, MOST_MANIFEST_BYTES, `the manifest of ${manifest.id}`);
    if (!(await this.store.putNew(toManifestName(manifest.id), bytes)))
      throw new PalisadeError("PAL_BACKUP_STORE", `${this.store.name} has a manifest of ${manifest.id} already`);
    return { id: manifest.id, manifest_sha256: computeSha256(bytes), taken_at: manifest.taken_at, keep_until: manifest.keep_until };
  }

  /** @throws PAL_BACKUP_DAMAGED when it is not the one that the index names, PAL_BACKUP_UNSIGNED */
  async readManifest({ id, manifest_sha256 }: ListedBackup): Promise<Manifest> {
    const what = `the manifest of ${id}`;
    const bytes = await this.store.get(toManifestName(id), MOST_MANIFEST_BYTES);
    if (bytes === undefined) throw new PalisadeError("PAL_BACKUP_DAMAGED", `${what} is not in ${this.store.name}`);
    const manifest = this.signer.verify(Manifest, bytes, what);
    if (computeSha256(bytes) !== manifest_sha256 || manifest.id !== id)
      throw new PalisadeError("PAL_BACKUP_DAMAGED", `${what} is another one than the index names`);
    return manifest;
  }

  private async isStored(name: string, bytes: Buffer): Promise<boolean> {
    return (await this.store.get(name, MOST_INDEX_BYTES))?.equals(bytes) === true;
  }

  private async readLatest(): Promise<StoredEntry | undefined> {
    const names = (await this.store.list(INDEX)).filter((name) => NAME.test(name)).sort();
    const last = names.at(-1);
    const latest = last === undefined ? undefined : await this.readEntry(last);
    await this.assertNotOlder(latest);
    return latest;
  }

  private async readEntry(name: string): Promise<StoredEntry> {
    const bytes = await this.store.get(name, MOST_INDEX_BYTES);
    if (bytes === undefined) throw this.createRolledBack(`${name} is missing`);
    const entry = this.signer.verify(IndexEntry, bytes, name);
    if (toName(entry.number) !== name) throw new PalisadeError("PAL_BACKUP_DAMAGED", `${name} is entry ${entry.number} under another name`);
    return { entry, digest: computeSha256(bytes) };
  }

  /** What is known here is the newest entry, or one that the newest leads back to. */
  private async assertNotOlder(latest: StoredEntry | undefined): Promise<void> {
    const known = (await this.readKnown()).stores[this.store.name];
    if (known === undefined) return;
    if (latest === undefined || latest.entry.number < known.number)
      throw this.createRolledBack(`its newest entry is ${latest?.entry.number ?? "none"}, and entry ${known.number} was seen`);
    let at = latest;
    while (at.entry.number > known.number) {
      const before = await this.readEntry(toName(at.entry.number - 1));
      if (before.digest !== at.entry.previous)
        throw this.createRolledBack(`entry ${before.entry.number} is not the one that entry ${at.entry.number} follows`);
      at = before;
    }
    if (at.digest !== known.digest) throw this.createRolledBack(`entry ${known.number} is another one than was seen`);
  }

  private createRolledBack(why: string): PalisadeError {
    return new PalisadeError("PAL_BACKUP_ROLLED_BACK", `${this.store.name}: ${why} (known from ${this.known})`);
  }

  private async readKnown(): Promise<z.infer<typeof Known>> {
    const text = await readFile(this.known, "utf8").catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    });
    if (text === undefined) return { version: 1, stores: {} };
    try {
      return Known.parse(JSON.parse(text));
    } catch {
      // Silence would forget what was seen.
      throw new PalisadeError("PAL_BACKUP_CONFIG", `known: ${this.known} is not what this release has written there`);
    }
  }

  private async remember({ entry: { number }, digest }: StoredEntry): Promise<void> {
    const { stores } = await this.readKnown();
    if (stores[this.store.name]?.digest === digest) return;
    await mkdir(dirname(this.known), { recursive: true, mode: 0o700 });
    const next = { version: 1, stores: { ...stores, [this.store.name]: { number, digest } } };
    await replaceFile(this.known, (file) => file.writeFile(`${JSON.stringify(next)}\n`));
  }
}

/** What nobody could read afterwards is not written. */
function assertReadable(bytes: Buffer, most: number, what: string): void {
  if (bytes.length > most) throw new PalisadeError("PAL_BACKUP_STORE", `${what} would have ${bytes.length} bytes, and ${most} are read`);
}

const NAME = /^index\/[0-9]{10}\.json$/;
const toName = (number: number): string => `${INDEX}${String(number).padStart(NUMBER_DIGITS, "0")}.json`;
export const toManifestName = (id: string): string => `manifests/${id}.json`;
