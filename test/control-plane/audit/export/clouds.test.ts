import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client, CreateBucketCommand } from "@aws-sdk/client-s3";
import { BlobServiceClient, StorageSharedKeyCredential } from "@azure/storage-blob";
import { EVENT_FORMATS } from "../../../../control-plane/audit/export/formats/format.js";
import { BlobSink } from "../../../../control-plane/audit/export/sinks/blob.js";
import { S3Sink } from "../../../../control-plane/audit/export/sinks/s3.js";
import type { Acknowledged, Batch, Sink } from "../../../../control-plane/audit/export/sinks/sink.js";
import { ADMINISTRATOR, type Ministack, REGION, startMinistack } from "../../../../tools/counterparts/aws/ministack.js";
import { type Azurite, ensureAzurite, startAzurite, STORAGE_ACCOUNT, STORAGE_KEY } from "../../../../tools/counterparts/azure/azurite.js";
import { ensurePython } from "../../../../tools/counterparts/python.js";
import { createConnectionRow, encode, ORG } from "../../../support/auditRows.js";
import { ExporterRuns } from "../../../support/exporterRuns.js";

jest.setTimeout(180_000);

const NEVER = new AbortController().signal;
const FIRST_AT = Date.UTC(2026, 0, 31, 9);
/** Rows ten minutes apart: six in each hour. */
const rowOf = (seq: number, role = "app") => createConnectionRow(seq, { role, at: new Date(FIRST_AT + (seq - 1) * 600_000).toISOString() });
const batchOf = (first: number, last: number): Batch => ({
  events: Array.from({ length: last - first + 1 }, (_, at) => encode(rowOf(first + at))),
  through: last,
});
const linesOf = (first: number, last: number): string =>
  batchOf(first, last)
    .events.map(({ line }) => `${line}\n`)
    .join("");
const CONFLICT = "PAL_EXPORT_CONFLICT";

/** 2,000 rows in some forty batches, and where the exporter is killed. */
const RUN = { rows: 2_000, padding: 100, mostBytes: 25_000 };
const PLACES = [1, 400, 900, 1_500];
const ALL_SEQS = Array.from({ length: RUN.rows }, (_, at) => at + 1);
const readSeqs = (lines: string): number[] =>
  lines
    .trimEnd()
    .split("\n")
    .map((line) => (JSON.parse(line) as { seq: number }).seq);

const python = ensurePython();
const describeS3 = "path" in python ? describe : describe.skip;

describeS3(`S3, at a double of AWS${"missing" in python ? ` (${python.missing})` : ""}`, () => {
  let ministack: Ministack;
  let client: S3Client;
  let bucket: string;
  let buckets = 0;
  beforeAll(async () => {
    ministack = await startMinistack("path" in python ? python.path : "");
    client = new S3Client({ endpoint: ministack.url, region: REGION, credentials: ADMINISTRATOR, forcePathStyle: true });
  });
  afterAll(async () => {
    client.destroy();
    await ministack.stop();
  });
  beforeEach(async () => {
    bucket = `acme-audit-${++buckets}`;
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
  });

  const open = (over: { bucket?: string; accessKeyId?: string } = {}): Sink =>
    new S3Sink({
      configuration: { type: "s3", bucket: over.bucket ?? bucket, region: REGION, prefix: "audit/one" },
      organization: ORG,
      clientOptions: {
        endpoint: ministack.url,
        forcePathStyle: true,
        credentials: { ...ADMINISTRATOR, ...(over.accessKeyId !== undefined && { accessKeyId: over.accessKeyId }) },
      },
    });
  const keyOf = (seq: number) => `audit/one/${ORG}/${String(seq).padStart(16, "0")}.jsonl`;
  async function readAll(): Promise<Record<string, string>> {
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket }));
    const objects = Contents.map(async ({ Key = "" }) => {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key }));
      return [Key, (await Body?.transformToString()) ?? ""] as const;
    });
    return Object.fromEntries(await Promise.all(objects));
  }

  it("has an object for each batch, named by its first row", async () => {
    const sink = open();
    await sink.deliver(batchOf(1, 3), NEVER);
    await sink.deliver({ events: [], through: 4 }, NEVER);
    await sink.deliver(batchOf(5, 6), NEVER);
    expect(await readAll()).toEqual({ [keyOf(1)]: linesOf(1, 3), [keyOf(5)]: linesOf(5, 6) });
    expect(sink.confirmed).toBe(6);
    await sink.close();
  });

  it("takes what a plane left that ended before it stored its position: the same, less, or more", async () => {
    await open().deliver(batchOf(1, 3), NEVER);
    await open().deliver(batchOf(1, 3), NEVER);
    await open().deliver(batchOf(1, 5), NEVER);
    await open().deliver(batchOf(4, 4), NEVER);
    expect(await readAll()).toEqual({ [keyOf(1)]: linesOf(1, 3), [keyOf(4)]: linesOf(4, 5) });
  });

  it("has each row once, whenever the exporter is killed", async () => {
    const options = { endpoint: ministack.url, forcePathStyle: true, credentials: ADMINISTRATOR };
    const sink = { type: "s3", bucket, region: REGION } as const;
    const runs = new ExporterRuns(mkdtempSync(join(tmpdir(), "palisade-kills-")), {
      ...RUN,
      sink,
      allows: `s3:${bucket}`,
      clouds: { s3: options },
    });
    await runs.runWithKills(PLACES);
    const objects = await readAll();
    expect(Object.keys(objects).length).toBeGreaterThan(PLACES.length);
    const names = Object.keys(objects).sort();
    expect(readSeqs(names.map((name) => objects[name]).join(""))).toEqual(ALL_SEQS);
  });

  it.each([
    ["another row", linesOf(1, 2).replace("app", "xxx")],
    ["nothing", ""],
    ["a row that is cut", linesOf(1, 2).slice(0, -9)],
  ])("refuses loudly what is in the way and is not the batch: %s", async (_, Body) => {
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: keyOf(1), Body: Buffer.from(Body) }));
    await expect(open().deliver(batchOf(1, 3), NEVER)).rejects.toThrow(CONFLICT);
    expect(await readAll()).toEqual({ [keyOf(1)]: Body });
  });

  it("says by a word of the service why it takes nothing", async () => {
    await expect(open({ bucket: "acme-nowhere" }).deliver(batchOf(1, 1), NEVER)).rejects.toThrow("(NoSuchBucket)");
    const failure = "PAL_EXPORT_FAILED";
    await expect(open({ accessKeyId: "AKIAIOSFODNN7EXAMPLE" }).deliver(batchOf(1, 1), NEVER)).rejects.toThrow(failure);
  });
});

