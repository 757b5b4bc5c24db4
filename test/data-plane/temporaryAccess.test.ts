import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Client } from "pg";
import { AuditEventsPage } from "@palisade/neon/contract/wire/audit";
import { CreatedBranch } from "@palisade/neon/contract/wire/branch";
import { RolesResponse } from "@palisade/neon/contract/wire/role";
import { TemporaryAccessGiven, TemporaryAccessResponse } from "@palisade/neon/contract/wire/temporaryAccess";
import {
  ACCESS_NAMESPACE,
  type AccessTerms,
  AccessTerms as Terms,
  buildApprovalText,
  formatSignedAccess,
} from "../../contract/temporaryAccess.js";
import { createApprovalVerifier } from "../../cli/plane/approvers.js";
import { signText } from "../../provider/client/sshSignature.js";
import { endPlanes, planeDirectory, startPlane, type TestPlane } from "../support/plane.js";
import { until } from "../support/until.js";
import { type Login, outcome, project, query, sql } from "./clients.js";

jest.setTimeout(120_000);

const folder = mkdtempSync(join(tmpdir(), "palisade-access-"));
const at = (name: string) => join(folder, name);
let plane: TestPlane;
let options: Parameters<typeof startPlane>[0];

beforeAll(async () => {
  for (const name of ["approver", "stranger"]) execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", at(name)]);
  writeFileSync(at("approvers"), `bob@example.com ${readFileSync(at("approver.pub"), "utf8")}`, { mode: 0o600 });
  const verifyApproval = await createApprovalVerifier(at("approvers"));
  options = { computes: "postgres", proxyPort: 0, dataDirectory: planeDirectory(), verifyApproval };
  plane = await startPlane(options);
});
afterAll(async () => {
  await endPlanes();
  rmSync(folder, { recursive: true, force: true });
});

interface Place {
  id: string;
  branchId: string;
  owner: Login;
}
async function shop(): Promise<Place> {
  const made = await project(plane);
  await sql(
    plane,
    made.owner,
    "CREATE SCHEMA shop; CREATE TABLE shop.orders (n int); INSERT INTO shop.orders VALUES (1); CREATE TABLE other (n int)",
  );
  return made;
}
const termsOf = ({ id, branchId, owner }: Place, given: Partial<AccessTerms> = {}): AccessTerms =>
  Terms.parse({
    projectId: id,
    branchId,
    databaseName: owner.database,
    roleName: "visitor",
    privileges: { database: ["CONNECT"], schemas: [{ name: "shop", privileges: ["USAGE"], tables: ["SELECT", "INSERT"] }] },
    until: new Date(Date.now() + 3_600_000).toISOString(),
    reason: "a look at order 17",
    requester: "ada@example.com",
    ...given,
  });
const sign = async (terms: AccessTerms, { key = "approver", nonce = randomUUID(), namespace = ACCESS_NAMESPACE } = {}) => {
  const text = buildApprovalText(terms, nonce, new Date().toISOString());
  return formatSignedAccess(text, await signText(text, at(key), namespace));
};
const pathOf = ({ projectId, branchId, roleName }: AccessTerms) =>
  `/x-palisade/projects/${projectId}/branches/${branchId}/temporary_access/${roleName}`;
const bodyOf = ({ databaseName, privileges, until: end, reason, requester }: AccessTerms, approval: string) => ({
  temporary_access: { database_name: databaseName, privileges, until: end, reason, requester, approval },
});
async function give(terms: AccessTerms, approval?: string) {
  const signed = approval ?? (await sign(terms));
  const given = await plane.api.ok(TemporaryAccessGiven, "PUT", pathOf(terms), bodyOf(terms, signed));
  await plane.api.settled(terms.projectId);
  return { ...given, approval: signed };
}
const stateOf = async (terms: AccessTerms) => (await plane.api.ok(TemporaryAccessResponse, "GET", pathOf(terms))).temporary_access;
const loginOf = ({ owner }: Place, { password = "" }: { password?: string | undefined }): Login => ({
  ...owner,
  role: "visitor",
  password,
});
const advance = (seconds: number) => plane.api.call("POST", "/x-palisade/test/clock", { advanceSeconds: seconds });
const rolesIn = (place: Place) =>
  query(plane, place.owner, async (client) =>
    (await client.query<{ rolname: string }>("SELECT rolname FROM pg_roles WHERE rolname = 'visitor'")).rows.map(({ rolname }) => rolname),
  );

