import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { Client } from "pg";
import { readFileSync } from "node:fs";
import { psql } from "../support/drivers/install.js";
import { planeDirectory, sharedPlane, startPlane } from "../support/plane.js";
import { until } from "../support/until.js";
import { type Login, outcome, project, query } from "./clients.js";
import { Palisade, type Said } from "../support/palisade.js";

/** The verbs that look at a running plane and connect to it, as a user runs them. Computes are known by names that need not resolve here. */
const MAIN = resolve(__dirname, "../../dist/cli/main.js");
const plane = sharedPlane({ computes: "postgres", proxyPort: 0, hosts: "sni" });
let id: string;
let branchId: string;
let owner: Login;
beforeAll(async () => {
  ({ id, branchId, owner } = await project(plane, { name: "shop" }));
}, 60_000);

const verbs = new Palisade();
afterAll(() => verbs.end(), 60_000);

function palisade(words: readonly string[], environment = {}): Promise<Said> {
  const env = { PATH: process.env["PATH"], NEON_API_HOST: plane.ready.apiUrl, NEON_API_KEY: plane.ready.apiKey, ...environment };
  return verbs.run({ words, cwd: plane.directory, env });
}

/** What every verb says of an API that the environment alone names. */
const ANNOUNCED = expect.stringMatching(/^palisade: the control API is \S+ \(from NEON_API_HOST\)\n$/) as string;

const installed = psql();
if ("missing" in installed) console.log(`skipped: palisade psql: ${installed.missing}`);
("path" in installed ? describe : describe.skip)("palisade psql", () => {
  const ask = (sql: string) => ["-qAtX", "-c", sql];

  it("opens a session on the default branch though its name need not resolve here and the environment says otherwise", async () => {
    const { code, stdout, stderr } = await palisade(["psql", "--", ...ask("SELECT current_user, current_database()")], {
      PGHOST: "elsewhere.invalid",
      PGSSLMODE: "disable",
      PGSERVICE: "none",
    });
    expect([code, stdout, stderr]).toEqual([0, `${owner.role}|${owner.database}\n`, ANNOUNCED]);
  }, 60_000);

  it("takes a branch by name or id, and psql's exit code", async () => {
    expect((await palisade(["psql", "main", "--", ...ask("SELECT 1")])).stdout).toBe("1\n");
    expect((await palisade(["psql", branchId, "--", ...ask("SELECT 2")])).stdout).toBe("2\n");
    expect((await palisade(["psql", "--", ...ask("SELECT wrong")])).code).toBe(1);
    expect((await palisade(["psql", "--", "-v", "ON_ERROR_STOP=1", "-f", "/dev/null/none"])).code).not.toBe(0);
    const wrong = await palisade(["psql", "mian", "--", ...ask("SELECT 1")]);
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('there is no branch "mian"; did you mean "main"?') as string]);
  }, 60_000);

  it("keeps the password out of every command line", async () => {
    const { stdout } = await palisade(["psql", "--", "-qAtX", "-c", "\\! cat /proc/$PPID/cmdline | tr '\\0' ' '"]);
    expect(stdout).toContain("psql");
    expect(stdout).not.toContain(owner.password);
  }, 60_000);
});

