import { createHash, randomBytes } from "node:crypto";
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pack } from "tar-stream";
import { Clock } from "../../../control-plane/clock.js";
import type { SealContext } from "../../../encryption/sealContext.js";
import { ErasureKeys } from "../../../control-plane/encryption/erasureKeys.js";
import { Keyring } from "../../../control-plane/encryption/keyring.js";
import { LocalKms } from "../../../encryption/keys/localKms.js";
import { openSealedDirectory, sealDirectory } from "../../../control-plane/encryption/sealedDirectory.js";
import { extractTree } from "../../../control-plane/encryption/tarArchive.js";
import { CONTEXT } from "../../encryption/bytes.js";
import { ownFolder } from "../../encryption/folder.js";

const folder = ownFolder();
const MARKER = "a-row-that-nobody-else-may-see";

async function keysOf(name = "keyring") {
  const [keyring, kms] = [await Keyring.open(folder.path(`${name}.json`)), await LocalKms.open(folder.path("local.key"))];
  return { keyring, kms, keys: new ErasureKeys(keyring, { getCurrentProvider: () => kms, getWrappingProvider: () => kms }, new Clock()) };
}

/** As a stopped cluster looks: files of several segments, empty ones, deep folders, long names, a link. */
function makeTree(path: string): void {
  mkdirSync(join(path, "base", "1", "x".repeat(90), "y".repeat(90)), { recursive: true, mode: 0o700 });
  mkdirSync(join(path, "empty"), { mode: 0o750 });
  writeFileSync(join(path, "base", "1", "2601"), randomBytes(3 * 1024 * 1024 + 77), { mode: 0o600 });
  writeFileSync(join(path, "base", "1", "nothing"), "", { mode: 0o640 });
  writeFileSync(join(path, "base", "1", "x".repeat(90), "y".repeat(90), "z".repeat(90)), MARKER.repeat(1_000));
  for (let file = 0; file < 100; file++) writeFileSync(join(path, "base", `file ${file} é`), `${MARKER} ${file}`);
  symlinkSync("../outside", join(path, "base", "link"));
}

/** Names, kinds, modes and digests of all that is in a folder. */
function describeTree(path: string): string[] {
  return readdirSync(path, { recursive: true, encoding: "utf8" })
    .sort()
    .map((name) => {
      const [at, stats] = [join(path, name), lstatSync(join(path, name))];
      if (stats.isSymbolicLink()) return `${name} -> ${readlinkSync(at)}`;
      const mode = (stats.mode & 0o777).toString(8);
      return stats.isDirectory() ? `${name}/ ${mode}` : `${name} ${mode} ${createHash("sha256").update(readFileSync(at)).digest("hex")}`;
    });
}

it("seals a directory and opens it as it was, and shows nothing of it in between", async () => {
  const { keys } = await keysOf();
  makeTree(folder.path("data"));
  await sealDirectory(keys, folder.path("data"), folder.path("sealed"), CONTEXT);
  await openSealedDirectory(keys, folder.path("sealed"), folder.path("opened"), CONTEXT);
  expect(describeTree(folder.path("opened"))).toEqual(describeTree(folder.path("data")));
  const sealed = readFileSync(folder.path("sealed"));
  expect(sealed.includes(MARKER)).toBe(false);
  expect(sealed.includes("file 7")).toBe(false);
  expect(statSync(folder.path("sealed")).mode & 0o777).toBe(0o600);
  expect(statSync(folder.path("opened")).mode & 0o777).toBe(0o700);
  expect(readdirSync(folder.path()).sort()).toEqual(["data", "keyring.json", "local.key", "opened", "sealed"]);
});

