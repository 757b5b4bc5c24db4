import { spawn } from "node:child_process";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Erasure, ErasureResponse } from "@palisade/neon/contract/wire/erasure";
import { PlaneStatus } from "@palisade/neon/contract/wire/planeStatus";
import { AuditPage } from "../../control-plane/api/audit.js";
import { verifyCertificate } from "../../cli/erase/certificate.js";
import { sharedPlane } from "../support/plane.js";
import { postmasters } from "../support/postmasters.js";
import { branch, type Login, outcome, project, rows, sql } from "./clients.js";

/** A plane that seals everything, through its API and its proxy. */
const plane = sharedPlane({ computes: "postgres", seal: "all", proxyPort: 0 });
const MARKER = "a-row-of-somebody-3f19";

const erase = async (path: string, query = ""): Promise<Erasure> =>
  (await plane.api.ok(ErasureResponse, "POST", `/x-palisade/projects/${path}/erase${query}`)).erasure;
const refusedErase = async (path: string, query = ""): Promise<string> =>
  (await plane.api.refused("POST", `/x-palisade/projects/${path}/erase${query}`)).message;
const suspend = async (projectId: string, { endpointId }: Pick<Login, "endpointId">): Promise<void> => {
  await plane.api.call("POST", `/projects/${projectId}/endpoints/${endpointId}/suspend`);
  await plane.api.settled(projectId);
};

const findMarker = (): string[] =>
  (readdirSync(plane.directory, { recursive: true }) as string[]).filter((name) => {
    const path = join(plane.directory, name);
    return statSync(path).isFile() && readFileSync(path).includes(MARKER);
  });

async function makeRows() {
  const made = await project(plane);
  await sql(plane, made.owner, `CREATE TABLE t (n int, s text); INSERT INTO t VALUES (1, '${MARKER}')`);
  return made;
}

it("a suspended branch is sealed, started by a connection, and no core dump of the plane or its computes is written", async () => {
  const made = await makeRows();
  const limits = postmasters(plane.directory).map((pid) => readFileSync(`/proc/${pid}/limits`, "utf8"));
  expect(limits).not.toEqual([]);
  for (const text of limits) expect(text).toMatch(/Max core file size +0 +0 /);
  await suspend(made.id, made.owner);
  expect(findMarker()).toEqual([]);
  const { sealing } = await plane.api.ok(PlaneStatus, "GET", "/x-palisade/status");
  expect(sealing).toEqual({ mode: "all", core_dumps: "off", unsealed: [] });
  expect(await outcome(plane, made.owner, "SELECT s FROM t")).toBe("admitted");
}, 120_000);

it("erasing is refused while a compute runs or another branch has the rows, and a dry run says so and changes nothing", async () => {
  const made = await makeRows();
  const path = `${made.id}/branches/${made.branchId}`;
  expect(await refusedErase(path)).toContain(`the compute of ${made.branchId} runs`);
  await suspend(made.id, made.owner);
  const child = await branch(plane, made.id, made.owner, { parent_id: made.branchId });
  await suspend(made.id, child.login);
  expect(await refusedErase(path)).toContain(child.id);
  const look = await erase(path, "?dry_run=true");
  expect(look).toMatchObject({ dry_run: true, refused: [{ reason: "copy", branch_id: child.id }] });
  expect(look.objects.map(({ purpose }) => purpose)).toContain("stopped");
  expect(look.certificate).toBeUndefined();
  expect(await outcome(plane, made.owner)).toBe("admitted");
  await suspend(made.id, made.owner);

  const done = await erase(path, "?with_copies=true");
  expect(done.branches.sort()).toEqual([made.branchId, child.id].sort());
  const gone = expect.stringContaining("nobody can read it any more") as string;
  expect(await outcome(plane, made.owner)).toEqual(gone);
  expect(await outcome(plane, child.login)).toEqual(gone);
}, 180_000);

it("a child is erased without its parent, whose own data it had until then", async () => {
  const made = await makeRows();
  await suspend(made.id, made.owner);
  const child = await branch(plane, made.id, made.owner, { parent_id: made.branchId });
  await suspend(made.id, child.login);
  const done = await erase(`${made.id}/branches/${child.id}`);
  expect(done.not_reached[0]).toContain(made.branchId);
  expect(await outcome(plane, child.login)).toContain("nobody can read it any more");
  expect((await rows(plane, made.owner)).length).toBe(1);
}, 120_000);