describe("palisade status", () => {
  it("shows the plane, its projects, branches and computes, and who is connected", async () => {
    const shown = () =>
      query(plane, owner, async () => [await palisade(["status"]), await palisade(["status", "--output", "json"])] as const, {});
    const [text, json] = await shown();
    expect([text.code, text.stderr]).toEqual([0, ANNOUNCED]);
    expect(text.stdout).toContain(plane.directory);
    expect(text.stdout).toContain(`shop (${id})`);
    expect(text.stdout).toContain(`${owner.endpointId}: active, 1 session, ${owner.endpointId}.db.localhost`);
    expect(JSON.parse(json.stdout)).toMatchObject({
      version: 1,
      apiUrl: plane.ready.apiUrl,
      orgId: plane.ready.orgId,
      plane: {
        dataDirectory: plane.directory,
        proxy: { address: "127.0.0.1", port: plane.ready.proxyPort, rootCert: plane.ready.rootCert },
      },
      projects: [{ id, name: "shop", branches: [{ id: branchId, isDefault: true, computes: [{ id: owner.endpointId, sessions: 1 }] }] }],
    });
    expect(text.stdout + json.stdout).not.toContain(owner.password);
    await until("the session is over", async () => (await palisade(["status"])).stdout.includes("no session"));
  }, 60_000);

  it("shows where the audit goes and how far it came, and of a webhook no more than scheme and host", async () => {
    expect((await palisade(["status"])).stdout).toContain("There is no export of the audit: it is on the plane's machine alone.");
    const path = `/x-palisade/organizations/${plane.ready.orgId}/audit_exports`;
    const sink = { type: "webhook", url: "https://192.0.2.10/in/marker?token=marker" };
    const made = (await plane.api.call("POST", path, { name: "siem", sink })).body as { audit_export: { id: string } };
    const exportId = made.audit_export.id;
    const read = async () => JSON.parse((await palisade(["status", "--output", "json"])).stdout) as { auditExports: { state: string }[] };
    await until("the first failure", async () => (await read()).auditExports[0]?.state === "failing");
    const [text, json] = [(await palisade(["status"])).stdout, await read()];
    expect(json.auditExports).toEqual([
      {
        ...{
          id: exportId,
          name: "siem",
          destination: "webhook https://192.0.2.10",
          state: "failing",
          blocked: false,
          position: 0,
          missed: 0,
        },
        backlog: { rows: expect.any(Number) as number, bytes: expect.any(Number) as number, share: expect.any(Number) as number },
        failingSince: expect.stringMatching(/^\d{4}-.*Z$/) as string,
        lastSuccessAt: null,
        lastFailure: { at: expect.any(String) as string, reason: expect.stringContaining("not public") as string },
      },
    ]);
    expect(text).toMatch(new RegExp(`siem \\(${exportId}\\): failing since \\S+, to webhook https://192\\.0\\.2\\.10\\n`));
    expect(text).toMatch(
      /delivered up to row 0; backlog \d+ rows, about \d+ bytes, 0 % of what is kept\n +last success never\n +last failure \S+: .*not public/,
    );
    expect(text + JSON.stringify(json)).not.toContain("marker");
    const ofProject = await plane.api.call("POST", `/organizations/${plane.ready.orgId}/api_keys`, { key_name: "one", project_id: id });
    const { key } = ofProject.body as { key: string };
    const environment = { NEON_API_KEY: key, NEON_ORG_ID: plane.ready.orgId };
    expect((await palisade(["status", "--output", "json"], environment)).stdout).not.toContain("siem");
    await plane.api.call("DELETE", `${path}/${exportId}`);
  }, 60_000);

  it("prints lines with which every tool finds the computes by name, and writes no file", async () => {
    const { stdout } = await palisade(["status", "--hosts-file"]);
    expect(stdout).toBe(`127.0.0.1 ${owner.endpointId}.db.localhost ${owner.endpointId}-pooler.db.localhost\n`);
  }, 60_000);

  it("names what it does not find, and tells apart a plane without computes", async () => {
    const wrong = await palisade(["status", "--project", "shpo"]);
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('there is no project "shpo"; did you mean "shop"?') as string]);
    const records = await startPlane();
    const environment = { NEON_API_HOST: records.ready.apiUrl, NEON_API_KEY: records.ready.apiKey };
    const empty = await palisade(["status"], environment);
    expect(empty.stdout).toContain("none: computes are records");
    expect(empty.stdout).toContain("There is no project.");
    const lines = await palisade(["status", "--hosts-file"], environment);
    expect([lines.code, lines.stderr]).toEqual([2, expect.stringContaining("--hosts-file") as string]);
  }, 60_000);

  it("tells a key of another project nothing of the sessions of this one", async () => {
    const other = await project(plane, { name: "other" });
    const made = await plane.api.call("POST", `/organizations/${plane.ready.orgId}/api_keys`, { key_name: "other", project_id: other.id });
    const { key } = made.body as { key: string };
    await query(plane, owner, async () => {
      const seen = async (api: typeof plane.api) =>
        ((await api.call("GET", "/x-palisade/status")).body as { sessions: unknown[] }).sessions;
      expect(await seen(plane.api)).toEqual([{ project_id: id, endpoint_id: owner.endpointId, count: 1 }]);
      expect(await seen(plane.api.withKey(key))).toEqual([]);
    });
  }, 60_000);
});

