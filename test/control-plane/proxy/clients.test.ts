import { execFile, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TLSSocket } from "node:tls";
import { promisify } from "node:util";
import { Client, type ClientConfig } from "pg";
import postgres from "postgres";
import { formatVerifier, computeVerifier } from "../../../control-plane/passwords/scram.js";
import { createAuthority, createServerCertificate } from "../../../control-plane/pki/issue.js";
import { newRevocationList } from "../../support/revocationList.js";
import { until } from "../../support/until.js";
import { DOMAIN, NAMES, openDoor, type TestDoor, week } from "./door.js";
import { TestPostgres } from "./postgres.js";
import { cancelPacket, GSS_REQUEST, logIn, query, SSL_REQUEST, Wire } from "./wire.js";

const run = promisify(execFile);
const ENDPOINT = "ep-calm-lake-a1234567";
const HOST = `${ENDPOINT}.${DOMAIN}`;
const PASSWORD = "npg_a8Kd03LxQz7M";

let compute: TestPostgres;
let door: TestDoor;
let folder: string;
let rootCert: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "palisade-clients-"));
  compute = TestPostgres.create();
  await compute.start();
  await compute.sql(`create role alice login password '${PASSWORD}'`);
  await compute.sql(`create role bob login password '${formatVerifier(computeVerifier("npg_bobsown98765"))}'`);
  await compute.sql("create database app owner alice");
  await compute.sql("grant all on schema public to alice", "app");
  door = await openDoor(async () => {
    await compute.start();
    return compute.socketPath;
  });
  rootCert = join(folder, "root.crt");
  writeFileSync(rootCert, door.authority.cert);
  for (const role of ["alice", "bob"]) door.backend.verifiers.set(role, await compute.verifier(role));
}, 60_000);
beforeEach(() => {
  door.backend.open(ENDPOINT);
  door.backend.entries.length = 0;
});
afterAll(async () => {
  await door.stop();
  await compute.dispose();
  rmSync(folder, { recursive: true, force: true });
});

const config = (more: ClientConfig = {}): ClientConfig => ({
  host: "127.0.0.1",
  port: door.port,
  user: "alice",
  password: PASSWORD,
  database: "app",
  ssl: { ca: door.authority.cert, servername: HOST },
  ...more,
});

/** The first column of the first row, through node-postgres. */
async function ask(sql: string, more: ClientConfig = {}): Promise<unknown> {
  const client = new Client(config(more));
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>({ text: sql, rowMode: "array" } as never)).rows[0]?.[0];
  } finally {
    await client.end();
  }
}

