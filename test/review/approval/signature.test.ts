import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Approval, sign, verify } from "../../../review/approval/signature.js";

let folder: string;
const at = (name: string) => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "palisade-signature-"));
  for (const name of ["reviewer", "stranger"]) execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", at(name)]);
  writeFileSync(at("signers"), `reviewer@example.com ${readFileSync(at("reviewer.pub"), "utf8")}`);
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const approval: Approval = {
  version: 1,
  stack: "shop/dev",
  commit: "a".repeat(40),
  tree: "b".repeat(40),
  verdict: "needsReview",
  delta: "1".repeat(64),
  state: "2".repeat(64),
  live: "3".repeat(64),
  issuedAt: "2026-03-01T11:00:00.000Z",
  expiresAt: "2026-03-02T11:00:00.000Z",
};

test("what an allowed signer signed is read back, with the signer's name", async () => {
  expect(await verify(await sign(approval, at("reviewer")), at("signers"))).toEqual({ approval, signer: "reviewer@example.com" });
});

test("a stranger's signature is refused", async () => {
  await expect(verify(await sign(approval, at("stranger")), at("signers"))).rejects.toThrow("its signer is not in");
});

test("a changed text is refused", async () => {
  const file = await sign(approval, at("reviewer"));
  expect(file).toContain("needsReview");
  await expect(verify(file.replace("shop/dev", "shop/prd"), at("signers"))).rejects.toThrow("PAL_APPROVAL_REFUSED");
});

test("a signature for another purpose is refused", async () => {
  const { approval: text } = JSON.parse(await sign(approval, at("reviewer"))) as { approval: string };
  writeFileSync(at("text"), text);
  execFileSync("ssh-keygen", ["-Y", "sign", "-f", at("reviewer"), "-n", "git", at("text")], { stdio: "ignore" });
  const forged = JSON.stringify({ approval: text, signature: readFileSync(at("text.sig"), "utf8") });
  await expect(verify(forged, at("signers"))).rejects.toThrow("PAL_APPROVAL_REFUSED");
});

test.each(["", "{}", "[]", '{"approval":"{}","signature":""}', '{"approval":"{}","signature":"-n","other":1}'])(
  "%j is refused",
  async (text) => {
    await expect(verify(text, at("signers"))).rejects.toThrow("PAL_APPROVAL_REFUSED");
  },
);

test("a key that does not exist signs nothing", async () => {
  await expect(sign(approval, at("nobody"))).rejects.toThrow("PAL_SIGNING_FAILED");
});
