import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { checkApi } from "../../cli/doctor/api.js";
import type { Check } from "../../cli/doctor/checks.js";
import { isNeon, readPlaneStatus } from "../../cli/planeStatus.js";
import { type HttpDouble, httpDouble } from "../support/httpDouble.js";
import { Palisade } from "../support/palisade.js";

const MAIN = resolve(__dirname, "../../dist/cli/main.js");
/** Where the CLI is found, and nothing of Neon's. */
const USER = Object.fromEntries(
  ["PATH", "HOME", "PULUMI_HOME"].flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
);
const KEY = "napi_plantedplantedplanted1234567890";
const AT = "2026-11-30T09:00:00Z";
const ORGANIZATION = { id: "org-a-b-1", name: "a", handle: "a", plan: "scale", created_at: AT, updated_at: AT, managed_by: "console" };

const verbs = new Palisade();
afterAll(() => verbs.end(), 30_000);

let directory: string;
let double: HttpDouble | undefined;
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), "palisade-doctor-"))));
afterEach(async () => {
  await double?.close();
  double = undefined;
  rmSync(directory, { recursive: true, force: true });
});

async function palisade(words: string[], environment: Record<string, string>): Promise<{ status: number; text: string }> {
  const { code, stdout } = await verbs.run({ words, cwd: directory, env: { ...USER, ...environment } });
  return { status: code, text: stdout };
}

/** Outside any Pulumi project, where the environment alone decides. */
async function doctor(environment: Record<string, string>): Promise<{ status: number | null; checks: Check[]; text: string }> {
  const { status, text } = await palisade(["doctor", "--output", "json", "--cwd", directory], environment);
  return { status, checks: (JSON.parse(text) as { checks: Check[] }).checks, text };
}

/** What an API is found to be, asked as the verb asks it. */
const checkThere = async ({ url }: HttpDouble): Promise<Check[]> => (await checkApi({ apiUrl: url, apiKey: KEY, orgId: undefined })).checks;

const find = (checks: readonly Check[], name: string) => checks.find((check) => check.name === name);

