import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { BlobServiceClient, StorageSharedKeyCredential } from "@azure/storage-blob";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { ADMINISTRATOR, type Ministack, REGION, startMinistack } from "../../../../tools/counterparts/aws/ministack.js";
import {
  type Azurite,
  createContainer,
  ensureAzurite,
  startAzurite,
  STORAGE_ACCOUNT,
  STORAGE_KEY,
} from "../../../../tools/counterparts/azure/azurite.js";
import { ensurePython } from "../../../../tools/counterparts/python.js";
import { buildPlane, endPlanes, planeDirectory } from "../../../support/plane.js";
import { until } from "../../../support/until.js";
import { countDuplicates, PlaneScene, readNumbers } from "./planeScene.js";

/**
 * A whole plane is killed in the middle of an export, and the emulator of the cloud goes away: ministack, for S3, is killed as well and keeps what it
 * acknowledged in files; Azurite, for blobs, writes its list of blocks every five seconds alone, so it is shut down. What is held is the plane's half.
 */
const ROWS = 6_000;
jest.setTimeout(480_000);

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  await endPlanes();
  for (const end of ends.splice(0)) await end();
});
beforeAll(buildPlane, 120_000);

/** Rows are gathered, and failures waited for, by the plane's clock: moved on, it makes minutes of seconds. */
async function reach(scene: PlaneScene, id: string, row: number | "the end"): Promise<void> {
  let last: unknown;
  await until(
    `row ${row}`,
    async () => {
      await scene.plane.api.ok(z.object({}), "POST", "/x-palisade/test/clock", { advanceSeconds: 10 });
      const looked = await scene.look(id);
      last = looked;
      return row === "the end" ? looked.position > ROWS && looked.behind === 0 : looked.position >= row;
    },
    // Hundreds of calls of an emulator, each written to the disk, on a machine with other work.
    150_000,
  ).catch((error: unknown) => {
    throw new Error(`${(error as Error).message}: ${JSON.stringify(last)}`);
  });
}

/** Kills the plane in the middle, ends the emulator for longer than one attempt takes, and kills the plane while it is away. */
async function exportWithKills(
  scene: PlaneScene,
  id: string,
  endEmulator: () => Promise<void>,
  startEmulator: () => Promise<void>,
): Promise<void> {
  for (const row of [1_000, 2_500]) {
    await scene.start();
    await reach(scene, id, row);
    await scene.plane.end("SIGKILL");
  }
  await scene.start();
  await endEmulator();
  await until("a failure", async () => (await scene.look(id)).state === "failing", 60_000);
  await scene.plane.end("SIGKILL");
  await scene.start();
  await startEmulator();
  await reach(scene, id, "the end");
  expect(await scene.look(id)).toMatchObject({ missed: 0, state: "active" });
  expect(await scene.plane.end("SIGTERM")).toBe(0);
}

const python = ensurePython();
const withS3 = "path" in python ? it : it.skip;

withS3(`objects of S3, at an emulator, have each row once and in order${"missing" in python ? ` (${python.missing})` : ""}`, async () => {
  const kept = { folder: planeDirectory() };
  let emulator: Ministack = await startMinistack("path" in python ? python.path : "", kept);
  ends.push(() => emulator.stop());
  const options = { endpoint: emulator.url, region: REGION, credentials: ADMINISTRATOR, forcePathStyle: true };
  const client = new S3Client(options);
  await client.send(new CreateBucketCommand({ Bucket: "acme-audit" }));
  const { scene, made } = await PlaneScene.open(
    [{ sink: { type: "s3", bucket: "acme-audit", region: REGION, prefix: "plane" }, allows: "s3:acme-audit/plane" }],
    { rows: ROWS, exportClients: { s3: options } },
  );
  await exportWithKills(
    scene,
    made[0]?.audit_export.id ?? "",
    () => emulator.stop(),
    async () => {
      emulator = await startMinistack("path" in python ? python.path : "", { ...kept, port: emulator.port });
    },
  );
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: "acme-audit", Prefix: "plane/" }));
  const texts = [];
  for (const Key of Contents.map((one) => one.Key ?? "").sort()) {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: "acme-audit", Key }));
    texts.push((await Body?.transformToString()) ?? "");
  }
  client.destroy();
  expect(texts.length).toBeGreaterThan(4);
  expect(countDuplicates(readNumbers(texts.join("")), ROWS)).toBe(0);
});

const azurite = ensureAzurite();
const withBlobs = "path" in azurite ? it : it.skip;

