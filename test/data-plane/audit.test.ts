import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Client } from "pg";
import { AuditHead, AuditEventsPage } from "@palisade/neon/contract/wire/audit";
import type { AuditEvent, ConnectionEvent } from "@palisade/neon/contract/wire/auditEvent";
import { CreatedProject } from "@palisade/neon/contract/wire/project";
import {
  type Api,
  buildPlane,
  endPlanes,
  planeDirectory,
  type PlaneProcess,
  startPlane,
  startPlaneProcess,
  type TestPlane,
} from "../support/plane.js";
import { until } from "../support/until.js";
import { Palisade } from "../support/palisade.js";

/** The audit of a whole plane: what real connections leave in it, who reads what, and what the verbs prove. */
const MAIN = resolve(__dirname, "../../dist/cli/main.js");
const ACME = "org-acme-north-00000001";
const SEED = {
  organisations: [{ name: "Acme", id: ACME }],
  users: [{ name: "Mia", email: "mia@acme.test", organisation: "Acme", role: "admin" }],
  keys: [
    { name: "acme", kind: "organisation", organisation: "Acme", key: "napi_acme" },
    { name: "mia", kind: "personal", user: "Mia", key: "napi_mia" },
  ],
};
const DEADLINE_MS = 120_000;

beforeAll(buildPlane, DEADLINE_MS);
const verbs = new Palisade();
afterAll(() => verbs.end(), DEADLINE_MS);
afterAll(endPlanes, DEADLINE_MS);

interface Way {
  readonly endpoint: string;
  readonly role: string;
  readonly password: string;
}

const wayOf = ({ endpoints, roles }: CreatedProject): Way => ({
  endpoint: endpoints[0]?.id ?? "",
  role: roles[0]?.name ?? "",
  password: roles[0]?.password ?? "",
});