describe("palisade doctor, outside a project", () => {
  it("finds engine, key, organisation and clock, and exits with 0", async () => {
    double = await httpDouble([
      { body: { account_id: "org-a-b-1", auth_method: "api_key_org" } },
      { body: { regions: [] } },
      { body: { organizations: [ORGANIZATION] } },
      { body: { projects: [] } },
    ]);
    const { status, checks } = await doctor({ NEON_API_HOST: double.url, NEON_API_KEY: KEY });
    expect(checks.filter((check) => check.status === "fail")).toEqual([]);
    expect(find(checks, "API key")?.detail).toBe("organisation key, account org-a-b-1");
    expect(find(checks, "organisation")?.detail).toBe("org-a-b-1");
    expect(find(checks, "scope")?.detail).toBe("0 projects of org-a-b-1 visible");
    expect(find(checks, "clock")?.detail).toMatch(/within \d+ s of the API's/);
    expect(status).toBe(0);
  }, 30_000);

  it.each([
    [{ body: { password_guard: "hook", proxy: null } }, { status: "ok", detail: "held to 60 bits inside Postgres" }],
    [
      { body: { password_guard: "passwordcheck", proxy: null } },
      { status: "warn", detail: "held to a least length only, so nobody can log in with one" },
    ],
    [{ body: { password_guard: "none", proxy: null } }, { status: "warn", detail: "not held, so nobody can log in with one" }],
    [{ body: { password_guard: null, proxy: null } }, { status: "skip", detail: "the plane runs no Postgres" }],
    [{ body: { password_guard: "trust me", proxy: null } }, { status: "skip", detail: "the API does not tell how they are held" }],
    [
      { status: 404, body: { code: "", message: "not found" } },
      { status: "skip", detail: "the API does not tell how they are held" },
    ],
    [{ status: 401, body: { code: "", message: "bad key" } }, { status: "fail" }],
  ])(
    "says how passwords set by SQL are held, when the API answers %j",
    async (answer, expected) => {
      double = await httpDouble([
        { body: { account_id: "org-a-b-1", auth_method: "api_key_org" } },
        { body: { regions: [] } },
        { body: { organizations: [ORGANIZATION] } },
        { body: { projects: [] } },
        answer,
      ]);
      const checks = await checkThere(double);
      expect(find(checks, "SQL passwords")).toMatchObject(expected);
      expect(double.requests[4]?.line).toBe("GET /x-palisade/status");
    },
    30_000,
  );

  it("says how the keys of customers are that the key can see", async () => {
    const customer_keys = [
      { project_id: "p-1", key: "arn:aws:kms:x", state: "active" },
      { project_id: "p-2", key: "https://acme.vault.azure.net/keys/k", state: "revoked", reason: "The key is disabled: k. Enable it" },
    ];
    double = await httpDouble([
      { body: { account_id: "org-a-b-1", auth_method: "api_key_org" } },
      { body: { regions: [] } },
      { body: { organizations: [ORGANIZATION] } },
      { body: { projects: [] } },
      { body: { password_guard: "hook", proxy: null, customer_keys } },
      { body: { audit_exports: [] } },
    ]);
    const { status, checks } = await doctor({ NEON_API_HOST: double.url, NEON_API_KEY: KEY });
    expect(checks.filter(({ name }) => name === "customer key")).toEqual([
      { name: "customer key", status: "ok", detail: "p-1 is under arn:aws:kms:x: active" },
      {
        name: "customer key",
        status: "warn",
        remedy: expect.stringContaining("do not start until its owner") as string,
        detail: "p-2 is under https://acme.vault.azure.net/keys/k: revoked (The key is disabled: k. Enable it)",
      },
    ]);
    expect(status).toBe(0);
  }, 30_000);

  const HOUR_AGO = new Date(Date.now() - 3_600_000).toISOString();
  const MINUTE_AGO = new Date(Date.now() - 60_000).toISOString();
  const REASON = "The sink did not take the events: siem.example.com answers with status 503. Look at the receiver [PAL_EXPORT_FAILED]";
  const failing = (since: string) => ({ state: "failing", reason: REASON, since, last_failure: { at: since, reason: REASON } });
  it.each([
    ["one that delivers", {}, "ok", "delivered up to row 12, 0 rows wait"],
    ["one that has failed for a minute", failing(MINUTE_AGO), "ok", "failing for less than 15 minutes"],
    ["one that has failed for an hour", failing(HOUR_AGO), "fail", `failing since ${HOUR_AGO}, 0 rows wait (${REASON})`],
    ["one that is blocked since a minute", { ...failing(MINUTE_AGO), blocked: true }, "fail", `blocked, 0 rows wait (${REASON})`],
    [
      "a backlog that nears the bound",
      { behind: 41_000, backlog_share: 0.82 },
      "fail",
      "backlog of 41000 rows is 82 % of what the plane keeps",
    ],
    ["a backlog that is far from it", { behind: 39_000, backlog_share: 0.79 }, "ok", "39000 rows wait"],
    ["one that is disabled", { state: "disabled", enabled: false, behind: 3 }, "warn", "disabled, 3 rows wait"],
    ["one that lost rows", { missed: 7 }, "warn", "7 rows were gone when their turn came"],
    ["one of a plane that tells no more", { behind_bytes: undefined, backlog_share: undefined }, "ok", "delivered up to row 12"],
  ])(
    "says how an export of the audit does: %s",
    async (_, over, status, detail) => {
      const told = { name: "siem", format: "json", filter: {}, enabled: true, id: "exp-1", org_id: "org-a-b-1", state: "active" };
      const counts = { position: 12, behind: 0, behind_bytes: 0, backlog_share: 0, missed: 0, created_at: AT, updated_at: AT };
      const sink = { type: "webhook", url: "https://siem.example.com/in/marker?token=marker" };
      double = await httpDouble([
        { body: { account_id: "org-a-b-1", auth_method: "api_key_org" } },
        { body: { regions: [] } },
        { body: { organizations: [ORGANIZATION] } },
        { body: { projects: [] } },
        { body: { password_guard: "hook", proxy: null } },
        { body: { audit_exports: [{ ...told, ...counts, sink, ...over }] } },
      ]);
      const checks = await checkThere(double);
      expect(find(checks, "audit export")).toMatchObject({ status, detail: expect.stringContaining(detail) as string });
      expect(find(checks, "audit export")?.detail).toContain("siem to webhook https://siem.example.com");
      expect(JSON.stringify(checks)).not.toContain("marker");
    },
    30_000,
  );

  it("lets nothing that the API says move the cursor, colour the terminal or begin a line", async () => {
    const BAD = "\u001b[2J\nok    forged \u202e";
    const told = { format: "json", filter: {}, enabled: true, id: `exp-1${BAD}`, org_id: "org-a-b-1", state: "failing", position: 12 };
    const counts = { behind: 0, missed: 0, created_at: AT, updated_at: AT, since: AT, last_failure: { at: AT, reason: `reason${BAD}` } };
    const sink = { type: "s3", bucket: `bucket${BAD}`, region: "eu-central-1" };
    const answers = [
      { body: { account_id: `org-a-b-1`, auth_method: `api_key_org${BAD}` } },
      { body: { regions: [] } },
      { body: { organizations: [{ ...ORGANIZATION, name: `a${BAD}` }] } },
      { body: { projects: [] } },
      { body: { password_guard: "hook", proxy: null, customer_keys: [{ project_id: `p${BAD}`, key: `k${BAD}`, state: "active" }] } },
      { body: { audit_exports: [{ ...told, ...counts, sink, reason: `reason${BAD}`, name: `siem${BAD}` }] } },
    ];
    double = await httpDouble(answers);
    const { text } = await palisade(["doctor", "--cwd", directory], { NEON_API_HOST: double.url, NEON_API_KEY: KEY });
    expect(text).toContain("siem\\u{1b}[2J");
    expect(text).toContain("p\\u{1b}[2J");
    expect(text.match(/[^\P{C}\n]|^ok {4}forged/gmu)).toBeNull();
  }, 30_000);

  it.each([
    [{ body: { audit_exports: [] } }, "none: the audit is on the plane's machine alone"],
    [{ status: 403, body: { code: "", message: "no" } }, "this key may not read them: they are the organisation's administrators'"],
  ])("has nothing to say of exports, where the API answers %j", async (answer, detail) => {
    double = await httpDouble([
      { body: { account_id: "org-a-b-1", auth_method: "api_key_org" } },
      { body: { regions: [] } },
      { body: { organizations: [ORGANIZATION] } },
      { body: { projects: [] } },
      { body: { password_guard: "hook", proxy: null } },
      answer,
    ]);
    const checks = await checkThere(double);
    expect(find(checks, "audit export")).toEqual({ name: "audit export", status: "skip", detail });
  });

  it.each([
    [
      { mode: "all", core_dumps: "off", unsealed: [] },
      {
        status: "ok",
        detail: "everything, while no compute uses it; the data of a running compute lies in files that its user alone may read",
      },
      { status: "ok" },
    ],
    [
      { mode: "keyed", core_dumps: "on", unsealed: [{ project_id: "p-1", branch_id: "br-1" }] },
      { status: "warn", detail: "1 not sealed yet: br-1" },
      { status: "warn", remedy: "Start the plane with `ulimit -c 0`" },
    ],
  ])(
    "says what a plane has sealed and whether it may dump core, when it tells %j",
    async (sealing, data, dumps) => {
      double = await httpDouble([
        { body: { account_id: "org-a-b-1", auth_method: "api_key_org" } },
        { body: { regions: [] } },
        { body: { organizations: [ORGANIZATION] } },
        { body: { projects: [] } },
        { body: { password_guard: "hook", proxy: null, sealing } },
      ]);
      const checks = await checkThere(double);
      expect(find(checks, "sealed data")).toMatchObject(data);
      expect(find(checks, "core dumps")).toMatchObject(dumps);
    },
    30_000,
  );

  it("says which Postgres a plane runs, and nothing where none does or the plane is an earlier one", async () => {
    const told = { password_guard: "hook", proxy: null };
    for (const [postgres, detail] of [
      [{ version: 18, origin: "embedded" }, "version 18, from the plane's own package: projects have no other"],
      [{ version: 16, origin: "system" }, "version 16, of the system: projects have no other"],
      [null, undefined],
      [undefined, undefined],
    ] as const) {
      double = await httpDouble([
        { body: { account_id: "org-a-b-1", auth_method: "api_key_org" } },
        { body: { regions: [] } },
        { body: { organizations: [ORGANIZATION] } },
        { body: { projects: [] } },
        { body: { ...told, postgres } },
      ]);
      const checks = await checkThere(double);
      expect(find(checks, "Postgres")?.detail).toBe(detail);
      await double.close();
      double = undefined;
    }
  }, 60_000);

  it("knows Neon by its host, and asks it for nothing of ours", async () => {
    const account = { apiKey: KEY, orgId: undefined };
    expect(await readPlaneStatus({ ...account, apiUrl: "https://console.neon.tech/api/v2" })).toBeUndefined();
    expect(isNeon({ ...account, apiUrl: "https://console.neon.tech.example/api/v2" })).toBe(false);
  });

  it("names a refused key with its remedy, and never shows it", async () => {
    double = await httpDouble([{ status: 401, body: { code: "", message: `bad key ${KEY}` } }]);
    const { status, checks, text } = await doctor({ NEON_API_HOST: double.url, NEON_API_KEY: KEY });
    expect(find(checks, "API key")).toMatchObject({ status: "fail", remedy: expect.stringContaining("palisade:apiKey") as string });
    expect(text).not.toContain("plantedplanted");
    expect(status).toBe(1);
  }, 30_000);

  it("says when something else answers", async () => {
    double = await httpDouble([{ status: 404, text: "<html>nothing here</html>" }]);
    const { status, checks } = await doctor({ NEON_API_HOST: double.url, NEON_API_KEY: KEY });
    expect(find(checks, "control API")).toMatchObject({
      status: "fail",
      detail: expect.stringContaining("answered 404 without the API's body") as string,
    });
    expect(status).toBe(1);
  }, 30_000);

  it.each([
    [{}, "No key", "for https://console.neon.tech/api/v2"],
    [{ NEON_API_HOST: "http://example.com/api/v2", NEON_API_KEY: KEY }, "An address without TLS", '"http://example.com/api/v2"'],
  ])(
    "refuses a configuration before any call: %j",
    async (environment, _, detail) => {
      const { status, checks } = await doctor(environment);
      expect(find(checks, "configuration")).toMatchObject({ status: "fail", detail });
      expect(status).toBe(1);
    },
    30_000,
  );

  it("colours only on a terminal", () => {
    const { stdout } = spawnSync(process.execPath, [MAIN, "doctor", "--cwd", directory], {
      encoding: "utf8",
      env: USER,
    });
    expect(stdout).toContain("Node.js");
    expect(stdout).not.toContain(String.fromCharCode(27));
  }, 30_000);
});
