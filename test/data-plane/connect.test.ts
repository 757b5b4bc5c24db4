import { spawn } from "node:child_process";
import { once } from "node:events";
import { join, resolve } from "node:path";
import { Client } from "pg";
import postgres, { type Options } from "postgres";
import type { CONNECTION_CLIENTS } from "../../contract/connection.js";
import type { Step } from "../../cli/connection/steps.js";
import { locatePostgres } from "../../control-plane/computes/postgresInstallation.js";
import { sharedPlane, startPlane } from "../support/plane.js";
import { Palisade } from "../support/palisade.js";

/** The commands as a user runs them, against the whole plane with real Postgres behind the real proxy. */
const MAIN = resolve(__dirname, "../../dist/cli/main.js");

const plane = sharedPlane({ computes: "postgres", proxyPort: 0 });
let shop: { id: string; endpointId: string; password: string };

beforeAll(async () => {
  const made = await plane.api.project({ name: "shop" });
  shop = { id: made.project.id, endpointId: made.endpoints[0]?.id ?? "", password: made.roles[0]?.password ?? "" };
}, 60_000);

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

const verbs = new Palisade();
afterAll(() => verbs.end(), 60_000);

/** The built command, with this plane in its environment and a directory that is no Pulumi project. */
async function palisade(words: readonly string[], { input = "", environment = {} } = {}): Promise<Ended> {
  const env = { PATH: process.env["PATH"], NEON_API_HOST: plane.ready.apiUrl, NEON_API_KEY: plane.ready.apiKey, ...environment };
  if (input === "") return verbs.run({ words, cwd: plane.directory, env });
  const child = spawn(process.execPath, [MAIN, ...words], { cwd: plane.directory, env });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdin.on("error", () => undefined).end(input);
  const [code] = (await once(child, "close")) as [number | null];
  return { code, stdout, stderr };
}

const stringFor = async (...words: string[]) => (await palisade(["connection-string", "--reveal-password", ...words])).stdout.trim();

async function checked(uri: string): Promise<{ code: number | null; steps: Step[]; failed: Step | undefined }> {
  const { code, stdout } = await palisade(["check-connection", "-", "--output", "json"], { input: uri });
  expect(stdout).not.toContain(shop.password);
  const { steps } = JSON.parse(stdout) as { steps: Step[] };
  return { code, steps, failed: steps.find(({ status }) => status === "fail") };
}