it("the certificate of a project tells what, when and by whom, proves it, and holds no changed word", async () => {
  const made = await makeRows();
  await suspend(made.id, made.owner);
  await erase(made.id, "?dry_run=true");
  const done = await erase(made.id);
  const { entries } = await plane.api.ok(AuditPage, "GET", `/x-palisade/audit?org_id=${plane.ready.orgId}&project_id=${made.id}`);
  const asked = entries.filter(({ object }) => object.kind === "erasure");
  expect(asked).toEqual([expect.objectContaining({ after: expect.objectContaining({ branch_ids: [made.branchId] }) as unknown })]);
  const { certificate } = done;
  if (!certificate) throw new Error("no certificate");
  const { body } = certificate;
  expect(body).toMatchObject({ project_id: made.id, organization_id: plane.ready.orgId, by: { kind: "personal" } });
  expect(body.erasure_keys).toHaveLength(1);
  expect(body.proof).toEqual({ tried: body.objects.length, opened: 0 });
  expect(body.objects.map(({ purpose }) => purpose)).toEqual(expect.arrayContaining(["stopped", "wal"]));
  for (const { sha256 } of body.objects) expect(sha256).toMatch(/^[0-9a-f]{64}$/);
  expect(verifyCertificate(JSON.stringify(certificate), done.fingerprint).body).toEqual(body);
  expect(verifyCertificate(JSON.stringify(done), undefined).body).toEqual(body);

  const changed = (edit: object) => () => verifyCertificate(JSON.stringify({ ...certificate, ...edit }), undefined);
  expect(changed({ body: { ...body, erased_at: "2020-01-01T00:00:00Z" } })).toThrow(/PAL_CERTIFICATE/);
  expect(changed({ signature: Buffer.alloc(64).toString("base64") })).toThrow(/PAL_CERTIFICATE/);
  expect(changed({ fingerprint: "00" })).toThrow(/PAL_CERTIFICATE/);
  expect(() => verifyCertificate(JSON.stringify(certificate), "00")).toThrow(/PAL_CERTIFICATE/);
  expect(() => verifyCertificate("{}", undefined)).toThrow(/PAL_CERTIFICATE/);
  expect(() => verifyCertificate("no json", undefined)).toThrow(/PAL_CERTIFICATE/);
  expect(statSync(join(plane.directory, "keys/certificate.pem")).mode & 0o777).toBe(0o600);
}, 120_000);

const MAIN = resolve(__dirname, "../../dist/cli/main.js");

/** The built command, with this plane in its environment. */
async function palisade(...words: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [MAIN, ...words], {
    cwd: plane.directory,
    env: { PATH: process.env["PATH"], NEON_API_HOST: plane.ready.apiUrl, NEON_API_KEY: plane.ready.apiKey },
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const code = await new Promise<number | null>((done) => child.once("close", done));
  return { code, stdout, stderr };
}

it("palisade erase changes nothing without --yes, refuses what runs, and its certificate is checked by verify-certificate", async () => {
  const made = await makeRows();
  expect(await palisade("erase", "branch", made.branchId)).toMatchObject({
    code: 1,
    stdout: expect.stringContaining(`the compute of ${made.branchId} runs`) as string,
  });
  expect(await palisade("erase", "branch", made.branchId, "--yes")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`the compute of ${made.branchId} runs`) as string,
  });
  await suspend(made.id, made.owner);
  const look = await palisade("erase", "branch", made.branchId);
  expect(look).toMatchObject({ code: 0, stdout: expect.stringContaining("Nothing was changed: add --yes to erase.") as string });
  const kept = await palisade("erase", "branch", `${made.id}/${made.branchId}`, "--where-kept", "--yes", "--output", "json");
  expect((JSON.parse(kept.stdout) as Erasure).objects.map(({ purpose }) => purpose)).toContain("stopped");
  expect(await rows(plane, made.owner)).toHaveLength(1);

  await suspend(made.id, made.owner);
  const done = await palisade("erase", "branch", made.branchId, "--yes", "--output", "json");
  expect(done.code).toBe(0);
  expect(await outcome(plane, made.owner)).toContain("nobody can read it any more");
  const file = join(plane.directory, "certificate.json");
  writeFileSync(file, done.stdout);
  const { fingerprint } = JSON.parse(done.stdout) as Erasure;
  expect(await palisade("verify-certificate", file, "--fingerprint", fingerprint)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(`${made.branchId} of ${made.id} erased at`) as string,
  });
  writeFileSync(file, done.stdout.replaceAll(made.branchId, "br-another-one-a1234567"));
  expect(await palisade("verify-certificate", file)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("its signature does not match its content") as string,
  });
  expect(await palisade("erase", "branch", "br-nobody-has-a0000000")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("no project that the key can see has the branch") as string,
  });
}, 180_000);
