import { randomBytes } from "node:crypto";
import { chmodSync, linkSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { Keyring, type KeyringEntry } from "../../../control-plane/encryption/keyring.js";
import { ownFolder } from "../../encryption/folder.js";

const folder = ownFolder();
const entry = (id: string, branch = "br-1"): KeyringEntry => ({
  id,
  context: { organization: "org-1", project: "p-1", branch, purpose: "erasureKey" },
  wrapped: { service: "localKms", keyId: "local-1", bytes: randomBytes(60) },
  madeAt: "2026-01-01T00:00:00.000Z",
});

it("keeps what it was given, in a file that only its user may open", async () => {
  const [one, two] = [entry("ek-1"), entry("ek-2", "br-2")];
  const keyring = await Keyring.open(folder.path("keyring.json"));
  await Promise.all([keyring.add(one), keyring.add(two)]);
  expect(keyring.list({ branch: "br-2" })).toEqual([two]);
  expect(keyring.list({ project: "p-1" })).toEqual([one, two]);
  const reopened = await Keyring.open(folder.path("keyring.json"));
  expect(reopened.list()).toEqual([one, two]);
  expect(statSync(folder.path("keyring.json")).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder.path())).toEqual(["keyring.json"]);
});

it("puts a key under another one, and forgets a key for good", async () => {
  const keyring = await Keyring.open(folder.path("keyring.json"));
  await keyring.add(entry("ek-1"));
  await keyring.add(entry("ek-2"));
  const wrapped = { service: "awsKms", keyId: "arn:aws:kms:x", bytes: randomBytes(99) } as const;
  const moved = new Map([["ek-1", { wrapped, context: entry("ek-1").context }]]);
  await keyring.rewrap(moved);
  expect((await Keyring.open(folder.path("keyring.json"))).find("ek-1")?.wrapped).toEqual(wrapped);
  expect(await keyring.remove(["ek-1", "ek-9"])).toEqual(["ek-1"]);
  // A rewrap that was under way does not bring it back.
  await keyring.rewrap(moved);
  expect((await Keyring.open(folder.path("keyring.json"))).list().map(({ id }) => id)).toEqual(["ek-2"]);
  await expect(keyring.add(entry("ek-2"))).rejects.toMatchObject({ code: "PAL_KEYRING" });
});

it("overwrites what the file held before, so that a key that left it is not on the disk", async () => {
  const keyring = await Keyring.open(folder.path("keyring.json"));
  await keyring.add(entry("ek-1"));
  // A second name keeps the file that is replaced.
  linkSync(folder.path("keyring.json"), folder.path("before"));
  await keyring.remove(["ek-1"]);
  const before = readFileSync(folder.path("before"));
  expect(before.length).toBeGreaterThan(100);
  expect(before.every((byte) => byte === 0)).toBe(true);
});

it("goes on after a change that could not be written, and remembers nothing of it", async () => {
  const keyring = await Keyring.open(folder.path("keyring.json"));
  await keyring.add(entry("ek-1"));
  chmodSync(folder.path("keyring.json"), 0o644);
  await expect(keyring.add(entry("ek-2"))).rejects.toMatchObject({ code: "PAL_KEYRING" });
  chmodSync(folder.path("keyring.json"), 0o600);
  await keyring.add(entry("ek-3"));
  expect(keyring.list().map(({ id }) => id)).toEqual(["ek-1", "ek-3"]);
});

describe("a keyring that this program did not make is refused", () => {
  const refused = { code: "PAL_KEYRING" };

  it.each([
    [
      "that is a link",
      (path: string) => {
        writeFileSync(`${path}.other`, "{}", { mode: 0o600 });
        symlinkSync(`${path}.other`, path);
      },
    ],
    [
      "that others may read",
      (path: string) => {
        writeFileSync(path, '{"version":1,"entries":[]}');
        chmodSync(path, 0o644);
      },
    ],
    [
      "that is no JSON",
      (path: string) => {
        writeFileSync(path, "secret-text-of-the-file", { mode: 0o600 });
      },
    ],
    [
      "of another shape",
      (path: string) => {
        writeFileSync(path, '{"version":2,"entries":[]}', { mode: 0o600 });
      },
    ],
  ])("%s", async (_, prepare) => {
    prepare(folder.path("keyring.json"));
    const opened = Keyring.open(folder.path("keyring.json"));
    await expect(opened).rejects.toMatchObject(refused);
    await expect(opened).rejects.not.toThrow("secret-text");
  });
});