describe("connection-string", () => {
  it("prints a string that works as it is, with the plane's port, root and compute", async () => {
    const { code, stdout, stderr } = await palisade(["connection-string", "--reveal-password", "--project", "shop"]);
    expect([code, stderr]).toEqual([0, expect.not.stringContaining("left out") as string]);
    const rootCert = encodeURIComponent(plane.ready.rootCert ?? "");
    expect(stdout).toBe(
      `postgresql://neondb_owner:${shop.password}@localhost:${plane.ready.proxyPort ?? 0}/neondb?sslmode=verify-full&sslrootcert=${rootCert}&channel_binding=require&options=endpoint%3D${shop.endpointId}\n`,
    );
  }, 30_000);

  it.each(["node-postgres", "postgres.js"])(
    "gives the object of %s as JSON, with which the real client connects",
    async (client) => {
      const { connection } = JSON.parse(await stringFor("--client", client, "--output", "json")) as { connection: object };
      if (client === "node-postgres") {
        const session = new Client(connection);
        await session.connect();
        const { rows } = await session.query("SELECT ssl, current_database() AS name FROM pg_stat_ssl WHERE pid = pg_backend_pid()");
        await session.end();
        expect(rows).toEqual([{ ssl: false, name: "neondb" }]); // TLS ends at the proxy; behind it is a Unix socket.
      } else {
        const sql = postgres({ ...(connection as Options<Record<string, never>>), max: 1 });
        expect(await sql`SELECT current_database() AS name`).toMatchObject([{ name: "neondb" }]);
        await sql.end();
      }
    },
    30_000,
  );

  it.each(["node-postgres", "postgres.js"])(
    "prints lines for a program that uses %s",
    async (client) => {
      const text = await stringFor("--client", client);
      expect(text).toContain(`ca: readFileSync(${JSON.stringify(plane.ready.rootCert)}, "utf8")`);
      expect(text).toContain("rejectUnauthorized: true");
    },
    30_000,
  );

  it("takes the password from the API only when asked to, for any client", async () => {
    for (const client of ["psql", "jdbc", "npgsql", "node-postgres"] satisfies (keyof typeof CONNECTION_CLIENTS)[]) {
      const { code, stdout, stderr } = await palisade(["connection-string", "--client", client]);
      expect([code, stdout + stderr]).toEqual([0, expect.not.stringContaining(shop.password) as string]);
      expect(stderr).toMatch(/the password is left out: .*, or add --reveal-password\n$/);
    }
  }, 60_000);

  it("says what there is when a word names nothing, or nothing is named and there are several", async () => {
    const wrong = await palisade(["connection-string", "--project", "shpo"]);
    expect([wrong.code, wrong.stderr]).toEqual([
      2,
      expect.stringContaining(`there is no project "shpo"; did you mean "shop"?; there are shop (${shop.id})`) as string,
    ]);
    await plane.api.call("POST", `/projects/${shop.id}/branches/${await branchId()}/roles`, { role: { name: "reader" } });
    await plane.api.settled(shop.id);
    const several = await palisade(["connection-string"]);
    expect([several.code, several.stderr]).toEqual([
      2,
      expect.stringMatching(/there are several: (neondb_owner, reader|reader, neondb_owner); say which with --role/) as string,
    ]);
    expect(await stringFor("--role", "reader")).toMatch(/^postgresql:\/\/reader:npg_\w+@/);
    await plane.api.call("DELETE", `/projects/${shop.id}/branches/${await branchId()}/roles/reader`);
    await plane.api.settled(shop.id);
  }, 60_000);

  it("refuses a client that it does not know, with the nearest", async () => {
    const { code, stderr } = await palisade(["connection-string", "--client", "node-postgre"]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('did you mean "node-postgres"?') as string]);
  }, 30_000);

  it("rewrites a URI from standard input for another client, and asks no API", async () => {
    const input = "postgresql://a%20b:planted%2F@ep-x-1.neon.example/d?sslmode=require";
    const environment = { NEON_API_HOST: "http://127.0.0.1:1", SSL_CERT_FILE: "/own/roots.pem" };
    const shown = await palisade(["connection-string", "-", "--client", "jdbc", "--reveal-password", "--pooled"], { input, environment });
    expect(shown).toEqual({
      code: 0,
      stderr: "",
      stdout:
        "jdbc:postgresql://ep-x-1-pooler.neon.example/d?user=a%20b&password=planted%2F&sslmode=verify-full&sslfactory=org.postgresql.ssl.DefaultJavaSSLFactory&channelBinding=require\n",
    });
    const hidden = await palisade(["connection-string", "-"], { input, environment });
    expect(hidden.stdout).toBe(
      "postgresql://a%20b@ep-x-1.neon.example/d?sslmode=verify-full&sslrootcert=%2Fown%2Froots.pem&channel_binding=require\n",
    );
  }, 30_000);
});

const branchId = async () => {
  const { body } = await plane.api.call("GET", `/projects/${shop.id}/branches`);
  return (body as { branches: { id: string }[] }).branches[0]?.id ?? "";
};