const azurite = ensureAzurite();
const describeBlob = "path" in azurite ? describe : describe.skip;

describeBlob(`an append blob, at a double of Azure${"missing" in azurite ? ` (${azurite.missing})` : ""}`, () => {
  let double: Azurite;
  let service: BlobServiceClient;
  let container: string;
  let containers = 0;
  beforeAll(async () => {
    double = await startAzurite("path" in azurite ? azurite.path : "");
    service = new BlobServiceClient(
      `http://${double.authority}/${STORAGE_ACCOUNT}`,
      new StorageSharedKeyCredential(STORAGE_ACCOUNT, STORAGE_KEY),
    );
  });
  afterAll(async () => {
    await double.stop();
  });
  beforeEach(async () => {
    container = `audit-${++containers}`;
    await service.createContainer(container);
  });

  const open = (key = STORAGE_KEY, acknowledged?: Acknowledged): BlobSink =>
    new BlobSink({
      ...(acknowledged && { acknowledged }),
      configuration: { type: "blob", account: STORAGE_ACCOUNT, container, prefix: "audit" },
      organization: ORG,
      format: EVENT_FORMATS.json,
      service: { url: `http://${double.authority}/${STORAGE_ACCOUNT}`, account: STORAGE_ACCOUNT, key },
    });
  const nameOf = (hour: string) => `audit/${ORG}/2026-01-31T${hour}.jsonl`;
  const read = async (hour: string): Promise<string> =>
    (await service.getContainerClient(container).getBlobClient(nameOf(hour)).downloadToBuffer()).toString();

  it("has the rows of an hour, in order", async () => {
    const sink = open();
    await sink.deliver(batchOf(1, 2), NEVER);
    await sink.deliver(batchOf(3, 8), NEVER);
    await sink.deliver({ events: [], through: 9 }, NEVER);
    expect([await read("09"), await read("10"), sink.confirmed]).toEqual([linesOf(1, 6), linesOf(7, 8), 9]);
  });

  it("has no row twice that a plane left which ended before it stored its position", async () => {
    await open().deliver(batchOf(1, 3), NEVER);
    await open().deliver(batchOf(1, 8), NEVER);
    await open().deliver(batchOf(1, 9), NEVER);
    expect([await read("09"), await read("10")]).toEqual([linesOf(1, 6), linesOf(7, 9)]);
  });

  it("has each row once, whenever the exporter is killed", async () => {
    const options = { url: `http://${double.authority}/${STORAGE_ACCOUNT}`, account: STORAGE_ACCOUNT, key: STORAGE_KEY };
    const sink = { type: "blob", account: STORAGE_ACCOUNT, container } as const;
    const allows = `blob:${STORAGE_ACCOUNT}/${container}`;
    await new ExporterRuns(mkdtempSync(join(tmpdir(), "palisade-kills-")), {
      ...RUN,
      sink,
      allows,
      clouds: { blob: options },
    }).runWithKills(PLACES);
    const blob = service.getContainerClient(container).getBlobClient(`${ORG}/2026-01-01T00.jsonl`);
    expect(readSeqs((await blob.downloadToBuffer()).toString())).toEqual(ALL_SEQS);
  });

  it("notices a second writer, and writes nothing into what is not its own", async () => {
    const sink = open();
    await sink.deliver(batchOf(1, 2), NEVER);
    const foreign = "something else\n";
    await service.getContainerClient(container).getAppendBlobClient(nameOf("09")).appendBlock(foreign, foreign.length);
    await expect(sink.deliver(batchOf(3, 4), NEVER)).rejects.toThrow("(AppendPositionConditionNotMet)");
    await expect(sink.deliver(batchOf(3, 4), NEVER)).rejects.toThrow(CONFLICT);
    expect(await read("09")).toBe(`${linesOf(1, 2)}${foreign}`);
  });

  const replace = async (hour: string, lines: string) => {
    const blob = service.getContainerClient(container).getAppendBlobClient(nameOf(hour));
    await blob.create();
    if (lines !== "") await blob.appendBlock(lines, Buffer.byteLength(lines));
  };
  const SHORTENED = "PAL_EXPORT_SHORTENED";

  it.each([
    ["a row less", linesOf(1, 3)],
    ["a cut row", linesOf(1, 4).slice(0, -9)],
    ["nothing", ""],
  ])("notices that a blob has %s than was acknowledged, at once and after a restart, in its hour and in the next", async (_, left) => {
    const sink = open();
    await sink.deliver(batchOf(1, 4), NEVER);
    const { acknowledged } = sink;
    expect(acknowledged).toEqual({ object: nameOf("09"), bytes: Buffer.byteLength(linesOf(1, 4)) });
    await replace("09", left);
    for (const rows of [batchOf(5, 6), batchOf(7, 8), batchOf(5, 8)])
      await expect(open(STORAGE_KEY, acknowledged).deliver(rows, NEVER)).rejects.toThrow(
        `${nameOf("09")} has ${Buffer.byteLength(left)} bytes of`,
      );
    await expect(sink.deliver(batchOf(7, 8), NEVER)).rejects.toThrow(SHORTENED);
    await expect(sink.deliver(batchOf(5, 6), NEVER)).rejects.toThrow(SHORTENED);
    expect(await read("09")).toBe(left);
  });

  it("takes an earlier hour that its owner removed, and not one that is still written to", async () => {
    const sink = open();
    await sink.deliver(batchOf(1, 4), NEVER);
    await service.getContainerClient(container).deleteBlob(nameOf("09"));
    await expect(open(STORAGE_KEY, sink.acknowledged).deliver(batchOf(5, 6), NEVER)).rejects.toThrow(SHORTENED);
    await open(STORAGE_KEY, sink.acknowledged).deliver(batchOf(7, 8), NEVER);
    expect(await read("10")).toBe(linesOf(7, 8));
  });

  it("is told what it acknowledged by the service, which may hold more where a position was not stored", async () => {
    const sink = open();
    await sink.deliver(batchOf(1, 2), NEVER);
    const { acknowledged } = sink;
    await sink.deliver(batchOf(3, 4), NEVER);
    const next = open(STORAGE_KEY, acknowledged);
    await next.deliver(batchOf(3, 5), NEVER);
    expect([await read("09"), next.acknowledged]).toEqual([
      linesOf(1, 5),
      { object: nameOf("09"), bytes: Buffer.byteLength(linesOf(1, 5)) },
    ]);
  });

  it("splits what fits into no block", async () => {
    const events = [1, 2, 3, 4, 5].map((seq) => encode(rowOf(seq, "x".repeat(1_500_000))));
    await open().deliver({ events, through: 5 }, NEVER);
    expect(await read("09")).toBe(events.map(({ line }) => `${line}\n`).join(""));
  });

  it("says by a word of the service why it takes nothing", async () => {
    const failure = "PAL_EXPORT_FAILED";
    await expect(open(Buffer.alloc(64, 1).toString("base64")).deliver(batchOf(1, 1), NEVER)).rejects.toThrow(failure);
  });
});