describe("what the plane tells of a connection", () => {
  const accesses = () => plane.logged.filter(({ event }) => event === "access");

  it("has the names of branch and project, and why it was refused", async () => {
    expect(await outcome(plane, { ...owner, password: "wrong" })).toContain("password authentication failed");
    expect(accesses().at(-1)).toMatchObject({
      version: 1,
      decision: "refused",
      reason: "password-failed",
      why: "wrong password, or no such role",
      branchName: "main",
      projectName: "shop",
      role: owner.role,
    });
    expect(await outcome(plane, { ...owner, database: "none" })).toContain('database "none" does not exist');
    expect(accesses().at(-1)).toMatchObject({ reason: "compute-refused", detail: 'database "none" does not exist' });
  }, 60_000);

  it("is bounded in a flood, and says how many more there were", async () => {
    const knock = async () => {
      const client = new Client({
        host: "127.0.0.1",
        port: plane.ready.proxyPort ?? 0,
        user: "nobody",
        password: "none",
        database: "none",
        ssl: { ca: readFileSync(plane.ready.rootCert ?? "", "utf8"), servername: "ep-none.db.localhost" },
      });
      client.on("error", () => undefined);
      await client.connect().catch(() => undefined);
      await client.end().catch(() => undefined);
    };
    const before = accesses().length;
    for (let round = 0; round < 15; round++) await Promise.all(Array.from({ length: 10 }, knock));
    expect(accesses().length - before).toBeLessThan(130);
    expect(plane.logged).toContainEqual({ level: "warn", event: "refusals-not-shown", refusals: expect.any(Number) as number });
  }, 60_000);
});

describe("palisade dev", () => {
  const knock = async (port: number, ca: string) => {
    const client = new Client({
      host: "127.0.0.1",
      port,
      user: "bob\u001b[2J",
      password: "none",
      database: "none",
      ssl: { ca, servername: "ep-none.db.localhost" },
    });
    client.on("error", () => undefined);
    await expect(client.connect()).rejects.toThrow("endpoint cannot be found");
  };

  it.each([
    [
      ["--output", "text"],
      "stderr",
      /^\d\d:\d\d:\d\d refused {2}127\.0\.0\.1 as bob\\u\{1b\}\[2J to none, ep-none: there is no such compute \[endpoint-not-found\]$/m,
    ],
    [
      ["--output", "json"],
      "stdout",
      /^\{"level":"info","event":"access","version":1,.*"role":"bob\\u001b\[2J".*"decision":"refused","reason":"endpoint-not-found".*\}$/m,
    ],
  ] as const)(
    "prints a line for a connection that was refused: %s",
    async (words, stream, line) => {
      const child = spawn(process.execPath, [MAIN, "dev", "--api-port", "0", "--proxy-port", "0", "--data", planeDirectory(), ...words], {
        stdio: ["ignore", "pipe", "pipe"],
        env: { ...process.env, NO_COLOR: "1" },
      });
      const said = { stdout: "", stderr: "" };
      child.stdout.on("data", (chunk: Buffer) => (said.stdout += chunk.toString()));
      child.stderr.on("data", (chunk: Buffer) => (said.stderr += chunk.toString()));
      try {
        const [, port, data] = await until(
          "it is ready",
          () => /proxy +\S+:(\d+)[^]*data +(\S+)|"proxyPort":(\d+)/.exec(said.stdout) ?? undefined,
        );
        const ready = /"proxyPort":(\d+),"rootCert":"([^"]+)"/.exec(said.stdout);
        await knock(Number(port ?? ready?.[1]), readFileSync(ready?.[2] ?? `${data ?? ""}/pki/root.crt`, "utf8"));
        await until("the line", () => line.test(said[stream]));
        if (words[1] === "json") expect(said.stdout).toMatch(/^\{"event":"ready"/);
      } finally {
        const ended = once(child, "exit");
        child.kill("SIGTERM");
        expect(await ended).toEqual([0, null]);
      }
    },
    60_000,
  );
});

describe("a seed for a directory that has its world", () => {
  it("is said to be ignored, and is", async () => {
    const first = await startPlane({ seed: { projects: [{ name: "first" }] } });
    await first.stop();
    const again = await startPlane({ dataDirectory: first.directory, seed: { projects: [{ name: "second" }] } });
    expect(again.logged).toContainEqual(expect.objectContaining({ level: "warn", event: "seed-ignored" }));
    const { body } = await again.api.call("GET", `/projects?org_id=${again.ready.orgId}`);
    expect(JSON.stringify(body)).not.toContain('"second"');
    expect(first.logged.filter(({ event }) => event === "seed-ignored")).toEqual([]);
  }, 60_000);
});
