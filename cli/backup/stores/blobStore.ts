import { Readable } from "node:stream";
import type { TokenCredential } from "@azure/identity";
import type { StoragePipelineOptions } from "@azure/storage-blob";
import { PalisadeError } from "../../../contract/errors.js";
import type { BlobPlace } from "../configuration.js";
import { loadStorePackage } from "./loadStorePackage.js";
import { type ObjectStore, PART_BYTES } from "./objectStore.js";
import { readAtMost } from "./readAtMost.js";

/** How many blocks are held at a time, each of {@link PART_BYTES}. */
const BLOCKS_AT_ONCE = 2;
const NEW = { conditions: { ifNoneMatch: "*" } };

/** Of tests: how a double is reached, and as whom. Default: Azure, and DefaultAzureCredential. */
export interface BlobStoreOptions {
  readonly pipeline?: StoragePipelineOptions;
  readonly credential?: TokenCredential | { readonly accountName: string; readonly accountKey: string };
}

/** A container of Azure Blob Storage. */
export async function openBlobStore(
  { accountUrl, container, prefix = "" }: BlobPlace,
  options: BlobStoreOptions = {},
): Promise<ObjectStore> {
  const sdk = await loadStorePackage("@azure/storage-blob", () => import("@azure/storage-blob"));
  const given = options.credential ?? (await createDefaultCredential());
  const credential = "accountKey" in given ? new sdk.StorageSharedKeyCredential(given.accountName, given.accountKey) : given;
  const blobs = new sdk.BlobServiceClient(accountUrl, credential, options.pipeline).getContainerClient(container);
  const name = `${accountUrl.replace(/\/$/, "")}/${container}/${prefix}`;
  const toBlob = (object: string) => blobs.getBlockBlobClient(prefix === "" ? object : `${prefix}/${object}`);
  const attempt = async <R>(object: string, work: () => Promise<R>): Promise<R> => {
    try {
      return await work();
    } catch (error) {
      throw toStoreError(error, name, object);
    }
  };
  return {
    name,
    putStream: (object, source) =>
      attempt(object, async () => {
        const stop = new AbortController();
        const options = { ...NEW, abortSignal: stop.signal };
        try {
          await toBlob(object).uploadStream(Readable.from(source, { objectMode: false }), PART_BYTES, BLOCKS_AT_ONCE, options);
        } finally {
          // Of a source that failed blocks may still be on their way; a list of blocks is written for none of them.
          stop.abort();
        }
      }),
    putNew: (object, bytes) =>
      attempt(object, async () => {
        try {
          await toBlob(object).upload(bytes, bytes.length, NEW);
          return true;
        } catch (error) {
          if ((error as { statusCode?: number }).statusCode === 409) return false;
          throw error;
        }
      }),
    get: (object, most) =>
      attempt(object, async () => {
        const answer = await toBlob(object)
          .download()
          .catch((error: unknown) => {
            if ((error as { statusCode?: number }).statusCode === 404) return undefined;
            throw error;
          });
        return answer?.readableStreamBody && readAtMost(answer.readableStreamBody, most, `${name}/${object}`);
      }),
    async *read(object) {
      try {
        const { readableStreamBody } = await toBlob(object).download();
        if (readableStreamBody) for await (const piece of readableStreamBody) yield piece as Buffer;
      } catch (error) {
        throw toStoreError(error, name, object);
      }
    },
    list: (beginning) =>
      attempt("", async () => {
        const found: string[] = [];
        const start = prefix === "" ? beginning : `${prefix}/${beginning}`;
        for await (const blob of blobs.listBlobsFlat({ prefix: start }))
          found.push(prefix === "" ? blob.name : blob.name.slice(prefix.length + 1));
        return found;
      }),
    remove: (object) =>
      attempt(object, async () => {
        await toBlob(object).deleteIfExists().catch(ignoreLock);
      }),
    // An account says it to its management API alone.
    keepsVersions: () => Promise.resolve(undefined),
  };
}

/** What a policy of the container keeps stays for its time. The backup is erased by its key all the same. */
function ignoreLock(error: unknown): void {
  if ((error as { code?: string }).code !== "BlobImmutableDueToPolicy") throw error;
}

async function createDefaultCredential(): Promise<TokenCredential> {
  const { DefaultAzureCredential } = await loadStorePackage("@azure/identity", () => import("@azure/identity"));
  return new DefaultAzureCredential();
}

/** The service's own word for it; its texts may hold what was sent. */
function toStoreError(error: unknown, name: string, object: string): unknown {
  if (error instanceof PalisadeError) return error;
  const { code, name: word = "an unknown error", statusCode } = error as { code?: string; name?: string; statusCode?: number };
  const why = statusCode === 409 ? "it is there already" : `${code ?? word}${statusCode === undefined ? "" : ` (${statusCode})`}`;
  return new PalisadeError("PAL_BACKUP_STORE", `${name}, ${object || "its objects"}: ${why}`);
}