async function readStatements({ branchId }: Place): Promise<{ statement?: string; length: number; role: string }[]> {
  const all: unknown[] = [];
  for (let cursor = ""; ;) {
    const page = await plane.api.ok(
      AuditEventsPage,
      "GET",
      `/x-palisade/audit/events?org_id=${plane.ready.orgId}&type=statement&branch_id=${branchId}${cursor}`,
    );
    all.push(...page.events);
    if (page.pagination.next === undefined) return all as { statement?: string; length: number; role: string }[];
    cursor = `&cursor=${page.pagination.next}`;
  }
}

/** What the driver itself has no method for: it is told of each message. */
const copyIn = (client: Client, text: string, data: string) =>
  new Promise<void>((done, fail) => {
    interface Connection {
      query(sql: string): void;
      sendCopyFromChunk(bytes: Buffer): void;
      endCopyFrom(): void;
    }
    client.query({
      submit: (connection: unknown) => {
        (connection as Connection).query(text);
      },
      handleCopyInResponse: (connection: Connection) => {
        connection.sendCopyFromChunk(Buffer.from(data));
        connection.endCopyFrom();
      },
      handleCommandComplete: () => undefined,
      handleError: fail,
      handleReadyForQuery: () => {
        done();
      },
    } as never);
  });

it("gives what was approved and nothing else, and tells the password once", async () => {
  const place = await shop();
  const terms = termsOf(place);
  const given = await give(terms);
  expect(await stateOf(terms)).toMatchObject({ status: "active", approver: "bob@example.com", requester: "ada@example.com" });
  const login = loginOf(place, given);
  expect(await outcome(plane, login, "SELECT * FROM shop.orders")).toBe("admitted");
  expect(await outcome(plane, login, "DELETE FROM shop.orders")).toBe("permission denied for table orders");
  expect(await outcome(plane, login, "SELECT * FROM public.other")).toBe("permission denied for table other");
  expect(await outcome(plane, login, "CREATE ROLE more")).toContain("permission denied to create role");
  const revealed = await plane.api.call("GET", `/projects/${place.id}/branches/${place.branchId}/roles/visitor/reveal_password`);
  expect(JSON.stringify(revealed.body)).not.toContain(given.password);
  expect(JSON.stringify(await stateOf(terms))).not.toContain(given.password);
});

it("ends on time: no login, no session, no role, no grant", async () => {
  const place = await shop();
  const terms = termsOf(place, { until: new Date(Date.now() + 3_600_000).toISOString() });
  const login = loginOf(place, await give(terms));
  const ended = query(plane, login, async (client) => {
    await client.query("SELECT 1");
    const over = new Promise((done) => client.once("end", done));
    await advance(3_601);
    expect(await outcome(plane, login)).toContain("password authentication failed");
    return over;
  });
  await ended.catch(() => undefined);
  await until("the role is dropped", async () => (await rolesIn(place)).length === 0);
  expect(await stateOf(terms)).toMatchObject({ status: "ended", ended_by: "time" });
  const { roles } = await plane.api.ok(RolesResponse, "GET", `/projects/${place.id}/branches/${place.branchId}/roles`);
  expect(roles.map(({ name }) => name)).not.toContain("visitor");
});

it("has ended before anything answers, where the end came while the plane was down", async () => {
  const place = await shop();
  const terms = termsOf(place, { until: new Date(Date.now() + 3_600_000 + 4_000_000).toISOString() });
  const login = loginOf(place, await give(terms));
  expect(await outcome(plane, login)).toBe("admitted");
  await plane.stop();
  const now = Date.now;
  const late = jest.spyOn(Date, "now").mockImplementation(() => now() + 3_600_000 + 5_000_000);
  try {
    plane = await startPlane(options);
    expect(await stateOf(terms)).toMatchObject({ status: "ended", ended_by: "time" });
    expect(await outcome(plane, login)).toContain("password authentication failed");
    await plane.api.settled(place.id);
    await until("the role is dropped", async () => (await rolesIn(place)).length === 0);
  } finally {
    late.mockRestore();
  }
});