describe("node-postgres", () => {
  it("connects with a full check of the certificate, by name and by `options`", async () => {
    expect(await ask("select current_user || '@' || current_database()")).toBe("alice@app");
    const universal = `postgresql://alice:${PASSWORD}@localhost:${door.port}/app?sslmode=verify-full&sslrootcert=${rootCert}&options=endpoint%3D${ENDPOINT}`;
    const client = new Client({ connectionString: universal });
    await client.connect();
    expect((await client.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
    await client.end();
    expect(door.backend.last).toMatchObject({
      action: "connect",
      decision: "admitted",
      endpointId: ENDPOINT,
      role: "alice",
      database: "app",
    });
  });

  it("binds to the channel", async () => {
    expect(await ask("select 1", { enableChannelBinding: true })).toBe(1);
  });

  it("logs in as a role whose verifier was made here and not by Postgres", async () => {
    expect(await ask("select current_user", { user: "bob", password: "npg_bobsown98765" })).toBe("bob");
  });

  it("means the same compute by its pooled name", async () => {
    expect(await ask("select 1", { ssl: { ca: door.authority.cert, servername: `${ENDPOINT}-pooler.${DOMAIN}` } })).toBe(1);
  });

  it("hears Postgres' own refusal of a database that is not there", async () => {
    await expect(ask("select 1", { database: "nowhere" })).rejects.toMatchObject({
      code: "3D000",
      message: 'database "nowhere" does not exist',
    });
    expect(door.backend.last).toMatchObject({ decision: "refused", reason: "compute-refused", database: "nowhere" });
  });

  it("hears the proxy's refusal of a wrong password", async () => {
    await expect(ask("select 1", { password: "wrong" })).rejects.toMatchObject({ code: "XX000", severity: "ERROR" });
  });

  it("passes on settings of the session, and drops the words that are for the proxy", async () => {
    const options = `endpoint=${ENDPOINT} -c work_mem=7MB neon_lsn:0/0 -c my.words=a\\ b`;
    expect(await ask("select current_setting('work_mem') || ' ' || current_setting('my.words')", { options })).toBe("7MB a b");
    expect(await ask("select current_setting('application_name')", { application_name: "wall" })).toBe("wall");
    expect(await ask("select current_setting('statement_timeout')", { statement_timeout: 4_000 })).toBe("0");
    expect(
      await ask("select current_setting('statement_timeout')", { statement_timeout: 4_000, options: "neon_proxy_params_compat:true" }),
    ).toBe("4s");
  });

  it("cancels its query by the proxy's key, which is not Postgres'", async () => {
    const client = new Client(config());
    await client.connect();
    const { processID, secretKey } = client as unknown as { processID: number; secretKey: number };
    const [row] = await compute.sql<{ pid: number }>("select pid from pg_stat_activity where usename = 'alice'");
    expect(processID).not.toBe(row?.pid);
    const sleeping = client.query("select pg_sleep(60)").catch((error: unknown) => error);
    await until(
      "the query",
      async () => (await compute.sql("select 1 from pg_stat_activity where query like 'select pg_sleep%'")).length > 0,
    );
    const key = Buffer.alloc(8);
    key.writeInt32BE(processID, 0);
    key.writeInt32BE(secretKey, 4);

    door.backend.open(ENDPOINT, { ips: ["192.0.2.1"] });
    const denied = await Wire.open(door.port);
    denied.send(cancelPacket(key));
    expect(await denied.rest()).toHaveLength(0);
    expect(door.backend.last).toMatchObject({ action: "cancel", decision: "refused", reason: "ip-address-not-allowed" });

    door.backend.open(ENDPOINT);
    const unknown = await Wire.open(door.port);
    unknown.send(cancelPacket(Buffer.alloc(8, 7)));
    expect(await unknown.rest()).toHaveLength(0);
    const clear = await Wire.open(door.port);
    clear.send(cancelPacket(key));
    expect(await clear.rest()).toHaveLength(0);
    expect(await sleeping).toMatchObject({ code: "57014" });
    expect(door.backend.last).toMatchObject({ action: "cancel", decision: "admitted", endpointId: ENDPOINT });
    await client.end();

    const again = await Wire.secure(door.port);
    again.send(cancelPacket(key));
    expect(await again.rest()).toHaveLength(0);
  });

  it("carries 40 MB each way unchanged, and makes Postgres wait for a client that does not read", async () => {
    const client = new Client(config());
    await client.connect();
    const text = "0123456789abcdef".repeat(1 << 16);
    const md5 = createHash("md5").update(text.repeat(40)).digest("hex");
    const { rows } = await client.query<{ back: string }>("select md5(repeat($1::text, 40)) as back", [text]);
    expect(rows[0]?.back).toBe(md5);
    const big = await client.query<{ line: string }>("select repeat('0123456789abcdef', 65536) as line from generate_series(1, 40)");
    expect(
      createHash("md5")
        .update(big.rows.map(({ line }) => line).join(""))
        .digest("hex"),
    ).toBe(md5);
    await client.end();

    const wire = await logIn(door.port, { servername: HOST, user: "alice", password: PASSWORD });
    wire.send(query("select repeat('x', 1000000) from generate_series(1, 40)"));
    await until(
      "Postgres to wait",
      async () => (await compute.sql("select 1 from pg_stat_activity where wait_event = 'ClientWrite'")).length > 0,
    );
    let bytes = 0;
    for (;;) {
      const { type, body } = await wire.next();
      bytes += body.length;
      if (type === "Z") break;
    }
    expect(bytes).toBeGreaterThan(40_000_000);
    wire.destroy();
  }, 60_000);
});

describe("postgres.js", () => {
  it("connects with a full check of the certificate, by name and by `options`, and runs prepared statements side by side", async () => {
    const shared = { port: door.port, user: "alice", pass: PASSWORD, database: "app", max: 4 };
    const byName = postgres({ ...shared, host: "127.0.0.1", ssl: { ca: door.authority.cert, servername: HOST } });
    const sums = await Promise.all(Array.from({ length: 40 }, (_, at) => byName<{ sum: number }[]>`select ${at}::int + 1 as sum`));
    expect(sums.map(([row]) => row?.sum)).toEqual(Array.from({ length: 40 }, (_, at) => at + 1));
    await byName.end();
    const byOptions = postgres({
      ...shared,
      host: "localhost",
      ssl: { ca: door.authority.cert },
      connection: { options: `endpoint=${ENDPOINT}` },
    });
    expect(await byOptions`select 1 as one`).toEqual([{ one: 1 }]);
    await byOptions.end();
  });
});

const psqlVersion = /(\d+)/.exec(String(spawnSync("psql", ["--version"]).stdout))?.[1];
if (psqlVersion === undefined) console.log("psql is not on this machine: how libpq behaves was not tested");
(psqlVersion === undefined ? describe.skip : describe)("psql", () => {
  /** What psql prints for `sql`, or its complaint. */
  const psql = (more: Record<string, string>, sql = "select current_user") => {
    const words = {
      host: HOST,
      hostaddr: "127.0.0.1",
      port: String(door.port),
      user: "alice",
      dbname: "app",
      sslmode: "verify-full",
      sslrootcert: rootCert,
    };
    const string = Object.entries({ ...words, ...more })
      .map(([name, value]) => `${name}='${value}'`)
      .join(" ");
    const env = { PATH: process.env.PATH ?? "", PGPASSWORD: PASSWORD, HOME: folder };
    return run("psql", ["-XAt", string, "-c", sql], { env }).then(
      ({ stdout }) => stdout.trim(),
      (error: unknown) => (error as { stderr: string }).stderr.trim(),
    );
  };

  it("connects with verify-full, with required channel binding, by the pooled name, and by localhost with `options`", async () => {
    expect(await psql({})).toBe("alice");
    expect(await psql({ channel_binding: "require" })).toBe("alice");
    expect(await psql({ host: `${ENDPOINT}-pooler.${DOMAIN}` })).toBe("alice");
    expect(await psql({ host: "localhost", options: `endpoint=${ENDPOINT}` })).toBe("alice");
    expect(await psql({ options: "-c work_mem=9MB" }, "show work_mem")).toBe("9MB");
  });

  it("shows the proxy's sentences", async () => {
    expect(await psql({ sslmode: "disable" })).toContain("ERROR:  connection is insecure (try using `sslmode=require`)");
    expect(await psql({ user: "ghost" })).toContain("ERROR:  password authentication failed for user 'ghost'");
    expect(await psql({ host: "localhost" })).toContain("ERROR:  Endpoint ID is not specified.");
    expect(await psql({ options: "endpoint=ep-other" })).toContain("Inconsistent project name inferred from SNI");
    expect(await psql({ dbname: "nowhere" })).toContain('FATAL:  database "nowhere" does not exist');
    door.backend.open(ENDPOINT, { ips: ["192.0.2.1"] });
    expect(await psql({})).toContain("ERROR:  This IP address 127.0.0.1 is not allowed to connect to this endpoint.");
  });

  it("refuses a name that the certificate does not have, another authority, and a revoked certificate", async () => {
    expect(await psql({ host: "other.example" })).toContain('does not match host name "other.example"');
    const other = join(folder, "other.crt");
    writeFileSync(other, (await createAuthority(week())).cert);
    expect(await psql({ sslrootcert: other })).toContain("certificate verify failed");
    const list = join(folder, "root.crl");
    writeFileSync(list, await newRevocationList(door.authority, [door.server.cert], new Date()));
    expect(await psql({ sslcrl: list })).toContain("certificate verify failed");
    writeFileSync(list, await newRevocationList(door.authority, [], new Date(Date.now() - 60_000)));
    expect(await psql({ sslcrl: list })).toBe("alice");
  });

  it("cancels by Ctrl-C", async () => {
    const string = `host=${HOST} hostaddr=127.0.0.1 port=${door.port} user=alice dbname=app sslmode=verify-full sslrootcert=${rootCert}`;
    const env = { PATH: process.env.PATH ?? "", PGPASSWORD: PASSWORD, HOME: folder };
    const child = spawn("psql", ["-XAt", string, "-c", "select pg_sleep(61)"], { env, stdio: ["ignore", "ignore", "pipe"] });
    let complaint = "";
    child.stderr.on("data", (chunk: Buffer) => (complaint += chunk.toString()));
    await until(
      "the query",
      async () => (await compute.sql("select 1 from pg_stat_activity where query like 'select pg_sleep(61%'")).length > 0,
    );
    child.kill("SIGINT");
    await once(child, "close");
    expect(complaint).toContain("canceling statement due to user request");
  });
});

describe("the handshake", () => {
  it("is TLS 1.2 or later, with ALPN postgresql where the client speaks ALPN, also without the request", async () => {
    for (const version of ["TLSv1.2", "TLSv1.3"] as const)
      for (const direct of [true, false]) {
        const wire = await Wire.secure(door.port, {
          servername: HOST,
          minVersion: version,
          maxVersion: version,
          direct,
          ALPNProtocols: ["postgresql"],
        });
        wire.startup({ user: "alice", database: "app" });
        expect(await wire.prove(PASSWORD)).toBe("in");
        await wire.ready();
        wire.destroy();
      }
    await expect(
      Wire.secure(door.port, { servername: HOST, minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "ALL@SECLEVEL=0" }),
    ).rejects.toThrow();
    await expect(Wire.secure(door.port, { servername: HOST, ALPNProtocols: ["h2"], direct: true })).rejects.toThrow();
  });

  it("declines encryption by GSS, once, and goes on", async () => {
    const wire = await Wire.open(door.port);
    wire.send(GSS_REQUEST);
    expect((await wire.take(1)).toString()).toBe("N");
    wire.send(SSL_REQUEST);
    expect((await wire.take(1)).toString()).toBe("S");
    await wire.upgrade({ servername: HOST });
    wire.startup({ user: "alice", database: "app" });
    expect(await wire.prove(PASSWORD)).toBe("in");
    wire.destroy();
  });
});

describe("the compute", () => {
  it("is woken by those who proved their password, once more when it has died, and let go when they leave", async () => {
    const wakes = () => door.backend.wakes;
    await until("earlier sessions to end", () => door.backend.leases === 0);
    await compute.stop();
    const [before, starts] = [wakes(), compute.starts];
    await expect(ask("select 1", { password: "wrong" })).rejects.toThrow("password authentication failed");
    expect([wakes(), compute.starts]).toEqual([before, starts]);
    expect(await ask("select 1")).toBe(1);
    expect([wakes(), compute.starts]).toEqual([before + 1, starts + 1]);
    await until("the session to end", () => door.backend.leases === 0);
    expect(await until("Postgres to see it", async () => (await compute.sessions()) === 0)).toBe(true);
  });

  it("that is killed under a session takes it along, and nothing else", async () => {
    const client = new Client(config());
    await client.connect();
    client.on("error", () => undefined);
    const query = client.query("select pg_sleep(60)").catch((error: unknown) => error);
    await until(
      "the query",
      async () => (await compute.sql("select 1 from pg_stat_activity where query like 'select pg_sleep%'")).length > 0,
    );
    await compute.stop("SIGQUIT");
    expect(await query).toBeInstanceOf(Error);
    expect(await ask("select 1")).toBe(1);
  });

  it("that keeps another password than the plane refuses the login itself", async () => {
    door.backend.verifiers.set("carol", computeVerifier("npg_carol1234567"));
    await compute.sql("create role carol login password 'npg_someother123'");
    await expect(ask("select 1", { user: "carol", password: "npg_carol1234567" })).rejects.toThrow();
    expect(door.backend.last).toMatchObject({ decision: "refused", role: "carol" });
    await until("its lease to end", () => door.backend.leases === 0);
  });
});

describe("a proxy that goes on", () => {
  it("shows a renewed certificate from the next connection on, and keeps open sessions", async () => {
    const client = new Client(config());
    await client.connect();
    const renewed = await createServerCertificate(door.authority, NAMES, week());
    door.reloadCertificate(renewed);
    const wire = await Wire.secure(door.port, { servername: HOST });
    if (!(wire.socket instanceof TLSSocket)) throw new Error("unreachable");
    expect(wire.socket.getPeerCertificate().raw.toString("base64")).toBe(renewed.cert.replace(/-----[^-]+-----|\s/g, ""));
    wire.destroy();
    expect(await ask("select 1", { enableChannelBinding: true })).toBe(1);
    expect((await client.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
    await client.end();
  });

  it("holds a rule that was changed from the next connection on", async () => {
    expect(await ask("select 1")).toBe(1);
    door.backend.open(ENDPOINT, { ips: ["192.0.2.1"] });
    await expect(ask("select 1")).rejects.toThrow("This IP address 127.0.0.1 is not allowed");
    door.backend.open(ENDPOINT, { ips: ["127.0.0.0/8"] });
    expect(await ask("select 1")).toBe(1);
    door.backend.open(ENDPOINT, { ips: ["192.0.2.1"], protectedBranchesOnly: true }, { protected: true });
    await expect(ask("select 1")).rejects.toThrow("not allowed");
    door.backend.open(ENDPOINT, { ips: ["192.0.2.1"], protectedBranchesOnly: true }, { protected: false });
    expect(await ask("select 1")).toBe(1);
  });

  it("stops: takes nobody new, lets sessions go on for the time it is given, then cuts them off", async () => {
    const other = await openDoor(() => compute.socketPath, { limits: { drainMs: 400 } });
    other.backend.open(ENDPOINT);
    other.backend.verifiers.set("alice", await compute.verifier("alice"));
    const client = new Client(config({ port: other.port, ssl: { ca: other.authority.cert, servername: HOST } }));
    client.on("error", () => undefined);
    await client.connect();
    const arriving = await Wire.open(other.port);
    const begun = performance.now();
    const stopped = other.stop();
    expect(await arriving.rest()).toHaveLength(0);
    await expect(Wire.open(other.port)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    expect((await client.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
    await stopped;
    expect(performance.now() - begun).toBeGreaterThan(300);
    await expect(client.query("select 1")).rejects.toThrow();
    await until("its lease to end", () => other.backend.leases === 0);
  });
});