it("every object has a data key of its own, and a branch one erasure key", async () => {
  const { keys, keyring } = await keysOf();
  mkdirSync(folder.path("data"));
  writeFileSync(folder.path("data", "file"), MARKER);
  await Promise.all(["a", "b"].map((name) => sealDirectory(keys, folder.path("data"), folder.path(name), { ...CONTEXT, object: name })));
  expect(keyring.list()).toHaveLength(1);
  const [a, b] = [readFileSync(folder.path("a")), readFileSync(folder.path("b"))];
  expect(a.subarray(-40).equals(b.subarray(-40))).toBe(false);
  await expect(openSealedDirectory(keys, folder.path("a"), folder.path("opened"), { ...CONTEXT, object: "b" })).rejects.toMatchObject({
    code: "PAL_SEALED_DAMAGED",
  });
});

describe("leaves nothing half-made", () => {
  const left = () => readdirSync(folder.path()).filter((name) => !["data", "keyring.json", "local.key", "sealed"].includes(name));

  it("when the sealed file is damaged, at its beginning, in its middle or at its end", async () => {
    const { keys } = await keysOf();
    makeTree(folder.path("data"));
    await sealDirectory(keys, folder.path("data"), folder.path("sealed"), CONTEXT);
    const whole = readFileSync(folder.path("sealed"));
    for (const at of [0, 40, 300, 1_500_000, whole.length - 1]) {
      const changed = Buffer.from(whole);
      changed[at] = (changed[at] ?? 0) ^ 1;
      writeFileSync(folder.path("sealed"), changed);
      await expect(openSealedDirectory(keys, folder.path("sealed"), folder.path("opened"), CONTEXT)).rejects.toMatchObject({
        code: "PAL_SEALED_DAMAGED",
      });
      expect(left()).toEqual([]);
    }
    for (const length of [0, 5, 100, 250, 2_000_000, whole.length - 20]) {
      writeFileSync(folder.path("sealed"), whole.subarray(0, length));
      await expect(openSealedDirectory(keys, folder.path("sealed"), folder.path("opened"), CONTEXT)).rejects.toMatchObject({
        code: "PAL_SEALED_DAMAGED",
      });
      expect(left()).toEqual([]);
    }
  });

  it("when the key may not be used", async () => {
    const { keys, kms } = await keysOf();
    makeTree(folder.path("data"));
    await sealDirectory(keys, folder.path("data"), folder.path("sealed"), CONTEXT);
    const before = readFileSync(folder.path("sealed"));
    await kms.setState("disabled");
    await expect(sealDirectory(keys, folder.path("data"), folder.path("sealed"), CONTEXT)).rejects.toMatchObject({ kind: "disabled" });
    await expect(openSealedDirectory(keys, folder.path("sealed"), folder.path("opened"), CONTEXT)).rejects.toMatchObject({
      kind: "disabled",
    });
    expect(left()).toEqual([]);
    expect(readFileSync(folder.path("sealed")).equals(before)).toBe(true);
  });

  it("when anything is where it is to be opened", async () => {
    const { keys } = await keysOf();
    mkdirSync(folder.path("data"));
    await sealDirectory(keys, folder.path("data"), folder.path("sealed"), CONTEXT);
    mkdirSync(folder.path("opened"));
    await expect(openSealedDirectory(keys, folder.path("sealed"), folder.path("opened"), CONTEXT)).rejects.toMatchObject({
      code: "PAL_FILE",
    });
    expect(readdirSync(folder.path("opened"))).toEqual([]);
  });

  // Only root can give a file away.
  (process.getuid?.() === 0 ? it : it.skip)("when a file is another user's: through a link, a tenant would get it as its own", async () => {
    const { keys } = await keysOf();
    mkdirSync(folder.path("data"));
    writeFileSync(folder.path("data", "theirs"), MARKER);
    chownSync(folder.path("data", "theirs"), 65_534, 65_534);
    await expect(sealDirectory(keys, folder.path("data"), folder.path("sealed"), CONTEXT)).rejects.toMatchObject({ code: "PAL_FILE" });
    expect(existsSync(folder.path("sealed"))).toBe(false);
    expect(left()).toEqual([]);
  });
});

it("a sealed file that is a link is not followed", async () => {
  const { keys } = await keysOf();
  mkdirSync(folder.path("data"));
  await sealDirectory(keys, folder.path("data"), folder.path("sealed"), CONTEXT);
  symlinkSync(folder.path("sealed"), folder.path("link"));
  await expect(openSealedDirectory(keys, folder.path("link"), folder.path("opened"), CONTEXT)).rejects.toMatchObject({
    code: "PAL_SEALED_DAMAGED",
  });
});