describe("check-connection", () => {
  let works: string;
  beforeAll(async () => (works = await stringFor()), 30_000);

  it("goes all the way to a query with a string of connection-string", async () => {
    const { code, steps } = await checked(works);
    expect(steps.filter(({ status }) => status !== "ok")).toEqual([]);
    expect(steps.find(({ step }) => step === "tls version")?.detail).toMatch(/^TLSv1\.3, /);
    expect(steps.find(({ step }) => step === "authentication")?.detail).toBe("neondb_owner, by SCRAM-SHA-256-PLUS");
    expect(code).toBe(0);
  }, 60_000);

  it("takes the password from PGPASSWORD, and names the compute by SNI", async () => {
    const uri = works.replace(`:${shop.password}`, "").replace(/&options=.*/, "&hostaddr=127.0.0.1");
    const sni = uri.replace("localhost", `${shop.endpointId}.db.localhost`);
    const { code, stdout } = await palisade(["check-connection", sni], { environment: { PGPASSWORD: shop.password } });
    expect(stdout).toMatch(/ok {4}query .*SELECT 1 in neondb\n$/);
    expect(code).toBe(0);
  }, 60_000);

  it.each<[string, (uri: string) => string, Partial<Step>]>([
    ["an unknown compute", (uri) => uri.replace(/ep-[^&]+/, "ep-none-1"), { step: "endpoint", rule: "endpoint-not-found" }],
    ["no compute", (uri) => uri.replace(/&options=.*/, ""), { step: "endpoint", rule: "missing-endpoint-name" }],
    ["a wrong password", (uri) => uri.replace(/npg_\w+/, "npg_wrongwrongwrong"), { step: "authentication", rule: "password-failed" }],
    ["a role that is not there", (uri) => uri.replace("neondb_owner", "nobody"), { step: "authentication", rule: "password-failed" }],
    [
      "a database that is not there",
      (uri) => uri.replace("/neondb?", "/none?"),
      { step: "query", detail: 'database "none" does not exist' },
    ],
    [
      "a name that the certificate is not for",
      (uri) => uri.replace("@localhost", "@wrong.example").concat("&hostaddr=127.0.0.1"),
      { step: "certificate name" },
    ],
    ["the system's roots instead of the plane's", (uri) => uri.replace(/sslrootcert=[^&]+&/, ""), { step: "certificate chain" }],
  ])(
    "says where it ends with %s",
    async (_, change, expected) => {
      const { code, failed } = await checked(change(works));
      expect(failed).toMatchObject(expected);
      expect(code).toBe(1);
    },
    60_000,
  );

  it("names the rule that refuses an address, right password or wrong, and the block that outranks it", async () => {
    const uri = works;
    const set = (settings: object) => plane.api.call("PATCH", `/projects/${shop.id}`, { project: { settings } });
    await set({ allowed_ips: { ips: ["203.0.113.0/24"] } });
    const refused = await checked(uri);
    expect(refused.failed).toMatchObject({
      step: "admission",
      rule: "ip-address-not-allowed",
      detail: expect.stringContaining("127.0.0.1") as string,
      remedy: expect.stringContaining("network.ranges") as string,
    });
    await set({ allowed_ips: { ips: ["127.0.0.1"] }, block_public_connections: true });
    expect((await checked(uri)).failed).toMatchObject({ step: "admission", rule: "network-not-allowed" });
    await set({ block_public_connections: false });
    expect((await checked(uri)).code).toBe(0);
  }, 90_000);

  it("prints nothing that the plane's other secrets are in", async () => {
    const { body } = await plane.api.call("GET", "/x-palisade/test/secrets");
    const { passwords, keys } = body as { passwords: string[]; keys: string[] };
    const { stdout, stderr } = await palisade(["check-connection", "-"], { input: works });
    for (const secret of [...passwords, ...keys]) expect(stdout + stderr).not.toContain(secret);
    expect(passwords).toContain(shop.password);
  }, 60_000);
});

describe("doctor", () => {
  it("says how the plane holds passwords that are set by SQL, and which Postgres runs", async () => {
    const { stdout } = await palisade(["doctor", "--output", "json"]);
    const { checks } = JSON.parse(stdout) as { checks: { name: string; status: string; detail: string }[] };
    const { body } = await plane.api.call("GET", "/x-palisade/status");
    const { major, origin } = locatePostgres();
    expect(body).toEqual({
      postgres: { version: major, origin },
      password_guard: plane.logged.find(({ event }) => event === "postgres")?.["passwordGuard"],
      proxy: { port: plane.ready.proxyPort, root_cert: join(plane.directory, "pki/root.crt") },
      address: "127.0.0.1",
      domain: "db.localhost",
      data_directory: plane.directory,
      sessions: [],
      customer_keys: [],
      sealing: { mode: "keyed", core_dumps: "off", unsealed: [] },
      statements: null,
    });
    const held = {
      hook: { status: "ok", detail: "held to 60 bits inside Postgres" },
      passwordcheck: { status: "warn", detail: "held to a least length only, so nobody can log in with one" },
      none: { status: "warn", detail: "not held, so nobody can log in with one" },
    }[(body as { password_guard: "hook" | "passwordcheck" | "none" }).password_guard];
    expect(checks.find(({ name }) => name === "SQL passwords")).toMatchObject(held);
    expect(checks.find(({ name }) => name === "Postgres")?.detail).toContain(`version ${major}`);
  }, 60_000);

  it("says so where no Postgres runs", async () => {
    const records = await startPlane();
    const { body } = await records.api.call("GET", "/x-palisade/status");
    await records.stop();
    expect(body).toMatchObject({ postgres: null, password_guard: null, proxy: null, address: null, sessions: [] });
  }, 30_000);

  it("is told only to a valid key", async () => {
    expect((await plane.api.withKey("napi_none").call("GET", "/x-palisade/status")).status).toBe(401);
  });
});
