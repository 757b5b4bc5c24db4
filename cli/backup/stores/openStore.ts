import type { S3ClientConfig } from "@aws-sdk/client-s3";
import { PalisadeError } from "../../../contract/errors.js";
import type { Place } from "../configuration.js";
import { type BlobStoreOptions, openBlobStore } from "./blobStore.js";
import { openDirectoryStore } from "./directoryStore.js";
import type { ObjectStore } from "./objectStore.js";
import { openS3Store } from "./s3Store.js";

/** Of tests: how doubles of the clouds are reached. */
export interface StoreClients {
  readonly s3?: S3ClientConfig | undefined;
  readonly azureBlob?: BlobStoreOptions | undefined;
}

/** @throws PAL_BACKUP_NO_PACKAGE */
export async function openStore({ directory, s3, azureBlob }: Place, clients: StoreClients = {}): Promise<ObjectStore> {
  if (directory !== undefined) return openDirectoryStore(directory);
  if (s3 !== undefined) return openS3Store(s3, clients.s3);
  if (azureBlob !== undefined) return openBlobStore(azureBlob, clients.azureBlob);
  throw new PalisadeError("PAL_BACKUP_CONFIG", "a place is a directory, s3 or azureBlob");
}
