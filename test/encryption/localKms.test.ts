import { statSync } from "node:fs";
import { LocalKms } from "../../encryption/keys/localKms.js";
import type { KeyContext } from "../../encryption/sealContext.js";
import { ownFolder } from "./folder.js";

const folder = ownFolder();
const CONTEXT: KeyContext = { organization: "org-1", project: "p-1", branch: "br-1", purpose: "erasureKey" };
const open = () => LocalKms.open(folder.path("local.key"));

it("wraps keys that only it opens, and only for their context", async () => {
  const kms = await open();
  const { plaintext, wrapped } = await kms.createDataKey(CONTEXT);
  expect(plaintext.length).toBe(32);
  expect((await (await open()).unwrap(wrapped, CONTEXT)).equals(plaintext)).toBe(true);
  for (const other of [{ organization: "x" }, { project: "x" }, { branch: "x" }, { purpose: "backup" as const }])
    await expect(kms.unwrap(wrapped, { ...CONTEXT, ...other })).rejects.toMatchObject({ kind: "invalid" });
  const another = await LocalKms.open(folder.path("another.key"));
  await expect(another.unwrap(wrapped, CONTEXT)).rejects.toMatchObject({ kind: "invalid", code: "PAL_CMK_INVALID" });
  expect(statSync(folder.path("local.key")).mode & 0o777).toBe(0o600);
});

it("rotates: what was wrapped stays readable, and moves to the new version when it is rewrapped", async () => {
  const kms = await open();
  const { plaintext, wrapped } = await kms.createDataKey(CONTEXT);
  expect(await kms.rewrap(wrapped, CONTEXT)).toBe(wrapped);
  await kms.rotate();
  const moved = await kms.rewrap(wrapped, CONTEXT);
  expect(moved.keyId).toBe((await kms.describe()).keyId);
  expect(moved.keyId).not.toBe(wrapped.keyId);
  for (const one of [wrapped, moved]) expect((await kms.unwrap(one, CONTEXT)).equals(plaintext)).toBe(true);
});

it("can be disabled, enabled, and deleted as a key of a cloud can", async () => {
  const kms = await open();
  const { wrapped } = await kms.createDataKey(CONTEXT);
  await kms.setState("disabled");
  const disabled = { kind: "disabled", isDefinitive: true, code: "PAL_CMK_DISABLED", from: { source: "localKms" } };
  await expect(kms.unwrap(wrapped, CONTEXT)).rejects.toMatchObject(disabled);
  await expect(kms.createDataKey(CONTEXT)).rejects.toMatchObject(disabled);
  expect(await kms.describe()).toMatchObject({ state: "disabled" });
  await kms.setState("pendingDeletion", "2026-02-01T00:00:00.000Z");
  await expect(kms.unwrap(wrapped, CONTEXT)).rejects.toThrow(/deleted at 2026-02-01.*PAL_CMK_PENDING_DELETION/);
  await kms.setState("enabled");
  expect((await kms.unwrap(wrapped, CONTEXT)).length).toBe(32);
  expect(await kms.describe()).not.toHaveProperty("deletedAt");
});
