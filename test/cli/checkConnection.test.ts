import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createSecureContext, type SecureContextOptions, TLSSocket } from "node:tls";
import { check } from "../../cli/connection/check.js";
import { InterruptedError, type Step, STEPS } from "../../cli/connection/steps.js";
import { parseUri } from "../../cli/connection/uri.js";
import type { KeyPair } from "../../control-plane/pki/issue.js";
import { createAuthority, createServerCertificate } from "../../control-plane/pki/issue.js";

const MAIN = resolve(__dirname, "../../dist/cli/main.js");
const NOW = Date.now();
const YEAR = { notBefore: new Date(NOW - 3_600_000), notAfter: new Date(NOW + 31_536_000_000) };

let directory: string;
let authority: KeyPair;
let leaf: KeyPair;
const servers: Server[] = [];
const sockets = new Set<Socket>();

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "palisade-check-"));
  authority = await createAuthority(YEAR);
  leaf = await createServerCertificate(authority, ["localhost", "ep-a-1.db.localhost"], YEAR);
  writeFileSync(join(directory, "root.crt"), authority.cert);
});
afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  await Promise.all(servers.splice(0).map((server) => once(server.close(), "close")));
});

/** A server on loopback that does as it is told with each client. */
async function server(behave: (client: Socket) => void): Promise<number> {
  const listening = createServer((client) => {
    sockets.add(client);
    client.on("error", () => undefined);
    behave(client);
  });
  servers.push(listening);
  await once(listening.listen(0, "127.0.0.1"), "listening");
  return (listening.address() as AddressInfo).port;
}

/** Accepts TLS, then says `words` to whatever comes. Calls `heard` with what came in TLS. */
const tlsServer = (words: Buffer, context: SecureContextOptions = {}, heard: (bytes: Buffer) => void = () => undefined) =>
  server((client) => {
    client.once("data", () => {
      client.write("S");
      const secured = new TLSSocket(client, { isServer: true, secureContext: createSecureContext({ ...leaf, ...context }) });
      secured
        .on("error", () => undefined)
        .on("data", (bytes: Buffer) => {
          heard(bytes);
          secured.write(words);
        });
    });
  });

function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, "latin1");
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}
const error = (text: string, code = "XX000") => message("E", Buffer.from(`SERROR\0VERROR\0C${code}\0M${text}\0\0`));
const asks = (kind: number, rest = "") => message("R", Buffer.concat([Buffer.from([0, 0, 0, kind]), Buffer.from(rest, "latin1")]));
const SASL = asks(10, "SCRAM-SHA-256\0\0");

const uri = (port: number, { host = "localhost", more = "", login = "app:planted-password" } = {}) =>
  `postgresql://${login}@${host}:${port}/shop?sslmode=verify-full&hostaddr=127.0.0.1${more}`;

async function steps(
  text: string,
  { pem = authority.cert, interrupted = new AbortController().signal, password = "" } = {},
): Promise<Step[]> {
  const told: Step[] = [];
  const options = {
    roots: { pem, name: "root.crt" },
    password: password || undefined,
    interrupted,
    onStep: (step: Step) => told.push(step),
  };
  const found = await check(parseUri(text), options);
  expect(told).toEqual(found);
  expect(found.map(({ step }) => step)).toEqual(STEPS);
  expect(JSON.stringify(found)).not.toContain("planted-password");
  return found;
}

/** The step that did not go well; everything before it did and everything after was not tried. */
async function failure(text: string, options = {}): Promise<Step> {
  const found = await steps(text, options);
  const at = found.findIndex(({ status }) => status === "fail");
  expect(found.map(({ status }) => status)).toEqual(found.map((_, index) => (index < at ? "ok" : index === at ? "fail" : "not tried")));
  const failed = found[at];
  expect(failed?.remedy).toMatch(/\w{3}/);
  return failed as Step;
}

