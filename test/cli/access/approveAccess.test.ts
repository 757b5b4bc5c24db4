import { execFileSync, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createApprovalVerifier } from "../../../cli/plane/approvers.js";
import { assertSecondPerson } from "../../../control-plane/services/temporaryAccess.js";
import { readApproval } from "../../../contract/temporaryAccess.js";

const MAIN = resolve(__dirname, "../../../dist/cli/main.js");
jest.setTimeout(60_000);

let folder: string;
const at = (name: string) => join(folder, name);
const REQUEST = {
  ...{ projectId: "quiet-lake-12345678", branchId: "quiet-lake-12345678/br-dry-sun-12345678", databaseName: "shop", roleName: "visitor" },
  privileges: { schemas: [{ name: "orders", privileges: ["USAGE"], tables: ["SELECT"] }] },
  ...{ reason: "order 17 \u001b[31m", requester: "ada@example.com" },
};
const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "palisade-access-"));
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", at("key")]);
  writeFileSync(at("approvers"), `bob@example.com ${readFileSync(at("key.pub"), "utf8")}`, { mode: 0o600 });
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function approve(request: object, words: readonly string[] = ["--yes"]) {
  writeFileSync(at("request.json"), JSON.stringify(request));
  const child = spawn(process.execPath, [MAIN, "approve-access", "request.json", "--key", at("key"), ...words], {
    cwd: folder,
    stdio: "pipe",
  });
  const texts = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) child[name].on("data", (chunk: Buffer) => (texts[name] += chunk.toString()));
  child.stdin.end();
  return { code: await new Promise<number | null>((done) => child.once("close", done)), ...texts };
}

it("says what it signs, and writes what the plane's verifier knows the signer of", async () => {
  const until = inHours(1);
  const { code, stderr } = await approve({ ...REQUEST, until });
  expect([code, statSync(at("access-approval.json")).mode & 0o777]).toEqual([0, 0o600]);
  expect(stderr).toContain("may        SELECT on all tables of schema orders");
  expect(stderr).not.toContain("\u001b");
  const read = readApproval(readFileSync(at("access-approval.json"), "utf8"));
  if ("why" in read) throw new Error(read.why);
  expect(read.approval).toMatchObject({ branchId: "br-dry-sun-12345678", until, requester: "ada@example.com" });
  const verify = await createApprovalVerifier(at("approvers"));
  expect(await verify(read.text, read.signature, ["ada@example.com"])).toEqual({ signer: "bob@example.com", isAlso: [] });
  expect(await verify(read.text.replace("orders", "others"), read.signature, [])).toMatchObject({ why: expect.anything() as string });
});

it.each([
  ["an end that is past", { until: inHours(-1) }, "until must be in the future"],
  ["an end beyond a week", { until: inHours(24 * 8) }, "at most 7 days ahead"],
  ["a privilege that there is none of", { until: inHours(1), privileges: { database: ["ALL"] } }, "privileges.database.0"],
  ["a field that means nothing", { until: inHours(1), forever: true }, "Unrecognized key"],
])("signs nothing of %s", async (_, wrong, complaint) => {
  const { code, stderr } = await approve({ ...REQUEST, ...wrong });
  expect([code, stderr, existsSync(at("access-approval.json"))]).toEqual([2, expect.stringContaining(complaint), false]);
});

it("signs nothing unasked, and overwrites nothing", async () => {
  expect(await approve({ ...REQUEST, until: inHours(1) }, [])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("give --yes") as string,
  });
  writeFileSync(at("access-approval.json"), "mine");
  expect((await approve({ ...REQUEST, until: inHours(1) })).code).toBe(2);
  expect(readFileSync(at("access-approval.json"), "utf8")).toBe("mine");
});

it("knows every name that the list has for the signer's key, however it is written there", async () => {
  const key = readFileSync(at("key.pub"), "utf8").trim();
  const lines = [
    `bob@example.com,Ada+ops@Example.com ${key}`,
    `"Eve+x@example.com" namespaces="file" ${key}`,
    `\tRoot+y@example.com valid-before="20200101" ${key} a comment`,
    `*@pattern.example.com ${key}`,
  ];
  writeFileSync(at("approvers"), `${lines.join("\n")}\n`, { mode: 0o600 });
  await approve({ ...REQUEST, until: inHours(1) });
  const read = readApproval(readFileSync(at("access-approval.json"), "utf8"));
  if ("why" in read) throw new Error(read.why);
  const found = await (await createApprovalVerifier(at("approvers")))(read.text, read.signature, ["carl@pattern.example.com"]);
  if ("why" in found) throw new Error(found.why);
  for (const requester of ["bob@example.com", "ada@example.com", "eve@example.com", "ROOT@example.com", "carl@pattern.example.com"])
    expect(() => {
      assertSecondPerson([found.signer, ...found.isAlso], requester, undefined);
    }).toThrow("who asks for it cannot approve it");
  assertSecondPerson([found.signer, ...found.isAlso], "dora@example.com", undefined);
});

it("takes no list of approvers that others may write, then or later", async () => {
  chmodSync(at("approvers"), 0o666);
  await expect(createApprovalVerifier(at("approvers"))).rejects.toThrow("PAL_OPEN_TO_OTHERS");
  chmodSync(at("approvers"), 0o600);
  const verify = await createApprovalVerifier(at("approvers"));
  chmodSync(at("approvers"), 0o666);
  expect(await verify("{}", "none", [])).toEqual({ why: "this plane cannot read its list of approvers, or has no ssh-keygen" });
});
