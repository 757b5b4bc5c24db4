import { createCipheriv, randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable, type Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createOpeningStream, createSealingStream } from "@palisade/neon/encryption/sealedStream";
import { LocalKms } from "@palisade/neon/encryption/keys/localKms";
import { Clock } from "@palisade/control-plane/dist/clock.js";
import { ErasureKeys } from "@palisade/control-plane/dist/encryption/erasureKeys.js";
import { Keyring } from "@palisade/control-plane/dist/encryption/keyring.js";
import { openSealedDirectory, sealDirectory } from "@palisade/control-plane/dist/encryption/sealedDirectory.js";
import type { SealContext } from "@palisade/neon/encryption/sealContext";
import { computeMedian } from "./median.js";
import type { Row } from "./row.js";

export const title = "Sealing: 110 MB, against the same cipher of Node alone in the same run";

const MEGABYTES = 110;
const BYTES = MEGABYTES * 1_000_000;
const PIECE_BYTES = 1 << 18;
const PIECES_EACH = 4;
const RUNS = 10;
/** As many as a cluster of Postgres has. */
const FILES = 1_280;
const KEYS = 1_000;
const GOAL_RATIO = 0.8;

export async function run(): Promise<{ rows: Row[] }> {
  return { rows: [...(await measureStreams()), ...(await measureDirectory()), await measureRewrap()] };
}

/**
 * The streams alone, in memory. By processor time, which no other process on the machine adds to, each beside the raw cipher of the same moment:
 * the median of the turns.
 */
async function measureStreams(): Promise<Row[]> {
  const [key, context] = [randomBytes(32), Buffer.from("context")];
  const plaintext = splitIntoPieces(Buffer.alloc(BYTES, 5));
  const sealed: Buffer[] = [];
  await pipeThrough(plaintext, createSealingStream(key, context), (piece) => sealed.push(piece));
  const whole = splitIntoPieces(Buffer.concat(sealed));
  const turns: { raw: number; seal: number; open: number }[] = [];
  for (let turn = 0; turn < RUNS; turn++) {
    const raw = await measureCpuSeconds(() => {
      encryptRaw(plaintext, key);
    });
    const seal = await measureCpuSeconds(() => pipeThrough(plaintext, createSealingStream(key, context)));
    turns.push({ raw, seal, open: await measureCpuSeconds(() => pipeThrough(whole, createOpeningStream(key, context))) });
  }
  const ratio = (verb: "seal" | "open") => `${computeMedian(turns.map((turn) => turn.raw / turn[verb])).toFixed(2)} of it`;
  const goal = `at least ${GOAL_RATIO} of it`;
  return [
    {
      name: "AES-256-GCM of Node alone, messages of 1 MiB in pieces of 256 KiB",
      value: formatRate(computeMedian(turns.map(({ raw }) => raw))),
    },
    { name: "seal", value: ratio("seal"), goal },
    { name: "open", value: ratio("open"), goal },
  ];
}

/** The same messages of 1 MiB, in the same pieces. */
function encryptRaw(pieces: readonly Buffer[], key: Buffer): void {
  for (let at = 0; at < pieces.length; at += PIECES_EACH) {
    const cipher = createCipheriv("aes-256-gcm", key, Buffer.alloc(12));
    for (const piece of pieces.slice(at, at + PIECES_EACH)) cipher.update(piece);
    cipher.final();
    cipher.getAuthTag();
  }
}

/** With the archive, the disk and its flushes: what a stop and a cold start would pay. */
async function measureDirectory(): Promise<Row[]> {
  return withFolder(async (folder) => {
    const [directory, sealed, opened] = ["data", "sealed", "opened"].map((name) => join(folder, name)) as [string, string, string];
    createClusterDirectory(directory);
    const { keys } = await openKeys(folder);
    const best = { seal: Infinity, open: Infinity };
    for (let turn = 0; turn < RUNS / 3; turn++) {
      best.seal = Math.min(best.seal, await measureSeconds(() => sealDirectory(keys, directory, sealed, CONTEXT)));
      best.open = Math.min(best.open, await measureSeconds(() => openSealedDirectory(keys, sealed, opened, CONTEXT)));
      rmSync(opened, { recursive: true });
    }
    const larger = statSync(sealed).size / BYTES;
    return [
      { name: `a directory of ${FILES} files sealed into one, flushed`, value: `${best.seal.toFixed(2)} s, ${formatRate(best.seal)}` },
      { name: "opened into a directory again, every file flushed", value: `${best.open.toFixed(2)} s, ${formatRate(best.open)}` },
      { name: "size of the sealed file", value: `${larger.toFixed(3)} times the data` },
    ];
  });
}

async function measureRewrap(): Promise<Row> {
  return withFolder(async (folder) => {
    const { kms, keys } = await openKeys(folder);
    for (let branch = 0; branch < KEYS; branch++) await keys.useNewDataKey({ ...CONTEXT, branch: `br-${branch}` }, () => Promise.resolve());
    await kms.rotate();
    const seconds = await measureSeconds(() => keys.rewrap({}));
    return {
      name: `${KEYS} erasure keys moved to a new version of the local key, 16 at a time`,
      value: `${seconds.toFixed(1)} s`,
    };
  });
}

const CONTEXT: SealContext = { organization: "org", project: "p", branch: "br", purpose: "stopped", object: "br" };

async function openKeys(folder: string): Promise<{ kms: LocalKms; keys: ErasureKeys }> {
  const kms = await LocalKms.open(join(folder, "local.key"));
  const keyring = await Keyring.open(join(folder, "keyring.json"));
  return { kms, keys: new ErasureKeys(keyring, { getCurrentProvider: () => kms, getWrappingProvider: () => kms }, new Clock()) };
}

/** Files of very different sizes, as a cluster's are. */
function createClusterDirectory(directory: string): void {
  const [large, rest] = [6, FILES - 6];
  const largeBytes = 16_000_000;
  for (let folder = 0; folder < 8; folder++) mkdirSync(join(directory, String(folder)), { recursive: true });
  for (let file = 0; file < FILES; file++) {
    const bytes = file < large ? largeBytes : Math.floor((BYTES - large * largeBytes) / rest);
    writeFileSync(join(directory, String(file % 8), `file${file}`), Buffer.alloc(bytes, file));
  }
}

async function pipeThrough(pieces: readonly Buffer[], stream: Transform, take: (piece: Buffer) => void = () => undefined): Promise<void> {
  await pipeline(Readable.from(pieces), stream, async (source: AsyncIterable<Buffer>) => {
    for await (const piece of source) take(piece);
  });
}

function splitIntoPieces(bytes: Buffer): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) pieces.push(bytes.subarray(at, at + PIECE_BYTES));
  return pieces;
}

async function measureCpuSeconds(work: () => Promise<void> | void): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

async function measureSeconds(work: () => unknown): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1_000;
}

const formatRate = (seconds: number): string => `${Math.round(MEGABYTES / seconds)} MB/s`;

async function withFolder<R>(work: (folder: string) => Promise<R>): Promise<R> {
  const folder = mkdtempSync(join(tmpdir(), "palisade-sealing-"));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