it("takes no approval of a stranger, of the requester, for another purpose, of other terms, or used before", async () => {
  const place = await shop();
  const terms = termsOf(place);
  const refused = async (approval: string, asked = terms) => {
    const { status, code, message } = await plane.api.refused("PUT", pathOf(asked), bodyOf(asked, approval));
    expect([status, code]).toEqual([422, "ACCESS_APPROVAL_REFUSED"]);
    return message;
  };
  expect(await refused(await sign(terms, { key: "stranger" }))).toContain("no approver of this plane has signed it");
  expect(await refused(await sign(terms, { namespace: "palisade-approval@v1" }))).toContain("no approver");
  const own = termsOf(place, { requester: "Bob@Example.com" });
  expect(await refused(await sign(own), own)).toContain("who asks for it cannot approve it");
  const signed = await sign(terms);
  const others: Partial<AccessTerms>[] = [
    { roleName: "other" },
    { reason: "another" },
    { requester: "eve@example.com" },
    { until: new Date(Date.now() + 7_200_000).toISOString() },
    { databaseName: "postgres" },
    { privileges: Terms.shape.privileges.parse({ schemas: [{ name: "shop", tables: ["DELETE"] }] }) },
  ];
  for (const other of others) expect(await refused(signed, termsOf(place, other))).toMatch(/it is of another /);
  expect(await refused(signed.replace("order 17", "order 18"), { ...terms, reason: "a look at order 18" })).toContain("no approver");
  await give(terms, signed);
  await plane.api.call("DELETE", pathOf(terms));
  await plane.api.settled(place.id);
  expect(await refused(signed)).toContain("it was used before");
  const late = termsOf(place, { until: new Date(Date.now() + 8 * 86_400_000 + 10_000_000).toISOString() });
  expect((await plane.api.refused("PUT", pathOf(late), bodyOf(late, await sign(late)))).message).toContain("at most 7 days ahead");
});

it("makes of the same approval the same access again, with a new password, for a caller whose answer was lost", async () => {
  const place = await shop();
  const terms = termsOf(place);
  const first = await give(terms);
  const second = await give(terms, first.approval);
  expect(await outcome(plane, loginOf(place, first))).toContain("password authentication failed");
  expect(await outcome(plane, loginOf(place, second))).toBe("admitted");
  expect(second.temporary_access.until).toBe(first.temporary_access.until);
});

it("is of one branch: no copy has the role, a new password by SQL keeps its end, and a role of the name made by SQL stays what it is", async () => {
  const place = await shop();
  const terms = termsOf(place);
  const login = loginOf(place, await give(terms));
  const copy = await plane.api.ok(CreatedBranch, "POST", `/projects/${place.id}/branches`, {
    branch: {},
    endpoints: [{ type: "read_write" }],
  });
  await plane.api.settled(place.id);
  expect(copy.roles.map(({ name }) => name)).not.toContain("visitor");
  expect(await outcome(plane, { ...login, endpointId: copy.endpoints[0]?.id ?? "" })).toContain("password authentication failed");
  const own = "Zq7-fkd9-Lw81-mmZ7-pQ";
  await sql(plane, login, `ALTER ROLE visitor PASSWORD '${own}'`);
  await until("the new password is known", async () => (await outcome(plane, { ...login, password: own })) === "admitted");
  await advance(3_601);
  await until("its end came", async () => (await outcome(plane, { ...login, password: own })).includes("password authentication failed"));
  const taken = termsOf(place, { roleName: "taken", until: new Date(Date.now() + 3 * 3_600_000).toISOString() });
  await sql(plane, place.owner, "CREATE ROLE taken");
  const status = await plane.api.call("PUT", pathOf(taken), bodyOf(taken, await sign(taken)));
  await plane.api.settled(place.id);
  if (status.status === 200) expect(await stateOf(taken)).toMatchObject({ problem: "a role of this name was made by SQL" });
  else expect(status.status).toBe(409);
});

