import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { computeVerifier } from "@palisade/control-plane/dist/passwords/scram.js";
import { ensurePki } from "@palisade/control-plane/dist/pki/index.js";
import {
  buildAuthenticationOk,
  buildSaslInitialResponse,
  buildSaslResponse,
  buildStartupPacket,
} from "@palisade/control-plane/dist/proxy/protocol.js";
import fc from "fast-check";
import { type FuzzCase, listFuzzCases, SSL_REQUEST } from "./fuzzCases.js";
import { startBenchProxy } from "./proxyServer.js";
import type { Row } from "./row.js";

export const title = "Malformed input at the proxy before authentication";

/** Fixed: the same inputs at every run. */
const SEED = 20_261;
/** As many times as the tests send. */
const FACTOR = 10;
const AT_ONCE = 16;
/** The proxy closes a connection that sends too little; one that is still open after the second deadline counts as a hang. */
const [CUT_OFF_MS, HANGING_MS] = [2_000, 10_000];
const HOST = "ep-fuzz.db.localhost";

export async function run(): Promise<{ rows: Row[] }> {
  const target = await startTarget();
  try {
    const rows: Row[] = [];
    for (const kind of listFuzzCases(target.login)) rows.push(await measureInputs(kind, target));
    return { rows: [...rows, { name: "seed", value: String(SEED) }] };
  } finally {
    await target.close();
  }
}

async function measureInputs({ what, secure, inputs, runs }: FuzzCase, target: FuzzTarget): Promise<Row> {
  const samples = fc.sample(inputs, { numRuns: runs * FACTOR, seed: SEED });
  const count = { hangs: 0, admitted: 0 };
  const before = { ...target.seen };
  let at = 0;
  const one = async () => {
    for (let input = samples[at++]; input !== undefined; input = samples[at++]) {
      const answer = await sendWithDeadline(target.port, input, secure);
      if (answer === "hangs") count.hangs++;
      else if (answer.includes(target.authenticationOk)) count.admitted++;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  const crashes = target.seen.crashes - before.crashes;
  const bytes = target.seen.connections - before.connections + target.seen.bytes - before.bytes;
  return {
    name: what,
    value: `${samples.length.toLocaleString("en")} inputs: ${crashes} crashes, ${count.hangs} hangs beyond ${HANGING_MS / 1_000} s, ${count.admitted} admitted, ${bytes} bytes or connections to Postgres`,
    goal: "0 of each",
  };
}

/** Sends it all and hangs up; resolves to what came back. */
async function sendWithDeadline(port: number, input: Buffer, secure: boolean): Promise<Buffer | "hangs"> {
  const raw = connect(port, "127.0.0.1").on("error", ignore);
  let late: NodeJS.Timeout | undefined;
  const hanging = new Promise<"hangs">((done) => {
    late = setTimeout(() => {
      done("hangs");
    }, HANGING_MS);
  });
  try {
    return await Promise.race([hanging, sendInput(raw, input, secure)]);
  } finally {
    clearTimeout(late);
    raw.destroy();
  }
}

async function sendInput(raw: Socket, input: Buffer, secure: boolean): Promise<Buffer> {
  const stream = secure ? await upgradeToTls(raw) : raw;
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk)).on("error", ignore);
  const closed = new Promise((resolve) => stream.once("close", resolve));
  stream.end(input);
  await closed;
  return Buffer.concat(chunks);
}

async function upgradeToTls(raw: Socket): Promise<Socket> {
  raw.write(SSL_REQUEST);
  await once(raw, "data");
  const stream = connectTls({ socket: raw, servername: HOST, rejectUnauthorized: false });
  await once(stream, "secureConnect");
  return stream;
}

const ignore = (): void => undefined;

interface FuzzTarget {
  port: number;
  login: Buffer;
  authenticationOk: Buffer;
  /** Where Postgres would be, and in the proxy. */
  seen: { connections: number; bytes: number; crashes: number };
  close: () => Promise<void>;
}

async function startTarget(): Promise<FuzzTarget> {
  const folder = mkdtempSync(join(tmpdir(), "palisade-fuzz-"));
  const seen = { connections: 0, bytes: 0, crashes: 0 };
  const compute = createServer((socket) => {
    seen.connections++;
    socket.on("data", (bytes) => (seen.bytes += bytes.length)).on("error", ignore);
  }).listen(join(folder, "compute"));
  await once(compute, "listening");
  const crashed = () => seen.crashes++;
  process.on("uncaughtException", crashed).on("unhandledRejection", crashed);

  const plenty = { perSecond: 1e9, burst: 1e9 };
  const { server } = await ensurePki(join(folder, "pki"), new Date());
  const { port, stop } = await startBenchProxy({
    ...{ socketPath: join(folder, "compute"), verifier: computeVerifier("right"), endpointId: "ep-fuzz", ips: [] },
    tls: server,
    limits: { handshakeMs: CUT_OFF_MS, authenticationMs: CUT_OFF_MS, connections: plenty, wrongPasswords: plenty, cancels: plenty },
    log: ({ event }) => (seen.crashes += event === "connection-failed" ? 1 : 0),
  });
  const login = Buffer.concat([
    buildStartupPacket([
      ["user", "alice"],
      ["database", "app"],
      ["options", "-c a=b"],
    ]),
    buildSaslInitialResponse("SCRAM-SHA-256", "n,,n=,r=abcdefghijkl"),
    buildSaslResponse(`c=biws,r=abcdefghijkl,p=${Buffer.alloc(32).toString("base64")}`),
  ]);
  const close = async () => {
    await stop();
    compute.close();
    process.off("uncaughtException", crashed).off("unhandledRejection", crashed);
    rmSync(folder, { recursive: true, force: true });
  };
  return { port, login, authenticationOk: buildAuthenticationOk(), seen, close };
}
