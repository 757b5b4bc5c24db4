import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Account } from "../../contract/account.js";
import { PalisadeError } from "../../contract/errors.js";
import type { KeyContext, SealContext } from "../../encryption/sealContext.js";
import type { NeonApi } from "../../provider/client/api.js";
import { findPackageRoot } from "../pulumi/packageRoot.js";
import { createSession } from "../../provider/sessions.js";
import { Catalogue } from "./catalogue.js";
import type { BackupConfiguration } from "./configuration.js";
import type { Manifest } from "./documents.js";
import { BackupKeys, type KeyServiceClients, openKeyProvider } from "./keys.js";
import { DocumentSigner } from "./signature.js";
import type { ObjectStore } from "./stores/objectStore.js";
import { openStore, type StoreClients } from "./stores/openStore.js";

/** What a run, a restore, a drill or a prune is given. */
export interface BackupRequest {
  readonly configuration: BackupConfiguration;
  readonly account: Account;
  readonly environment: NodeJS.ProcessEnv;
  /** Of tests. Default: the clouds themselves. */
  readonly clients?: StoreClients & KeyServiceClients;
  readonly now?: () => Date;
  /** Ends it early, tidily. */
  readonly signal: AbortSignal;
  /** One line for each step. */
  readonly log: (line: string) => void;
}

/** The same with everything open. */
export interface BackupSession extends Required<Omit<BackupRequest, "clients">> {
  readonly api: NeonApi;
  /** The same API for what has to be tidied up after an interruption, which ends the other's calls. */
  readonly tidyingApi: NeonApi;
  readonly organization: string;
  readonly store: ObjectStore;
  readonly signer: DocumentSigner;
  readonly catalogue: Catalogue;
  readonly keys: BackupKeys;
}

/** What only looks at the store needs no API. */
export type StoreSession = Pick<BackupSession, "store" | "signer" | "catalogue" | "configuration" | "now">;

/** @param mayMake makes a signing key where there is neither one nor anything in the store */
export async function openStoreSession(
  { configuration, clients, now = () => new Date() }: Pick<BackupRequest, "configuration" | "clients" | "now">,
  mayMake = false,
): Promise<StoreSession & { isFirst: boolean }> {
  const store = await openStore(configuration.store, clients);
  const isFirst = mayMake && (await store.list("index/")).length === 0;
  const signer = await DocumentSigner.open(configuration.signingKey, isFirst);
  return { store, signer, configuration, now, isFirst, catalogue: new Catalogue(store, signer, configuration.known, now) };
}

/** Opens store, keys and API. @param mayMake as of {@link openStoreSession}, of the local key too */
export async function openBackupSession(request: BackupRequest, mayMake = false): Promise<BackupSession> {
  const { configuration, account, clients, environment, signal, log } = request;
  const { isFirst, ...opened } = await openStoreSession(request, mayMake);
  const session = createSession(account, undefined, signal);
  const { accountId: organization } = await session.getOrigin();
  const [first, second] = configuration.erasureKeys;
  const places = [await openStore(first, clients), await openStore(second, clients)] as const;
  const keys = new BackupKeys(await openKeyProvider(configuration.key, organization, isFirst, clients), places);
  const { api: tidyingApi } = createSession(account, undefined, new AbortController().signal).ctx;
  return { ...opened, account, environment, signal, log, api: session.ctx.api, tidyingApi, organization, keys };
}

/** Whom the erasure key of a backup belongs to. */
export const toKeyContext = ({
  organization_id,
  project_id,
  branch,
}: Pick<Manifest, "organization_id" | "project_id" | "branch">): KeyContext => ({
  organization: organization_id,
  project: project_id,
  branch: branch.id,
  purpose: "erasureKey",
});

/** What a sealed dump is: its own object is the backup and the place of the database in it. */
export const toSealContext = (manifest: Pick<Manifest, "organization_id" | "project_id" | "branch">, object: string): SealContext => ({
  ...toKeyContext(manifest),
  purpose: "backup",
  object,
});

/** The version of Palisade that writes a manifest. */
export function readOwnVersion(): string {
  const { version } = JSON.parse(readFileSync(join(findPackageRoot(__dirname), "package.json"), "utf8")) as { version: string };
  return version;
}

/** The backup of that id, or the newest. @throws PAL_BACKUP_UNKNOWN */
export async function findBackup({ catalogue, store }: Pick<StoreSession, "catalogue" | "store">, id: string | undefined) {
  const backups = await catalogue.list();
  const found = id === undefined ? backups.at(-1) : backups.find((backup) => backup.id === id);
  if (found === undefined)
    throw new PalisadeError("PAL_BACKUP_UNKNOWN", id === undefined ? `${store.name} has none` : `${id} in ${store.name}`);
  return { listed: found, manifest: await catalogue.readManifest(found) };
}