withBlobs(
  `append blobs, at an emulator, have each row once and in order${"missing" in azurite ? ` (${azurite.missing})` : ""}`,
  async () => {
    const folder = "path" in azurite ? azurite.path : "";
    const kept = { folder: planeDirectory() };
    let emulator: Azurite = await startAzurite(folder, kept);
    ends.push(() => emulator.stop());
    await createContainer(emulator, "audit");
    const url = `http://${emulator.authority}/${STORAGE_ACCOUNT}`;
    const { scene, made } = await PlaneScene.open(
      [{ sink: { type: "blob", account: STORAGE_ACCOUNT, container: "audit" }, allows: `blob:${STORAGE_ACCOUNT}/audit` }],
      { rows: ROWS, exportClients: { blob: { url, account: STORAGE_ACCOUNT, key: STORAGE_KEY } } },
    );
    await exportWithKills(
      scene,
      made[0]?.audit_export.id ?? "",
      () => emulator.shutDown(),
      async () => {
        emulator = await startAzurite(folder, { ...kept, authority: emulator.authority });
      },
    );
    const container = new BlobServiceClient(url, new StorageSharedKeyCredential(STORAGE_ACCOUNT, STORAGE_KEY)).getContainerClient("audit");
    const texts = [];
    for await (const { name } of container.listBlobsFlat()) texts.push((await container.getBlobClient(name).downloadToBuffer()).toString());
    expect(countDuplicates(readNumbers(texts.join("")), ROWS)).toBe(0);
  },
);

withBlobs("a service of blobs that is killed, and forgets what it acknowledged, is noticed, and another prefix goes on", async () => {
  const folder = "path" in azurite ? azurite.path : "";
  const kept = { folder: planeDirectory() };
  let emulator: Azurite = await startAzurite(folder, kept);
  ends.push(() => emulator.stop());
  await createContainer(emulator, "audit");
  const { authority } = emulator;
  // The container itself is not to be forgotten.
  const list = join(kept.folder, "__azurite_db_blob__.json");
  await until("the container is written down", () => existsSync(list) && readFileSync(list, "utf8").includes('"audit"'), 60_000);
  const url = `http://${authority}/${STORAGE_ACCOUNT}`;
  const container = new BlobServiceClient(url, new StorageSharedKeyCredential(STORAGE_ACCOUNT, STORAGE_KEY)).getContainerClient("audit");
  const sink = { type: "blob", account: STORAGE_ACCOUNT, container: "audit" } as const;
  const { scene, made } = await PlaneScene.open([{ sink, allows: `blob:${STORAGE_ACCOUNT}/audit` }], {
    rows: ROWS,
    exportClients: { blob: { url, account: STORAGE_ACCOUNT, key: STORAGE_KEY } },
  });
  const id = made[0]?.audit_export.id ?? "";
  const measure = async () => {
    let bytes = 0;
    for await (const { properties } of container.listBlobsFlat()) bytes += properties.contentLength ?? 0;
    return bytes;
  };
  await scene.start();
  // What it wrote down just before it was killed, it has not forgotten.
  for (const row of [1_000, 2_500, 4_000]) {
    await reach(scene, id, row);
    const had = await measure();
    await emulator.stop();
    emulator = await startAzurite(folder, { ...kept, authority });
    if ((await measure()) < had) break;
  }
  await until("the loss", async () => {
    await scene.plane.api.ok(z.object({}), "POST", "/x-palisade/test/clock", { advanceSeconds: 10 });
    return (await scene.look(id)).reason?.includes("PAL_EXPORT_SHORTENED") === true;
  });
  await scene.plane.end("SIGKILL");
  await scene.start();
  await until("the loss, after a restart", async () => (await scene.look(id)).reason?.includes("PAL_EXPORT_SHORTENED") === true);
  const { position, blocked } = await scene.look(id);
  expect(blocked).toBe(true);
  await scene.plane.api.ok(z.object({}), "PATCH", scene.path(id), { sink: { ...sink, prefix: "on" } });
  await reach(scene, id, "the end");
  const texts = [];
  for await (const { name } of container.listBlobsFlat({ prefix: "on/" }))
    texts.push((await container.getBlobClient(name).downloadToBuffer()).toString());
  const numbers = readNumbers(texts.join(""));
  expect([numbers.length > 0, numbers.at(-1), new Set(numbers).size]).toEqual([true, ROWS, numbers.length]);
  expect(numbers[0]).toBeLessThanOrEqual(position);
});