describe("check-connection names the step that fails, and what to do", () => {
  it("a host that no resolver knows", async () => {
    const text = "postgresql://app:planted-password@no-such-host.invalid/shop?sslmode=verify-full";
    expect(await failure(text)).toMatchObject({ step: "address", detail: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/) as string });
  });

  it("a port where nothing listens", async () => {
    const port = await server(() => undefined);
    await Promise.all(servers.splice(0).map((listening) => once(listening.close(), "close")));
    expect(await failure(uri(port))).toMatchObject({ step: "tcp", detail: "ECONNREFUSED" });
  });

  it("a server in clear only", async () => {
    const port = await server((client) => client.once("data", () => client.write("N")));
    expect(await failure(uri(port))).toMatchObject({ step: "tls offered", detail: "the server has no TLS" });
  });

  it("something that speaks no Postgres", async () => {
    const port = await server((client) => client.once("data", () => client.end("HTTP/1.1 400 Bad Request\r\n\r\n")));
    expect(await failure(uri(port))).toMatchObject({ step: "tls offered", detail: "the server does not speak the Postgres protocol" });
  });

  it("a server that hangs up, and one that says nothing, within the limit that the URI sets", async () => {
    const gone = await server((client) => client.once("data", () => client.destroy()));
    expect(await failure(uri(gone))).toMatchObject({ step: "tls offered", detail: "the server closed the connection without an answer" });
    const mute = await server(() => undefined);
    expect(await failure(uri(mute, { more: "&connect_timeout=1" }))).toMatchObject({ step: "tls offered", detail: "no answer within 1 s" });
  });

  it("a server that hangs in the handshake, and one that hangs after it", async () => {
    const stuck = await server((client) => client.once("data", () => client.write("S")));
    expect(await failure(uri(stuck, { more: "&connect_timeout=1" }))).toMatchObject({
      step: "tls version",
      detail: "no answer within 1 s",
    });
    const mute = await tlsServer(Buffer.alloc(0));
    expect(await failure(uri(mute, { more: "&connect_timeout=1" }))).toMatchObject({ step: "endpoint", detail: "no answer within 1 s" });
  });

  it("TLS 1.1 and nothing newer", async () => {
    const port = await tlsServer(SASL, { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" });
    expect(await failure(uri(port))).toMatchObject({
      step: "tls version",
      detail: expect.stringContaining("no TLS 1.2 or newer") as string,
    });
  });

  it("a certificate of an authority that is not the one given", async () => {
    const other = await createAuthority(YEAR);
    const failed = await failure(uri(await tlsServer(SASL)), { pem: other.cert });
    expect(failed).toMatchObject({ step: "certificate chain", detail: expect.stringContaining("root.crt") as string });
    expect(failed.remedy).toContain("sslrootcert");
  });

  it("a certificate that has expired", async () => {
    const past = { notBefore: new Date(NOW - 7_200_000), notAfter: new Date(NOW - 3_600_000) };
    const port = await tlsServer(SASL, await createServerCertificate(authority, ["localhost"], past));
    expect(await failure(uri(port))).toMatchObject({ step: "certificate chain", detail: "certificate has expired" });
  });

  it("a certificate for another name", async () => {
    const port = await tlsServer(SASL, await createServerCertificate(authority, ["elsewhere.example"], YEAR));
    expect(await failure(uri(port))).toMatchObject({
      step: "certificate name",
      detail: "the certificate is for DNS:elsewhere.example",
    });
  });

  it.each([
    ["endpoint", "missing-endpoint-name", "Endpoint ID is not specified. Either please upgrade the postgres client library (libpq) …"],
    ["endpoint", "inconsistent-endpoint-names", "Inconsistent project name inferred from SNI ('a') and project option ('b')."],
    ["endpoint", "malformed-endpoint-name", "Project name ('a_b') must contain only alphanumeric characters and hyphen."],
    ["endpoint", "endpoint-not-found", "Control plane request failed: endpoint cannot be found"],
    ["endpoint", "endpoint-not-found", "The requested endpoint could not be found, or you don't have access to it."],
    ["admission", "ip-address-not-allowed", "This IP address 192.0.2.1 is not allowed to connect to this endpoint. Please add it …"],
    ["admission", "network-not-allowed", "This connection is trying to access this endpoint from a blocked network."],
    ["admission", "missing-vpc-endpoint-id", "VPC endpoint ID is not specified. This endpoint requires a VPC endpoint ID to connect."],
    ["admission", "vpc-endpoint-id-not-allowed", "This VPC endpoint id vpce-1 is not allowed to connect to this endpoint. Please …"],
    ["admission", "endpoint-disabled", "Control plane request failed: endpoint is disabled"],
    ["admission", "too-many-connections", "Too many connections to this endpoint. Please try again later."],
  ])("at %s: %s", async (step, rule, sentence) => {
    const failed = await failure(uri(await tlsServer(error(sentence))));
    expect(failed).toMatchObject({ step, rule, detail: sentence });
  });

  it("a refusal in words that nobody knows", async () => {
    const failed = await failure(uri(await tlsServer(error('no pg_hba.conf entry for host "127.0.0.1"', "28000"))));
    expect(failed).toMatchObject({ step: "admission", detail: 'no pg_hba.conf entry for host "127.0.0.1"' });
    expect(failed).not.toHaveProperty("rule");
  });

  it("words about a step that is behind", async () => {
    const port = await tlsServer(error("connection is insecure (try using `sslmode=require`)"));
    expect(await failure(uri(port))).toMatchObject({ step: "admission", rule: "insecure-connection" });
  });

  it("channel binding that is required and not offered", async () => {
    const failed = await failure(uri(await tlsServer(SASL), { more: "&channel_binding=require" }));
    expect(failed).toMatchObject({ step: "authentication", detail: "channel_binding=require, but the server has none" });
  });

  it("a broken message", async () => {
    expect(await failure(uri(await tlsServer(Buffer.from("R\x7f\xff\xff\xff____", "latin1"))))).toMatchObject({
      step: "endpoint",
      detail: "the server breaks the protocol",
    });
  });
});

describe("a hostile server", () => {
  it.each([
    ["in clear", asks(3)],
    ["as MD5", asks(5, "salt")],
    ["not at all", asks(0)],
  ])("that wants the password %s never gets it", async (_, words) => {
    const heard: Buffer[] = [];
    const port = await tlsServer(words, {}, (bytes) => heard.push(bytes));
    expect(await failure(uri(port))).toMatchObject({ step: "authentication" });
    expect(Buffer.concat(heard).toString("latin1")).toContain("user\0app\0");
    expect(Buffer.concat(heard).toString("latin1")).not.toContain("planted-password");
  });

  it("without a certificate that counts hears not even who is there", async () => {
    const heard: Buffer[] = [];
    const rogue = await createServerCertificate(await createAuthority(YEAR), ["localhost"], YEAR);
    await failure(uri(await tlsServer(SASL, rogue, (bytes) => heard.push(bytes))));
    expect(heard).toEqual([]);
  });

  it("in the middle, that sends words in clear ahead of TLS, is found out", async () => {
    const port = await server((client) => client.once("data", () => client.write(Buffer.concat([Buffer.from("S"), error("trust me")]))));
    expect(await failure(uri(port))).toMatchObject({ step: "tls offered", detail: "the server sent data in clear behind its answer" });
  });

  it("cannot write to the terminal, nor give the password back to be printed", async () => {
    const port = await tlsServer(error(`\u001b[2J\u001b]0;owned\u0007 planted-password ${"x".repeat(5_000)}`));
    const { detail } = await failure(uri(port));
    expect(detail).toMatch(/^�\[2J�\]0;owned� … x+…$/);
    expect(detail.length).toBeLessThan(700);
  });
});

it("a URI that asks for less is warned of, and still checked in full", async () => {
  const port = await tlsServer(SASL);
  const found = await steps(uri(port, { login: "app" }).replace("verify-full", "require"));
  expect(found.find(({ step }) => step === "tls offered")).toMatchObject({
    status: "warn",
    remedy: expect.stringContaining("verify-full") as string,
  });
  expect(found.find(({ step }) => step === "certificate name")).toMatchObject({ status: "ok" });
});

it("without a password the login is not judged", async () => {
  const found = await steps(uri(await tlsServer(SASL), { login: "app" }));
  expect(found.slice(-2)).toMatchObject([{ status: "warn", detail: "not judged: there is no password" }, { status: "not tried" }]);
});

it("an interrupt ends every wait", async () => {
  const interrupt = new AbortController();
  const port = await server(() => {
    interrupt.abort();
  });
  await expect(steps(uri(port), { interrupted: interrupt.signal })).rejects.toThrow(InterruptedError);
});

describe("palisade check-connection", () => {
  const environment = { PATH: process.env["PATH"] ?? "", PGSSLROOTCERT: "" };
  const run = (words: readonly string[], input = "", more = {}) => {
    const child = spawn(process.execPath, [MAIN, "check-connection", ...words], {
      env: { ...environment, PGSSLROOTCERT: join(directory, "root.crt"), ...more },
    });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    child.stdin.on("error", () => undefined).end(input);
    const ended = once(child, "close").then(([code]) => ({ code: code as number | null, stdout, stderr }));
    return { child, ended };
  };

  it("reads the URI from standard input, prints a line for each step without colour, and exits with 1 when one fails", async () => {
    const port = await tlsServer(error("Control plane request failed: endpoint is disabled"));
    const { code, stdout, stderr } = await run(["-"], `${uri(port)}\n`).ended;
    expect(code).toBe(1);
    expect(stderr).toBe("");
    expect(stdout).toMatch(
      /^ok {4}address .*\n(ok .*\n){6}fail {2}admission +\d+ ms {2}Control plane request failed: endpoint is disabled\n +Enable/,
    );
    expect(stdout).toMatch(/- {5}authentication .*not tried/);
    expect(stdout).not.toMatch(/\u001b|planted/);
  }, 30_000);

  it("warns of a password in the command line, and says in JSON what it says in text", async () => {
    const port = await tlsServer(error("Control plane request failed: endpoint is disabled"));
    const { code, stdout, stderr } = await run([uri(port), "--output", "json"]).ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/other users of this machine can see the password/);
    const { steps: found } = JSON.parse(stdout) as { steps: Step[] };
    expect(found.map(({ step }) => step)).toEqual(STEPS);
    expect(found.find(({ status }) => status === "fail")).toMatchObject({ step: "admission", rule: "endpoint-disabled" });
    expect(stdout + stderr).not.toContain("planted");
  }, 30_000);

  it("exits with 22 when the login cannot be judged", async () => {
    const { code, stderr } = await run([uri(await tlsServer(SASL), { login: "app" })]).ended;
    expect([code, stderr]).toEqual([22, ""]);
  }, 30_000);

  it("exits with 130 on Ctrl-C, wherever it waits", async () => {
    let reached: () => void = () => undefined;
    const atServer = new Promise<void>((done) => (reached = done));
    const { child, ended } = run(["-"], uri(await server(reached)));
    await atServer;
    child.kill("SIGINT");
    expect((await ended).code).toBe(130);
  }, 30_000);

  it.each([
    ["mysql://u:planted@h/d", "must have the form"],
    ["postgresql://u:plan@ted@h/d", "must have the form"],
    ["postgresql://u:planted@/d", "names no host"],
    ["postgresql://u:planted@a,b/d", "one host"],
    ["postgresql://u:planted%zz@h/d", "hexadecimal"],
    ["postgresql://u:planted@h:99999/d", "the port must be"],
    ["postgresql://u:planted@h/d?hostaddr=x", "hostaddr is not an IP address"],
    ["postgresql://u:planted@h/d?sslrootcert=/nowhere/root.crt", "cannot be read: ENOENT"],
    [`postgresql://u:planted@h/d?sslrootcert=${encodeURIComponent(MAIN)}`, "no certificate"],
    ["", "standard input is empty"],
  ])(
    "refuses %j with exit code 2 and without showing it",
    (text, reason) => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, "check-connection", "-"], {
        env: environment,
        input: text,
        encoding: "utf8",
        timeout: 30_000,
      });
      expect([status, stdout]).toEqual([2, ""]);
      expect(stderr).toContain(reason);
      expect(stderr).not.toMatch(/plan|ted@/);
    },
    30_000,
  );
});
