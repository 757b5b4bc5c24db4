import { Readable } from "node:stream";
import type { S3ClientConfig } from "@aws-sdk/client-s3";
import { PalisadeError } from "../../../contract/errors.js";
import type { S3Place } from "../configuration.js";
import { loadStorePackage } from "./loadStorePackage.js";
import { type ObjectStore, PART_BYTES } from "./objectStore.js";
import { readAtMost } from "./readAtMost.js";

const importSdk = () => import("@aws-sdk/client-s3");
const importUpload = () => import("@aws-sdk/lib-storage");
/** How many parts are held at a time, each of {@link PART_BYTES}. */
const PARTS_AT_ONCE = 2;

/**
 * A bucket of S3, by the default chain of credentials.
 * @param options of tests: where a double listens, and as whom
 */
export async function openS3Store({ bucket, prefix = "", region }: S3Place, options: S3ClientConfig = {}): Promise<ObjectStore> {
  const [sdk, { Upload }] = await Promise.all([
    loadStorePackage("@aws-sdk/client-s3", importSdk),
    loadStorePackage("@aws-sdk/lib-storage", importUpload),
  ]);
  const client = new sdk.S3Client({ region, ...options });
  const name = `s3://${bucket}/${prefix}`;
  const toKey = (object: string): string => (prefix === "" ? object : `${prefix}/${object}`);
  const attempt = async <R>(object: string, work: () => Promise<R>): Promise<R> => {
    try {
      return await work();
    } catch (error) {
      throw toStoreError(error, name, object);
    }
  };
  const getBody = (object: string) =>
    client.send(new sdk.GetObjectCommand({ Bucket: bucket, Key: toKey(object) })).then(({ Body }) => Body as Readable);
  return {
    name,
    async putStream(object, source) {
      const upload = new Upload({
        client: client,
        params: { Bucket: bucket, Key: toKey(object), Body: Readable.from(source, { objectMode: false }), IfNoneMatch: "*" },
        partSize: PART_BYTES,
        queueSize: PARTS_AT_ONCE,
      });
      await attempt(object, () => upload.done());
    },
    putNew: (object, bytes) =>
      attempt(object, async () => {
        try {
          await client.send(new sdk.PutObjectCommand({ Bucket: bucket, Key: toKey(object), Body: bytes, IfNoneMatch: "*" }));
          return true;
        } catch (error) {
          if (getStatus(error) === 412) return false;
          throw error;
        }
      }),
    get: (object, most) =>
      attempt(object, async () => {
        const body = await getBody(object).catch((error: unknown) => {
          if (getStatus(error) === 404) return undefined;
          throw error;
        });
        return body && readAtMost(body, most, `${name}/${object}`);
      }),
    async *read(object) {
      const body = await attempt(object, () => getBody(object));
      try {
        for await (const piece of body) yield piece as Buffer;
      } catch (error) {
        throw toStoreError(error, name, object);
      }
    },
    list: (beginning) =>
      attempt("", async () => {
        const found: string[] = [];
        for (let token: string | undefined; ;) {
          const page = await client.send(
            new sdk.ListObjectsV2Command({
              Bucket: bucket,
              Prefix: toKey(beginning),
              ...(token !== undefined && { ContinuationToken: token }),
            }),
          );
          for (const { Key } of page.Contents ?? []) if (Key !== undefined) found.push(prefix === "" ? Key : Key.slice(prefix.length + 1));
          token = page.NextContinuationToken;
          if (token === undefined) return found;
        }
      }),
    remove: (object) =>
      attempt(object, async () => {
        await client.send(new sdk.DeleteObjectCommand({ Bucket: bucket, Key: toKey(object) }));
      }),
    keepsVersions: () =>
      attempt("", async () => {
        const { Status } = await client.send(new sdk.GetBucketVersioningCommand({ Bucket: bucket }));
        // What was versioned once keeps the versions that it has.
        return Status !== undefined;
      }),
  };
}

const getStatus = (error: unknown): number | undefined => (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;

/** The service's own word for it; its texts may hold what was sent. */
function toStoreError(error: unknown, name: string, object: string): unknown {
  if (error instanceof PalisadeError) return error;
  const { name: word = "an unknown error" } = error as { name?: string };
  const status = getStatus(error);
  const why = status === 412 ? "it is there already" : `${word}${status === undefined ? "" : ` (${status})`}`;
  return new PalisadeError("PAL_BACKUP_STORE", `${name}, ${object || "its objects"}: ${why}`);
}
