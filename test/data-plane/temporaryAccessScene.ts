/** A plane with real Postgres on which Bob may approve, and how access is asked for, approved and used. */
import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Client } from "pg";
import { AuditEventsPage } from "@palisade/neon/contract/wire/audit";
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
import { type Login, project, query, sql } from "./clients.js";

const folder = mkdtempSync(join(tmpdir(), "palisade-access-"));
export const at = (name: string) => join(folder, name);
export let plane: TestPlane;
let options: Parameters<typeof startPlane>[0];

/** Stopped before `between`, and started again in its directory. */
export async function restartPlane(between: () => void): Promise<void> {
  await plane.stop();
  between();
  plane = await startPlane(options);
}

beforeAll(async () => {
  for (const name of ["approver", "stranger"]) execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", at(name)]);
  const key = readFileSync(at("approver.pub"), "utf8");
  writeFileSync(at("approvers"), `bob@example.com ${key}robert@example.com ${key}`, { mode: 0o600 });
  const verifyApproval = await createApprovalVerifier(at("approvers"));
  options = { computes: "postgres", proxyPort: 0, dataDirectory: planeDirectory(), verifyApproval };
  plane = await startPlane(options);
});
afterAll(async () => {
  await endPlanes();
  rmSync(folder, { recursive: true, force: true });
});

export interface Place {
  id: string;
  branchId: string;
  owner: Login;
}
export async function shop(): Promise<Place> {
  const made = await project(plane);
  await sql(
    plane,
    made.owner,
    "CREATE SCHEMA shop; CREATE TABLE shop.orders (n int); INSERT INTO shop.orders VALUES (1); CREATE TABLE other (n int)",
  );
  return made;
}
export const termsOf = ({ id, branchId, owner }: Place, given: Partial<AccessTerms> = {}): AccessTerms =>
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
export const sign = async (terms: AccessTerms, { key = "approver", nonce = randomUUID(), namespace = ACCESS_NAMESPACE } = {}) => {
  const text = buildApprovalText(terms, nonce, new Date().toISOString());
  return formatSignedAccess(text, await signText(text, at(key), namespace));
};
export const pathOf = ({ projectId, branchId, roleName }: AccessTerms) =>
  `/x-palisade/projects/${projectId}/branches/${branchId}/temporary_access/${roleName}`;
export const bodyOf = ({ databaseName, privileges, until: end, reason, requester }: AccessTerms, approval: string) => ({
  temporary_access: { database_name: databaseName, privileges, until: end, reason, requester, approval },
});
export async function give(terms: AccessTerms, approval?: string) {
  const signed = approval ?? (await sign(terms));
  const given = await plane.api.ok(TemporaryAccessGiven, "PUT", pathOf(terms), bodyOf(terms, signed));
  await plane.api.settled(terms.projectId);
  return { ...given, approval: signed };
}
export const stateOf = async (terms: AccessTerms) => (await plane.api.ok(TemporaryAccessResponse, "GET", pathOf(terms))).temporary_access;
export const loginOf = ({ owner }: Place, { password = "" }: { password?: string | undefined }): Login => ({
  ...owner,
  role: "visitor",
  password,
});
export const advance = (seconds: number) => plane.api.call("POST", "/x-palisade/test/clock", { advanceSeconds: seconds });
export const rolesIn = (place: Place) =>
  query(plane, place.owner, async (client) =>
    (await client.query<{ rolname: string }>("SELECT rolname FROM pg_roles WHERE rolname = 'visitor'")).rows.map(({ rolname }) => rolname),
  );

export async function readStatements({ branchId }: Place): Promise<{ statement?: string; length: number; role: string }[]> {
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
export const copyIn = (client: Client, text: string, data: string) =>
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
