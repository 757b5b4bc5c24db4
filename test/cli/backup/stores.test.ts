import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateBucketCommand, PutBucketVersioningCommand, S3Client } from "@aws-sdk/client-s3";
import { BackupKeys } from "../../../cli/backup/keys.js";
import { openBlobStore } from "../../../cli/backup/stores/blobStore.js";
import { openDirectoryStore } from "../../../cli/backup/stores/directoryStore.js";
import { type ObjectStore, PART_BYTES } from "../../../cli/backup/stores/objectStore.js";
import { openS3Store } from "../../../cli/backup/stores/s3Store.js";
import { LocalKms } from "../../../encryption/keys/localKms.js";
import { ADMINISTRATOR, type Ministack, REGION, startMinistack } from "../../../tools/counterparts/aws/ministack.js";
import {
  type Azurite,
  createContainer,
  ensureAzurite,
  startAzurite,
  STORAGE_ACCOUNT,
  STORAGE_KEY,
} from "../../../tools/counterparts/azure/azurite.js";
import { ensurePython } from "../../../tools/counterparts/python.js";

/** Every store keeps the same promises: a directory, S3 (a double: ministack), and Azure Blob Storage (a double: Azurite). */
jest.setTimeout(120_000);

const python = ensurePython();
const azuriteFolder = ensureAzurite();
const folder = mkdtempSync(join(tmpdir(), "palisade-stores-"));
let ministack: Ministack | undefined;
let azurite: Azurite | undefined;

beforeAll(async () => {
  if ("path" in python) ministack = await startMinistack(python.path);
  if ("path" in azuriteFolder) azurite = await startAzurite(azuriteFolder.path);
  if (ministack) for (const Bucket of ["backups", "versioned"]) await s3().send(new CreateBucketCommand({ Bucket }));
  if (azurite) await createContainer(azurite, "backups");
}, 120_000);
afterAll(async () => {
  await Promise.all([ministack?.stop(), azurite?.stop()]);
  rmSync(folder, { recursive: true, force: true });
});

const options = () => ({ endpoint: ministack?.url ?? "", credentials: ADMINISTRATOR, maxAttempts: 1, forcePathStyle: true });
const s3 = () => new S3Client({ region: REGION, ...options() });
const blobOptions = { credential: { accountName: STORAGE_ACCOUNT, accountKey: STORAGE_KEY } };
const openS3 = (bucket: string) => openS3Store({ bucket, prefix: "shop/eu", region: REGION }, options());
const openBlobs = () =>
  openBlobStore({ accountUrl: `http://${azurite?.authority ?? ""}/${STORAGE_ACCOUNT}`, container: "backups", prefix: "shop" }, blobOptions);

const STORES: [string, "path" | "missing", () => Promise<ObjectStore>][] = [
  ["a directory", "path", () => Promise.resolve(openDirectoryStore(join(folder, "store")))],
  ["S3", "path" in python ? "path" : "missing", () => openS3("backups")],
  ["Azure Blob Storage", "path" in azuriteFolder ? "path" : "missing", openBlobs],
];

async function collect(source: AsyncIterable<Buffer>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of source) pieces.push(piece);
  return Buffer.concat(pieces);
}

describe.each(STORES)("%s", (_, found, open) => {
  const when = found === "path" ? it : it.skip;

  when("gives back what it was given, and lists it", async () => {
    const store = await open();
    // More than one part, and not a whole number of them.
    const large = randomBytes(PART_BYTES + 1_000_003);
    const pieces = function* () {
      for (let at = 0; at < large.length; at += 100_000) yield large.subarray(at, at + 100_000);
    };
    await store.putStream("objects/a/0.sealed", toAsync(pieces()));
    await store.putStream("objects/b/0.sealed", toAsync([]));
    expect(await store.putNew("index/1.json", Buffer.from("one"))).toBe(true);
    expect((await collect(store.read("objects/a/0.sealed"))).equals(large)).toBe(true);
    expect((await collect(store.read("objects/b/0.sealed"))).length).toBe(0);
    expect((await store.get("index/1.json", 3))?.toString()).toBe("one");
    expect((await store.list("objects/")).sort()).toEqual(["objects/a/0.sealed", "objects/b/0.sealed"]);
    await store.remove("objects/b/0.sealed");
    await store.remove("objects/b/0.sealed");
    expect(await store.list("objects/b")).toEqual([]);
  });

  when("replaces nothing, and says what is too large or not there", async () => {
    const store = await open();
    expect(await store.putNew("index/2.json", Buffer.from("first"))).toBe(true);
    expect(await store.putNew("index/2.json", Buffer.from("second"))).toBe(false);
    await expect(store.putStream("index/2.json", toAsync([Buffer.from("third")]))).rejects.toMatchObject({ code: "PAL_BACKUP_STORE" });
    expect((await store.get("index/2.json", 100))?.toString()).toBe("first");
    await expect(store.get("index/2.json", 4)).rejects.toMatchObject({ code: "PAL_BACKUP_STORE" });
    expect(await store.get("index/none.json", 100)).toBeUndefined();
    await expect(collect(store.read("objects/none"))).rejects.toMatchObject({ code: "PAL_BACKUP_STORE" });
  });

  when("has nothing of a source that fails", async () => {
    const store = await open();
    const failing = async function* () {
      for (let piece = 0; piece < 40; piece++) yield await Promise.resolve(Buffer.alloc(1 << 20));
      throw new Error("the dump failed");
    };
    await expect(store.putStream("objects/c/0.sealed", failing())).rejects.toThrow();
    expect(await store.list("objects/c")).toEqual([]);
  });
});

async function* toAsync(pieces: Iterable<Buffer>): AsyncGenerator<Buffer> {
  for (const piece of pieces) yield await Promise.resolve(piece);
}

it("a directory is its user's alone", async () => {
  const store = openDirectoryStore(join(folder, "modes"));
  await store.putNew("index/1.json", Buffer.from("x"));
  const modeOf = (path: string) => statSync(join(folder, "modes", path)).mode & 0o777;
  expect([modeOf("index/1.json"), modeOf("index"), modeOf("")]).toEqual([0o600, 0o700, 0o700]);
});

("path" in python ? it : it.skip)("a bucket with versions takes no erasure keys", async () => {
  await s3().send(new PutBucketVersioningCommand({ Bucket: "versioned", VersioningConfiguration: { Status: "Enabled" } }));
  const provider = await LocalKms.open(join(folder, "local.json"));
  const plain = openDirectoryStore(join(folder, "keys"));
  await expect(new BackupKeys(provider, [plain, await openS3("versioned")]).assertErasable()).rejects.toMatchObject({
    code: "PAL_BACKUP_VERSIONED",
  });
  await new BackupKeys(provider, [plain, await openS3("backups")]).assertErasable();
});
