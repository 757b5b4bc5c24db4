import { timingSafeEqual } from "node:crypto";
import { existsSync } from "node:fs";
import { z } from "zod";
import { isPalisadeError, PalisadeError } from "../../contract/errors.js";
import { formatVaultKeyReference } from "../../contract/customerKeys.js";
import { createAwsKms, type AwsKmsOptions } from "../../encryption/keys/awsKms.js";
import { createAzureKeyVault, type AzureKeyVaultOptions } from "../../encryption/keys/azureKeyVault.js";
import { KeyPermissions } from "../../encryption/keys/keyPermissions.js";
import type { KeyProvider } from "../../encryption/keys/keyProvider.js";
import { LocalKms } from "../../encryption/keys/localKms.js";
import { useKey } from "../../encryption/keyWrap.js";
import type { KeyContext } from "../../encryption/sealContext.js";
import type { BackupConfiguration } from "./configuration.js";
import type { ObjectStore } from "./stores/objectStore.js";

/** Of tests: how doubles of the key services are reached. Default: the clouds, by their standard chains of credentials. */
export interface KeyServiceClients {
  readonly awsKms?: NonNullable<AwsKmsOptions["clientOptions"]> | undefined;
  readonly azureKeyVault?: Pick<AzureKeyVaultOptions, "clientOptions" | "credential"> | undefined;
}

const StoredKey = z.strictObject({
  version: z.literal(1),
  id: z.string(),
  service: z.enum(["localKms", "awsKms", "azureKeyVault"]),
  key_id: z.string(),
  wrapped: z.base64(),
});

const MOST_BYTES = 16_384;
export type KeyPlaces = readonly [ObjectStore, ObjectStore];

/**
 * The keys between the customer's and those of sealed dumps: one for each backup, under the customer's key, in two places. Removing both copies
 * erases the backup, whatever versions and locks its store has; so the places have neither, and losing both loses the backup.
 */
export class BackupKeys {
  constructor(
    private readonly provider: KeyProvider,
    private readonly places: KeyPlaces,
  ) {}

  get placeNames(): string[] {
    return this.places.map(({ name }) => name);
  }

  /** @throws PAL_BACKUP_VERSIONED */
  async assertErasable(): Promise<void> {
    for (const place of this.places)
      if ((await place.keepsVersions()) === true)
        throw new PalisadeError("PAL_BACKUP_VERSIONED", `${place.name} has had versioning turned on`);
  }

  /** Gives a new erasure key of this id, which both places hold by then, to the work, and zeroes it afterwards. */
  async useNew<R>(id: string, context: KeyContext, work: (key: Buffer) => Promise<R>): Promise<R> {
    const { plaintext, wrapped } = await this.provider.createDataKey(context);
    return useKey(plaintext, async (key) => {
      const stored = { version: 1, id, service: wrapped.service, key_id: wrapped.keyId, wrapped: wrapped.bytes.toString("base64") };
      const bytes = Buffer.from(`${JSON.stringify(stored)}\n`);
      try {
        for (const place of this.places)
          if (!(await place.putNew(toName(id), bytes))) throw new PalisadeError("PAL_BACKUP_STORE", `${place.name} has ${id} already`);
        return await work(key);
      } catch (error) {
        await this.erase(id).catch(() => undefined);
        throw error;
      }
    });
  }

  /**
   * Gives the key to the work from whichever place has it whole and can be reached, and zeroes it afterwards.
   * @throws PAL_BACKUP_KEY_MISSING when neither has it, and what was wrong with the first copy when neither opens
   */
  async use<R>(id: string, context: KeyContext, work: (key: Buffer) => Promise<R>): Promise<R> {
    return useKey(this.readEither(id, context), work);
  }

  private async readEither(id: string, context: KeyContext): Promise<Buffer> {
    const failures: PalisadeError[] = [];
    for (const place of this.places)
      try {
        const bytes = await place.get(toName(id), MOST_BYTES);
        if (bytes !== undefined) return await this.unwrap(bytes, id, place, context);
      } catch (error) {
        // One damaged copy, or one place that is down, is what the other is for.
        if (!isPalisadeError(error, "PAL_CMK_INVALID", "PAL_BACKUP_KEY_MISSING", "PAL_BACKUP_STORE")) throw error;
        failures.push(error);
      }
    throw (
      failures[0] ??
      new PalisadeError(
        "PAL_BACKUP_KEY_MISSING",
        `${id} is in neither ${this.placeNames.join(" nor ")}: the backup can no longer be opened`,
      )
    );
  }

