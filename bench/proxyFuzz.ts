import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { connect as connectTls } from "node:tls";
import fc from "fast-check";
import { type FuzzCase, listFuzzCases, SSL_REQUEST } from "./fuzzCases.js";
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

/** The parts of the built control plane that are measured; their types live in the other package. */
const CONTROL_PLANE = resolve(__dirname, "../../control-plane/dist");
interface ControlPlaneModules {
  ensurePki: (directory: string, now: Date) => Promise<{ server: object }>;
  startProxy: (options: object) => { port: number; stop: () => Promise<void> };
  listenForClients: (bind: string, port: number) => Promise<object>;
  buildProjectRules: (id: string, facts: object) => object;
  buildEndpointRules: (project: object, branch: object, compute: object) => object;
  computeVerifier: (password: string) => object;
  buildStartupPacket: (parameters: [string, string][]) => Buffer;
  buildSaslInitialResponse: (mechanism: string, text: string) => Buffer;
  buildSaslResponse: (text: string) => Buffer;
  buildAuthenticationOk: () => Buffer;
}

async function startTarget(): Promise<FuzzTarget> {
  const part = async (path: string) => (await import(join(CONTROL_PLANE, path))) as ControlPlaneModules;
  const [pki, proxy, rules, scram, protocol, listen] = await Promise.all(
    ["pki/index.js", "proxy/index.js", "proxy/rules.js", "passwords/scram.js", "proxy/protocol.js", "listen/clientListeners.js"].map(part),
  );
  if (!pki || !proxy || !rules || !scram || !protocol || !listen) throw new Error("the control plane is not built");
  const folder = mkdtempSync(join(tmpdir(), "palisade-fuzz-"));
  const seen = { connections: 0, bytes: 0, crashes: 0 };
  const compute = createServer((socket) => {
    seen.connections++;
    socket.on("data", (bytes) => (seen.bytes += bytes.length)).on("error", ignore);
  }).listen(join(folder, "compute"));
  await once(compute, "listening");
  const crashed = () => seen.crashes++;
  process.on("uncaughtException", crashed).on("unhandledRejection", crashed);

  const facts = { ips: [], protectedBranchesOnly: false, blockPublicConnections: false, blockVpcConnections: false };
  const project = rules.buildProjectRules("project", { ...facts, vpcRestrictions: [], assignedVpcEndpoints: [] });
  const endpoint = rules.buildEndpointRules(project, { id: "br", protected: false }, { id: "ep-fuzz", branchId: "br", disabled: false });
  const verifier = scram.computeVerifier("right");
  const plenty = { perSecond: 1e9, burst: 1e9 };
  const { server } = await pki.ensurePki(join(folder, "pki"), new Date());
  const listener = await listen.listenForClients("127.0.0.1", 0);
  const { port, stop } = proxy.startProxy({
    listener,
    tls: server,
    domain: "db.localhost",
    limits: { handshakeMs: CUT_OFF_MS, authenticationMs: CUT_OFF_MS, connections: plenty, wrongPasswords: plenty, cancels: plenty },
    log: ({ event }: { event: string }) => (seen.crashes += event === "connection-failed" ? 1 : 0),
    backend: {
      findRules: () => endpoint,
      findVerifier: () => verifier,
      wake: () => Promise.resolve({ socketPath: join(folder, "compute"), pooled: false, release: ignore }),
      onDecision: ignore,
      onSessionEnd: ignore,
    },
  });
  const login = Buffer.concat([
    protocol.buildStartupPacket([
      ["user", "alice"],
      ["database", "app"],
      ["options", "-c a=b"],
    ]),
    protocol.buildSaslInitialResponse("SCRAM-SHA-256", "n,,n=,r=abcdefghijkl"),
    protocol.buildSaslResponse(`c=biws,r=abcdefghijkl,p=${Buffer.alloc(32).toString("base64")}`),
  ]);
  const close = async () => {
    await stop();
    compute.close();
    process.off("uncaughtException", crashed).off("unhandledRejection", crashed);
    rmSync(folder, { recursive: true, force: true });
  };
  return { port, login, authenticationOk: protocol.buildAuthenticationOk(), seen, close };
}