async function connect({ ready }: Pick<PlaneProcess, "ready">, { endpoint, role, password }: Way): Promise<Client> {
  const ssl = { ca: readFileSync(ready.rootCert ?? "", "utf8"), servername: `${endpoint}.db.localhost` };
  const client = new Client({ host: "127.0.0.1", port: ready.proxyPort ?? 0, user: role, password, database: "neondb", ssl });
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

async function listEvents(api: Api, org: string | null, query = ""): Promise<AuditEvent[]> {
  const path = org === null ? "/x-palisade/plane_audit/events?" : `/x-palisade/audit/events?org_id=${org}&`;
  const events: AuditEvent[] = [];
  for (let cursor = ""; ;) {
    const page = await api.ok(AuditEventsPage, "GET", `${path}${query}${cursor && `&cursor=${cursor}`}`);
    events.push(...(page.events as unknown as AuditEvent[]));
    if (page.pagination.next === undefined) return events;
    cursor = page.pagination.next;
  }
}

/** The built command, with a plane in its environment. */
async function palisade(
  { ready, directory }: { ready: PlaneProcess["ready"]; directory: string },
  words: readonly string[],
  key = ready.apiKey,
) {
  const env = { PATH: process.env["PATH"], NEON_API_HOST: ready.apiUrl, NEON_API_KEY: key };
  return verbs.run({ words: ["audit", ...words], cwd: directory, env });
}

describe("two organisations on one plane", () => {
  let plane: TestPlane;
  let acme: Api;
  let [own, theirs]: Way[] = [];
  beforeAll(async () => {
    plane = await startPlane({ seed: SEED, computes: "postgres", proxyPort: 0, operationTimeMs: 0 });
    acme = plane.api.withKey("napi_acme");
    own = wayOf(await plane.api.project({ name: "shop" }));
    const made = await acme.ok(CreatedProject, "POST", "/projects", { project: { name: "partner", org_id: ACME } });
    await acme.settled(made.project.id);
    theirs = wayOf(made);
    await (await connect(plane, own)).end();
    await expect(connect(plane, { ...theirs, password: "a-secret-marker-of-a-password" })).rejects.toThrow(
      "password authentication failed",
    );
    await expect(connect(plane, { ...own, endpoint: "ep-no-such-a0000000", password: "a-secret-marker-of-a-password" })).rejects.toThrow(
      "cannot be found",
    );
    await until("the session has ended in the audit", async () =>
      (await listEvents(plane.api, plane.ready.orgId)).some(({ type }) => type === "connection-end"),
    );
  }, DEADLINE_MS);

  test("each sees its own connections alone, the administrator of the plane those to nothing", async () => {
    const connections = (events: AuditEvent[]) => events.filter(({ type }) => type.startsWith("connection"));
    const [mine, others, nobodys] = [
      await listEvents(plane.api, plane.ready.orgId),
      await listEvents(acme, ACME),
      await listEvents(plane.api, null),
    ];
    const admitted = connections(mine)[0] as ConnectionEvent;
    expect(connections(mine)).toMatchObject([
      {
        type: "connection",
        decision: "admitted",
        endpoint_id: own?.endpoint,
        role: own?.role,
        database: "neondb",
        via: "public",
        address: "127.0.0.1",
      },
      { type: "connection-end", session: admitted.session },
    ]);
    expect(connections(others)).toMatchObject([{ decision: "refused", reason: "password-failed", endpoint_id: theirs?.endpoint }]);
    expect(nobodys).toMatchObject([
      { decision: "refused", reason: "endpoint-not-found", endpoint_id: "ep-no-such-a0000000", org_id: null },
    ]);
    for (const [events, org] of [
      [mine, plane.ready.orgId],
      [others, ACME],
    ] as const)
      expect(new Set(events.map(({ org_id }) => org_id))).toEqual(new Set([org]));
    expect(JSON.stringify(mine)).not.toContain(theirs?.endpoint);
    expect(JSON.stringify(others)).not.toContain(own?.endpoint);
  });

  test("neither reads the other's rows or head, and nobody but the administrator the plane's own", async () => {
    const status = async (key: string, path: string) => (await plane.api.withKey(key).call("GET", `/x-palisade/${path}`)).status;
    for (const what of ["events", "head"]) {
      expect([what, await status("napi_acme", `audit/${what}?org_id=${plane.ready.orgId}`)]).toEqual([what, 404]);
      expect([what, await status("napi_mia", `audit/${what}?org_id=${plane.ready.orgId}`)]).toEqual([what, 404]);
      expect([what, await status("napi_acme", `plane_audit/${what}`)]).toEqual([what, 403]);
      expect([what, await status("napi_mia", `plane_audit/${what}`)]).toEqual([what, 403]);
      expect([what, await status("napi_acme", `audit/${what}`)]).toEqual([what, 400]);
    }
    // A cursor or a place of another stream opens nothing.
    const page = await plane.api.ok(AuditEventsPage, "GET", `/x-palisade/audit/events?org_id=${plane.ready.orgId}&limit=1`);
    const moved = await acme.ok(AuditEventsPage, "GET", `/x-palisade/audit/events?org_id=${ACME}&cursor=${page.pagination.next ?? ""}`);
    expect(moved.events.every((event) => event["org_id"] === ACME)).toBe(true);
  });

  test("no password, key or verifier is in any row, or in the journal", async () => {
    const { body } = await plane.api.call("GET", "/x-palisade/test/secrets");
    const { passwords, keys } = body as { passwords: string[]; keys: string[] };
    const secrets = [...passwords, ...keys, "a-secret-marker-of-a-password", "SCRAM-SHA-256$", "napi_acme"];
    expect(passwords.length).toBeGreaterThan(1);
    const rows = [
      ...(await listEvents(plane.api, plane.ready.orgId)),
      ...(await listEvents(acme, ACME)),
      ...(await listEvents(plane.api, null)),
    ];
    const text = JSON.stringify(rows) + readFileSync(join(plane.directory, "audit.journal"), "utf8");
    expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
  });

  test("rows are asked for by type, actor, branch and time, in pages that are in order", async () => {
    const org = plane.ready.orgId;
    const all = await listEvents(plane.api, org);
    expect(all.map(({ seq }) => seq)).toEqual(all.map((_, index) => index + 1));
    expect(await listEvents(plane.api, org, "limit=2")).toEqual(all);
    const [connection] = all.filter(({ type }) => type === "connection") as ConnectionEvent[];
    const of = async (query: string) => (await listEvents(plane.api, org, query)).map(({ seq }) => seq);
    const only = (isAsked: (event: AuditEvent) => boolean) => all.filter(isAsked).map(({ seq }) => seq);
    expect(await of("type=connection")).toEqual([connection?.seq]);
    expect(await of(`actor=${own?.role ?? ""}`)).toEqual([connection?.seq]);
    expect(await of("actor=1")).toEqual(only(({ type }) => type === "change"));
    expect(await of(`branch_id=${connection?.branch_id ?? ""}`)).toContain(connection?.seq);
    expect(await of(`since=${connection?.at ?? ""}`)).toEqual(only(({ at }) => at >= (connection?.at ?? "")));
    expect(await of(`until=${connection?.at ?? ""}`)).toEqual(only(({ at }) => at < (connection?.at ?? "")));
    for (const query of ["type=other", "after=-1", "limit=1001", "cursor=x", "since=then"])
      expect([query, (await plane.api.refused("GET", `/x-palisade/audit/events?org_id=${org}&${query}`)).status]).toEqual([query, 400]);
  });

  describe("palisade audit", () => {
    test(
      "prints a line for each row, and JSON lines that verify with the head",
      async () => {
        const text = await palisade(plane, []);
        expect(text.code).toBe(0);
        expect(text.stdout).not.toContain("\u001b");
        expect(text.stdout).toMatch(
          new RegExp(`^\\S+ +\\d+ {2}admitted +${own?.role ?? ""} +connect ${own?.endpoint ?? ""}/neondb {2}from 127\\.0\\.0\\.1$`, "m"),
        );
        expect(text.stdout).toMatch(
          /^\S+ +1 {2}change +user\/\S+ +POST \/projects {2}project \S+ created {2}from 127\.0\.0\.1 with key 1$/m,
        );
        const head = await palisade(plane, ["head", "--output", "json"]);
        const rows = await palisade(plane, ["--output", "json"]);
        for (const [name, { stdout }] of Object.entries({ head, rows })) writeFileSync(join(plane.directory, name), stdout);
        expect(JSON.parse(head.stdout)).toEqual(AuditHead.shape.head.parse(JSON.parse(head.stdout)));
        const proved = await palisade(plane, ["verify", "--file", "rows", "--head-file", "head"]);
        expect([proved.code, proved.stdout]).toEqual([0, expect.stringContaining("no row is missing, none was changed")]);
        // Twice, as an export that is sent at least once has them.
        writeFileSync(join(plane.directory, "twice"), rows.stdout + rows.stdout);
        expect((await palisade(plane, ["verify", "--file", "twice", "--head-file", "head"])).code).toBe(0);
        const lines = rows.stdout.split("\n");
        for (const [name, changed] of Object.entries({
          cut: lines.slice(0, -2),
          gap: lines.filter((_, index) => index !== 1),
          edited: lines.map((line) => line.replace('"admitted"', '"refused"')),
          swapped: [lines[1] ?? "", lines[0] ?? "", ...lines.slice(2)],
          nonsense: ["{", ...lines],
        })) {
          writeFileSync(join(plane.directory, "changed"), changed.join("\n"));
          expect([name, (await palisade(plane, ["verify", "--file", "changed", "--head-file", "head"])).code]).toEqual([name, 23]);
        }
      },
      DEADLINE_MS,
    );

    test(
      "verifies the plane with a head kept elsewhere, and says what is not proved without one",
      async () => {
        const { stdout: head } = await palisade(plane, ["head"]);
        const proved = await palisade(plane, ["verify", "--head", head.split(" ")[0] ?? "", "--output", "json"]);
        expect([proved.code, JSON.parse(proved.stdout)]).toMatchObject([
          0,
          { version: 1, streams: [{ org_id: plane.ready.orgId, proved: true, findings: [] }] },
        ]);
        const without = await palisade(plane, ["verify"]);
        expect([without.code, without.stdout]).toEqual([22, expect.stringContaining("not proved complete")]);
        expect(await palisade(plane, ["verify", "--head", "0".repeat(63) + "1"])).toMatchObject({ code: 23 });
        expect(await palisade(plane, ["verify", "--org", "plane"])).toMatchObject({
          code: 22,
          stdout: expect.stringContaining("the plane itself: rows 1 to 1") as string,
        });
        expect(await palisade(plane, ["--org", "plane"], "napi_mia")).toMatchObject({
          code: 1,
          stderr: expect.stringContaining("PAL_FORBIDDEN") as string,
        });
        expect(await palisade(plane, ["--org", plane.ready.orgId], "napi_mia")).toMatchObject({
          code: 1,
          stderr: expect.stringContaining("PAL_ORG_NOT_VISIBLE") as string,
        });
      },
      DEADLINE_MS,
    );

    test(
      "follows rows as they come in",
      async () => {
        const child = spawn(process.execPath, [MAIN, "audit", "--follow", "--type", "connection", "--output", "json"], {
          cwd: plane.directory,
          env: { PATH: process.env["PATH"], NEON_API_HOST: plane.ready.apiUrl, NEON_API_KEY: plane.ready.apiKey },
        });
        let stdout = "";
        child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
        const lines = () => stdout.split("\n").length - 1;
        await until("what there was", () => lines() === 1);
        if (!own) throw new Error("no way in");
        await (await connect(plane, own)).end();
        await until("what came in", () => lines() === 2);
        child.kill("SIGINT");
        await once(child, "close");
      },
      DEADLINE_MS,
    );

    test.each([
      [["verify", "--follow"], "--follow is for palisade audit alone"],
      [["head", "--file", "x"], "--file is for palisade audit verify alone"],
      [["--head", "0".repeat(64)], "--head is for palisade audit verify alone"],
      [["--follow", "--until", "2026-01-01"], "--follow has no end"],
      [["verify", "--file", "x", "--org", ACME], "leave --org out"],
      [["verify", "--head", "abc"], "64 hexadecimal digits"],
      [["--since", "yesterday"], "such as 2026-11-30"],
      [["verify", "--file", "no-such-file"], "does not exist"],
    ])("refuses %j", async (words, why) => {
      expect(await palisade(plane, words)).toMatchObject({ code: 2, stderr: expect.stringContaining(why) as string });
    });

    test(
      "refuses what is no head, and a head of other rows",
      async () => {
        const head = (await palisade(plane, ["head", "--output", "json"])).stdout;
        writeFileSync(join(plane.directory, "forged"), head.replace(/"seq":\d+/, '"seq":1'));
        expect(await palisade(plane, ["verify", "--head-file", "forged"])).toMatchObject({
          code: 1,
          stderr: expect.stringContaining("PAL_AUDIT_HEAD") as string,
        });
        writeFileSync(join(plane.directory, "head"), head);
        expect(await palisade(plane, ["verify", "--org", "plane", "--head-file", "head"])).toMatchObject({
          code: 2,
          stderr: expect.stringContaining("is of") as string,
        });
      },
      DEADLINE_MS,
    );

    test("says that Neon has no such rows", async () => {
      const ready = { ...plane.ready, apiUrl: "https://console.neon.tech/api/v2" };
      const { code, stderr } = await palisade({ ready, directory: plane.directory }, []);
      expect([code, stderr]).toEqual([1, expect.stringContaining("Neon's API has no audit rows")]);
    });
  });
});

const ROUNDS = 3;
const CONNECTIONS = 8;

test(`${ROUNDS} kills of the plane right after a connection: every admission that was told is in the audit, which verifies`, async () => {
  const directory = planeDirectory();
  const start = () => startPlaneProcess({ dataDirectory: directory, computes: "postgres", proxyPort: 0, operationTimeMs: 0 });
  let plane = await start();
  const way = wayOf(await plane.api.project());
  const { orgId } = plane.ready;
  let told = 0;
  for (let round = 0; round < ROUNDS; round++) {
    writeFileSync(join(directory, "kept.json"), (await palisade({ ready: plane.ready, directory }, ["head", "--output", "json"])).stdout);
    for (let number = 0; number < CONNECTIONS; number++) {
      await connect(plane, way);
      told += 1;
    }
    await plane.end("SIGKILL");
    plane = await start();
    const admitted = (await listEvents(plane.api, orgId, "type=connection")) as ConnectionEvent[];
    expect([round, admitted.length]).toEqual([round, told]);
    expect(new Set(admitted.map(({ session }) => session)).size).toBe(told);
    const verified = await palisade({ ready: plane.ready, directory }, ["verify", "--head-file", "kept.json"]);
    expect([verified.code, verified.stdout]).toEqual([0, expect.stringContaining("Proved up to row")]);
  }
  expect(await plane.end("SIGTERM")).toBe(0);
}, 180_000);
