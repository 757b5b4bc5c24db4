import { dirname, resolve } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { type AzureKey, formatVaultKeyReference, parseKeyArn } from "../../contract/customerKeys.js";
import { isPalisadeError, PalisadeError } from "../../contract/errors.js";
import { readInputFile } from "../inputFile.js";

/** The file that is read where --config names no other. */
export const CONFIGURATION_FILE = "palisade-backup.yaml";
/** What this release takes back at the earliest. Days. */
const LEAST_RETENTION_DAYS = 1;
const DEFAULT_RETENTION_DAYS = 30;
/** A century: beyond it a date is a slip of the keyboard. */
const MOST_RETENTION_DAYS = 36_500;

const prefix = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,60}(?:\/[A-Za-z0-9][A-Za-z0-9._-]{0,60}){0,5}$/, "must be names with / between them")
  .optional();
const S3Place = z.strictObject({
  bucket: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, "must be the name of a bucket"),
  prefix,
  region: z.string().regex(/^[a-z0-9-]{1,32}$/, "must be a region such as eu-central-1"),
});
export type S3Place = z.infer<typeof S3Place>;
const BlobPlace = z.strictObject({
  accountUrl: z
    .string()
    .regex(/^https:\/\/[a-z0-9.-]{3,100}\/?$/, "must be https://ACCOUNT.blob.core.windows.net")
    // With it and without it are one account.
    .transform((url) => url.replace(/\/$/, "")),
  container: z.string().regex(/^[a-z0-9](?:-?[a-z0-9]){2,62}$/, "must be the name of a container"),
  prefix,
});
export type BlobPlace = z.infer<typeof BlobPlace>;

/** A directory, a bucket of S3, or a container of Azure Blob Storage: exactly one of them. */
const Place = z
  .strictObject({ directory: z.string().min(1).optional(), s3: S3Place.optional(), azureBlob: BlobPlace.optional() })
  .refine((place) => countGiven(place) === 1, "must have exactly one of directory, s3, azureBlob");
export type Place = z.infer<typeof Place>;

const Key = z
  .strictObject({
    localFile: z.string().min(1).optional(),
    awsKms: z.strictObject({ keyArn: z.string().refine(...isAccepted((keyArn: string) => parseKeyArn(keyArn))) }).optional(),
    azureKeyVault: z
      .strictObject({ vaultUrl: z.string(), keyName: z.string() })
      .refine(...isAccepted((key: AzureKey) => formatVaultKeyReference(key)))
      .optional(),
  })
  .refine((key) => countGiven(key) === 1, "must have exactly one of localFile, awsKms, azureKeyVault");

const BackupFile = z.strictObject({
  source: z.strictObject({
    /** Id or name. */
    project: z.string().min(1),
    /** Id or name. */
    branch: z.string().min(1).optional(),
    role: z.string().min(1),
    databases: z.array(z.string().min(1)).min(1).max(64).optional(),
  }),
  store: Place,
  key: Key,
  erasureKeys: z.array(Place).length(2, "must be two places: losing the keys loses the backups"),
  signingKey: z.string().min(1),
  retentionDays: z.number().int().min(LEAST_RETENTION_DAYS).max(MOST_RETENTION_DAYS).default(DEFAULT_RETENTION_DAYS),
  known: z.string().min(1).optional(),
});

/** What is backed up, whereto, and under which keys. Paths are absolute. */
export interface BackupConfiguration extends Omit<z.infer<typeof BackupFile>, "erasureKeys" | "known"> {
  readonly erasureKeys: readonly [Place, Place];
  /** What is remembered here of the store, so that an older state of it is noticed. Default: .palisade/backups.json beside the configuration. */
  readonly known: string;
}

/** @param path of the YAML file; paths in it are seen from its folder @throws PAL_USAGE, PAL_BACKUP_CONFIG naming the field */
export async function readBackupConfiguration(path: string): Promise<BackupConfiguration> {
  return parseBackupConfiguration(await readInputFile("--config", path), resolve(dirname(path)));
}

/** @param folder that relative paths are seen from @throws PAL_BACKUP_CONFIG naming the field */
export function parseBackupConfiguration(text: string, folder: string): BackupConfiguration {
  const read = BackupFile.safeParse(parseYaml(text));
  if (!read.success)
    throw new PalisadeError(
      "PAL_BACKUP_CONFIG",
      read.error.issues.map(({ path, message }) => `${path.join(".") || "the file"}: ${message}`).join("; "),
    );
  const { source, store, key, erasureKeys, signingKey, retentionDays, known = ".palisade/backups.json" } = read.data;
  const at = (path: string): string => resolve(folder, path);
  const locate = (place: Place): Place => (place.directory === undefined ? place : { directory: at(place.directory) });
  const [first, second] = erasureKeys.map(locate);
  if (first === undefined || second === undefined) throw new PalisadeError("PAL_BACKUP_CONFIG", "erasureKeys: must be two places");
  const places = [locate(store), first, second];
  if (new Set(places.map((place) => JSON.stringify(place))).size < places.length)
    throw new PalisadeError("PAL_BACKUP_CONFIG", "erasureKeys: must be two places, and neither of them the store");
  assertApart(places);
  return {
    source,
    store: locate(store),
    key: key.localFile === undefined ? key : { localFile: at(key.localFile) },
    erasureKeys: [first, second],
    signingKey: at(signingKey),
    retentionDays,
    known: at(known),
  };
}

/**
 * Versions and locks are kept by a bucket as a whole, and by an account of Azure for all of its containers: what is removed beside the store stays
 * where the store's is. @throws PAL_BACKUP_CONFIG
 */
function assertApart(places: readonly Place[]): void {
  const folders = places.flatMap(({ directory }) => (directory === undefined ? [] : [`${directory}/`]));
  if (folders.some((one) => folders.some((other) => one !== other && one.startsWith(other))))
    throw new PalisadeError("PAL_BACKUP_CONFIG", "erasureKeys: no directory may lie within another: a copy of one would be a copy of both");
  const wholes = places.flatMap(({ s3, azureBlob }) => s3?.bucket ?? azureBlob?.accountUrl ?? []);
  const shared = wholes.find((one, index) => wholes.indexOf(one) !== index);
  if (shared !== undefined)
    throw new PalisadeError(
      "PAL_BACKUP_CONFIG",
      `erasureKeys: ${shared} is named twice, and what it keeps or loses it keeps or loses as a whole: take a bucket or an account for each place`,
    );
}

function parseYaml(text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 0 });
  } catch (error) {
    throw new PalisadeError("PAL_BACKUP_CONFIG", `it is not YAML: ${(error as Error).message.split("\n")[0] ?? ""}`);
  }
}

const countGiven = (value: object): number => Object.values(value).filter((each) => each !== undefined).length;

/** A rule of zod from a function that throws a PalisadeError for what it does not take. */
function isAccepted<T>(parseValue: (value: T) => unknown): [(value: T) => boolean, { error: (issue: { input?: unknown }) => string }] {
  const findProblem = (value: T): string | undefined => {
    try {
      parseValue(value);
      return undefined;
    } catch (error) {
      return isPalisadeError(error) ? error.detail : String(error);
    }
  };
  return [(value) => findProblem(value) === undefined, { error: ({ input }) => findProblem(input as T) ?? "is not accepted" }];
}