  /** Opens the key in each place. `present` is false where it is not there, does not open, or is another key than in the first. */
  async prove(id: string, context: KeyContext): Promise<{ place: string; present: boolean }[]> {
    const found: { place: string; key: Buffer | undefined }[] = [];
    for (const place of this.places) found.push({ place: place.name, key: await this.tryUnwrap(id, place, context) });
    const [first] = found.flatMap(({ key }) => key ?? []);
    const proofs = found.map(({ place, key }) => ({
      place,
      present: key !== undefined && first !== undefined && timingSafeEqual(key, first),
    }));
    for (const { key } of found) key?.fill(0);
    return proofs;
  }

  /** Ids of all keys that lie in either place. */
  async list(): Promise<string[]> {
    const found = await Promise.all(this.places.map((place) => place.list(FOLDER)));
    return [...new Set(found.flat().map((name) => name.slice(FOLDER.length, -SUFFIX.length)))];
  }

  async erase(id: string): Promise<void> {
    for (const place of this.places) await place.remove(toName(id));
  }

  /**
   * Notes in both places that the backup of this key is listed. Whoever can write into the store alone can make its index say less; that must not
   * lead a run to erase the key as one that was left over.
   */
  async keep(id: string): Promise<void> {
    for (const place of this.places) await place.putNew(`${KEPT_FOLDER}${id}`, KEPT);
  }

  /** Takes the note back: before the backup is taken off the index. */
  async release(id: string): Promise<void> {
    for (const place of this.places) await place.remove(`${KEPT_FOLDER}${id}`);
  }

  /** Ids of the keys that either place has such a note of. */
  async listKept(): Promise<Set<string>> {
    const found = await Promise.all(this.places.map((place) => place.list(KEPT_FOLDER)));
    return new Set(found.flat().map((name) => name.slice(KEPT_FOLDER.length)));
  }

  private async tryUnwrap(id: string, place: ObjectStore, context: KeyContext): Promise<Buffer | undefined> {
    const bytes = await place.get(toName(id), MOST_BYTES);
    if (bytes === undefined) return undefined;
    try {
      return await this.unwrap(bytes, id, place, context);
    } catch (error) {
      if (isPalisadeError(error, "PAL_CMK_INVALID", "PAL_BACKUP_KEY_MISSING")) return undefined;
      throw error;
    }
  }

  private async unwrap(bytes: Buffer, id: string, place: ObjectStore, context: KeyContext): Promise<Buffer> {
    const { service, key_id: keyId, wrapped } = parseStoredKey(bytes, id, place);
    return this.provider.unwrap({ service, keyId, bytes: Buffer.from(wrapped, "base64") }, context);
  }
}

const FOLDER = "keys/";
const SUFFIX = ".json";
const KEPT_FOLDER = "listed/";
const KEPT = Buffer.from("listed\n");
const toName = (id: string): string => `${FOLDER}${id}${SUFFIX}`;

function parseStoredKey(bytes: Buffer, id: string, place: ObjectStore): z.infer<typeof StoredKey> {
  try {
    const stored = StoredKey.parse(JSON.parse(bytes.toString("utf8")));
    if (stored.id === id) return stored;
  } catch {
    // Told below, with the place.
  }
  throw new PalisadeError("PAL_BACKUP_KEY_MISSING", `what ${place.name} has under the name of ${id} is no erasure key of that id`);
}

/**
 * The customer's key, by the configuration.
 * @param organization that has the project @param mayMake makes a local key where there is none
 * @throws PAL_BACKUP_CONFIG when the local key does not exist
 */
export async function openKeyProvider(
  { localFile, awsKms, azureKeyVault }: BackupConfiguration["key"],
  organization: string,
  mayMake: boolean,
  clients: KeyServiceClients = {},
): Promise<KeyProvider> {
  if (awsKms !== undefined) {
    const permissions = new KeyPermissions([{ organization, key: awsKms.keyArn }]);
    const clientOptions = clients.awsKms && { clientOptions: clients.awsKms };
    // The external id is for roles of others, which this configuration does not name.
    return createAwsKms(awsKms, { organization, permissions, externalId: "", ...clientOptions });
  }
  if (azureKeyVault !== undefined) {
    const permissions = new KeyPermissions([{ organization, key: formatVaultKeyReference(azureKeyVault) }]);
    return createAzureKeyVault(azureKeyVault, { organization, permissions, ...clients.azureKeyVault });
  }
  if (localFile === undefined) throw new PalisadeError("PAL_BACKUP_CONFIG", "key: must be localFile, awsKms or azureKeyVault");
  if (!mayMake && !existsSync(localFile))
    throw new PalisadeError("PAL_BACKUP_CONFIG", `key.localFile: ${localFile} does not exist, and the store has backups under it`);
  return LocalKms.open(localFile);
}