it("names that seal never writes are refused, and links are made when nothing can follow them any more", async () => {
  const open = async (entries: [string, "file" | "symlink" | "fifo", string?][]) => {
    const archive = pack();
    for (const [name, type, linkname] of entries)
      archive.entry({ name, type, ...(linkname !== undefined && { linkname }) }, type === "file" ? MARKER : "");
    archive.finalize();
    const target = folder.path(randomBytes(4).toString("hex"));
    mkdirSync(target);
    await extractTree(archive as AsyncIterable<Buffer>, target);
  };
  const refused = { code: "PAL_SEALED_DAMAGED" };
  for (const name of ["../out", "/out", "a/../../out", "a//b", "."]) await expect(open([[name, "file"]])).rejects.toMatchObject(refused);
  await expect(open([["pipe", "fifo"]])).rejects.toMatchObject(refused);
  mkdirSync(folder.path("outside"));
  await expect(
    open([
      ["link", "symlink", folder.path("outside")],
      ["link/file", "file"],
    ]),
  ).rejects.toMatchObject({ code: "ENOENT" });
  expect(readdirSync(folder.path("outside"))).toEqual([]);
});

it("a source that fails is what the extraction fails with", async () => {
  mkdirSync(folder.path("target"));
  const source = Readable.from(
    (function* () {
      yield Buffer.alloc(512);
      throw new Error("the disk is gone");
    })(),
  );
  await expect(extractTree(source as AsyncIterable<Buffer>, folder.path("target"))).rejects.toThrow("the disk is gone");
});

describe("erasing a branch", () => {
  const other: SealContext = { ...CONTEXT, branch: "br-other", object: "br-other" };

  it("makes every copy of what was sealed of it unreadable, and nothing else", async () => {
    const { keys } = await keysOf();
    mkdirSync(folder.path("data"));
    await sealDirectory(keys, folder.path("data"), folder.path("sealed"), CONTEXT);
    await sealDirectory(keys, folder.path("data"), folder.path("other"), other);
    writeFileSync(folder.path("copy"), readFileSync(folder.path("sealed")));
    chmodSync(folder.path("copy"), 0o400);
    expect(await keys.erase(CONTEXT.branch)).toHaveLength(1);
    const again = (await keysOf()).keys;
    for (const from of ["sealed", "copy"])
      await expect(openSealedDirectory(again, folder.path(from), folder.path("opened"), CONTEXT)).rejects.toMatchObject({
        code: "PAL_ERASED",
      });
    await openSealedDirectory(again, folder.path("other"), folder.path("opened"), other);
  });
});

it("a change of the customer's key moves the branch's key and touches no sealed object", async () => {
  const { keyring, kms, keys } = await keysOf();
  mkdirSync(folder.path("data"));
  writeFileSync(folder.path("data", "file"), MARKER);
  await sealDirectory(keys, folder.path("data"), folder.path("sealed"), CONTEXT);
  const another = await LocalKms.open(folder.path("another.key"));
  const moving = new ErasureKeys(
    keyring,
    { getCurrentProvider: () => another, getWrappingProvider: ({ keyId }) => (keyId === before ? kms : another) },
    new Clock(),
  );
  const before = keyring.list()[0]?.wrapped.keyId;
  const sealed = readFileSync(folder.path("sealed"));
  expect(await moving.rewrap({ branch: CONTEXT.branch })).toBe(1);
  expect(await moving.rewrap({ branch: CONTEXT.branch })).toBe(0);
  expect(readFileSync(folder.path("sealed")).equals(sealed)).toBe(true);
  await kms.setState("disabled");
  await openSealedDirectory(moving, folder.path("sealed"), folder.path("opened"), CONTEXT);
  expect(readFileSync(folder.path("opened", "file"), "utf8")).toBe(MARKER);
});
