import { createCipheriv, randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Readable, type Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
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
  const parts = await loadModules();
  return { rows: [...(await measureStreams(parts)), ...(await measureDirectory(parts)), await measureRewrap(parts)] };
}

/**
 * The streams alone, in memory. By processor time, which no other process on the machine adds to, each beside the raw cipher of the same moment:
 * the median of the turns.
 */
async function measureStreams({ createSealingStream, createOpeningStream }: ControlPlaneModules): Promise<Row[]> {
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
async function measureDirectory(parts: ControlPlaneModules): Promise<Row[]> {
  return withFolder(async (folder) => {
    const [directory, sealed, opened] = ["data", "sealed", "opened"].map((name) => join(folder, name)) as [string, string, string];
    createClusterDirectory(directory);
    const { keys } = await openKeys(parts, folder);
    const best = { seal: Infinity, open: Infinity };
    for (let turn = 0; turn < RUNS / 3; turn++) {
      best.seal = Math.min(best.seal, await measureSeconds(() => parts.sealDirectory(keys, directory, sealed, CONTEXT)));
      best.open = Math.min(best.open, await measureSeconds(() => parts.openSealedDirectory(keys, sealed, opened, CONTEXT)));
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

async function measureRewrap(parts: ControlPlaneModules): Promise<Row> {
  return withFolder(async (folder) => {
    const { kms, keys } = await openKeys(parts, folder);
    for (let branch = 0; branch < KEYS; branch++) await keys.useNewDataKey({ ...CONTEXT, branch: `br-${branch}` }, () => Promise.resolve());
    await kms.rotate();
    const seconds = await measureSeconds(() => keys.rewrap({}));
    return {
      name: `${KEYS} erasure keys moved to a new version of the local key, 16 at a time`,
      value: `${seconds.toFixed(1)} s`,
    };
  });
}

const CONTEXT = { organization: "org", project: "p", branch: "br", purpose: "stopped", object: "br" };

async function openKeys({ Keyring, LocalKms, ErasureKeys }: ControlPlaneModules, folder: string): Promise<{ kms: Kms; keys: Keys }> {
  const kms = await LocalKms.open(join(folder, "local.key"));
  const keyring = await Keyring.open(join(folder, "keyring.json"));
  const at = () => new Date().toISOString();
  return { kms, keys: new ErasureKeys(keyring, { current: () => kms, of: () => kms }, { at }) };
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

/** The parts of the built control plane that are measured; their types live in the other package. */
const CONTROL_PLANE = resolve(__dirname, "../../control-plane/dist/encryption");

interface Kms {
  rotate: () => Promise<void>;
}
interface Keys {
  useNewDataKey: (context: object, work: () => Promise<void>) => Promise<void>;
  rewrap: (where: object) => Promise<number>;
}
interface ControlPlaneModules {
  createSealingStream: (key: Buffer, context: Buffer) => Transform;
  createOpeningStream: (key: Buffer, context: Buffer) => Transform;
  sealDirectory: (keys: Keys, directory: string, to: string, context: object) => Promise<void>;
  openSealedDirectory: (keys: Keys, from: string, directory: string, context: object) => Promise<void>;
  Keyring: { open: (path: string) => Promise<object> };
  LocalKms: { open: (path: string) => Promise<Kms> };
  ErasureKeys: new (keyring: object, providers: object, clock: object) => Keys;
}

async function loadModules(): Promise<ControlPlaneModules> {
  const files = ["sealedStream.js", "sealedDirectory.js", "keyring.js", "keys/localKms.js", "erasureKeys.js"];
  const parts = await Promise.all(files.map(async (file) => (await import(join(CONTROL_PLANE, file))) as object));
  return Object.assign({}, ...parts) as ControlPlaneModules;
}