it("says what Postgres refuses, and gives nothing then", async () => {
  const place = await shop();
  const terms = termsOf(place, {
    until: new Date(Date.now() + 3 * 3_600_000).toISOString(),
    privileges: Terms.shape.privileges.parse({
      schemas: [
        { name: "shop", privileges: ["USAGE"], tables: ["SELECT"] },
        { name: "nowhere", privileges: ["USAGE"] },
      ],
    }),
  });
  const login = loginOf(place, await give(terms));
  expect(await stateOf(terms)).toMatchObject({
    status: "granting",
    problem: expect.stringContaining('schema "nowhere" does not exist') as string,
  });
  expect(await outcome(plane, login, "SELECT * FROM shop.orders")).toBe("permission denied for schema shop");
});

it("records its statements without constants, comments, parameters and COPY data, and those of no other role", async () => {
  const place = await shop();
  const terms = termsOf(place, { until: new Date(Date.now() + 3 * 3_600_000).toISOString() });
  const login = loginOf(place, await give(terms));
  await query(plane, login, async (client) => {
    await client.query(
      "SELECT 'MARKER', $tag$MARKER$tag$, 4711 /* MARKER */ -- MARKER\nFROM shop.orders; INSERT INTO shop.orders VALUES (4711)",
    );
    await client.query({ name: "prepared", text: "SELECT n FROM shop.orders WHERE n::text = $1 OR n = 4711", values: ["MARKER"] });
    await client.query("SELECT E'MARKER\\'' AS escaped");
    await client.query("SELEC 'MARKER'").catch(() => undefined);
    await client.query(`SELECT '${"MARKER".repeat(4_000)}'`);
    await copyIn(client, "COPY shop.orders FROM STDIN", "4711\n");
  });
  await sql(plane, place.owner, "SELECT 'MARKER of the owner'");
  const events = await readStatements(place);
  expect(JSON.stringify(events)).not.toMatch(/MARKER|4711/);
  const texts = events.map(({ statement, length }) => statement ?? length);
  expect(texts).toEqual([
    "SELECT $1 , $2 , $3 FROM shop . orders ; INSERT INTO shop . orders VALUES ( $4 )",
    "SELECT n FROM shop . orders WHERE n :: text = $1 OR n = $2",
    "SELECT E'MARKER\\'' AS escaped".length,
    "SELEC 'MARKER'".length,
    `SELECT '${"MARKER".repeat(4_000)}'`.length,
    "COPY shop . orders FROM STDIN",
  ]);
  expect(new Set(events.map(({ role }) => role))).toEqual(new Set(["visitor"]));
});

it("records what is sent over HTTP as well", async () => {
  const place = await shop();
  const terms = termsOf(place, { until: new Date(Date.now() + 3 * 3_600_000).toISOString() });
  const login = loginOf(place, await give(terms));
  const { request } = await import("node:https");
  const status = await new Promise<number | undefined>((done, fail) => {
    const asked = request(
      {
        host: "127.0.0.1",
        port: plane.ready.proxyPort,
        path: "/sql",
        method: "POST",
        servername: `${login.endpointId}.db.localhost`,
        ca: readFileSync(plane.ready.rootCert ?? ""),
        headers: {
          "neon-raw-text-output": "true",
          "neon-connection-string": `postgres://visitor:${login.password}@${login.endpointId}.db.localhost/${login.database}`,
        },
      },
      (answer) => {
        answer.resume().once("end", () => {
          done(answer.statusCode);
        });
      },
    );
    asked.once("error", fail).end(JSON.stringify({ query: "SELECT 'MARKER', $1::text", params: ["MARKER"] }));
  });
  expect(status).toBe(200);
  const events = await readStatements(place);
  expect(events.map(({ statement }) => statement)).toEqual(["SELECT $2 , $1 :: text"]);
});
