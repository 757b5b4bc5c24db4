import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { drillBackup, restoreBackup } from "../../../cli/backup/restoreBackup.js";
import { removeBranch } from "../../../cli/backup/scratchBranches.js";
import { takeBackup } from "../../../cli/backup/takeBackup.js";
import { BranchesPage } from "../../../contract/wire/branch.js";
import { endPlanes, startPlane, type TestPlane } from "../../support/plane.js";
import { BackupLab, findClientTools } from "./lab.js";

/** What is changed in a store is refused, each with its reason, before anything of it reaches a server. */
jest.setTimeout(180_000);

let plane: TestPlane;
let lab: BackupLab;

beforeAll(async () => {
  const found = await findClientTools();
  if ("missing" in found) throw new Error(found.missing);
  plane = await startPlane({ computes: "postgres", proxyPort: 0 });
  lab = await BackupLab.create(plane, found.path);
  await takeBackup(await lab.open());
}, 120_000);
afterAll(async () => {
  lab.remove();
  await endPlanes();
}, 60_000);

const listBranches = async () => (await plane.api.ok(BranchesPage, "GET", `/projects/${lab.projectId}/branches`)).branches;

describe("a store that others have written into", () => {
  let copy: string;
  beforeAll(async () => {
    await takeBackup(await lab.open());
    copy = `${lab.folder}-copy`;
  });
  beforeEach(() => {
    cp(lab.folder, copy);
  });
  afterEach(() => {
    rmSync(lab.folder, { recursive: true });
    cp(copy, lab.folder);
    rmSync(copy, { recursive: true });
  });

  const list = async () => (await lab.open({}, false)).catalogue.list();
  const restore = async () => restoreBackup(await lab.open({}, false), undefined, "never");
  const newestId = async () => (await list()).at(-1)?.id ?? "";
  const edit = (path: string, change: (bytes: Buffer) => Buffer) => {
    writeFileSync(path, change(readFileSync(path)));
  };
  const flip = (at: number) => (bytes: Buffer) => {
    const changed = Buffer.from(bytes);
    changed[at < 0 ? bytes.length + at : at] = (changed.at(at) ?? 0) ^ 1;
    return changed;
  };

  it.each([
    ["a changed first byte", flip(0), "PAL_BACKUP_DAMAGED"],
    ["a changed header", flip(40), "PAL_BACKUP_DAMAGED"],
    ["a changed last byte", flip(-1), "PAL_BACKUP_DAMAGED"],
    ["a cut end", (bytes: Buffer) => bytes.subarray(0, -100), "PAL_BACKUP_DAMAGED"],
    ["nothing left", () => Buffer.alloc(0), "PAL_BACKUP_DAMAGED"],
    ["something added", (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(10)]), "PAL_BACKUP_DAMAGED"],
  ] as const)("is refused with %s in a dump, and no branch is made", async (_, change, code) => {
    const before = await listBranches();
    edit(lab.at("store", "objects", await newestId(), "0.sealed"), change);
    await expect(restore()).rejects.toMatchObject({ code });
    expect(await listBranches()).toEqual(before);
    expect(await drillBackup(await lab.open({}, false))).toMatchObject({ passed: false, findings: [expect.stringContaining(code)] });
  });

  it("has a drill say that a dump is gone", async () => {
    rmSync(lab.at("store", "objects", await newestId(), "0.sealed"));
    const findings = [expect.stringContaining("is not in directory")];
    expect(await drillBackup(await lab.open({}, false))).toMatchObject({ passed: false, findings });
  });

  it("is refused with an earlier dump in the place of the newest, its manifest as well", async () => {
    const backups = await list();
    const [earlier, newest] = [backups.at(-2)?.id ?? "", backups.at(-1)?.id ?? ""];
    copyFileSync(lab.at("store", "objects", earlier, "0.sealed"), lab.at("store", "objects", newest, "0.sealed"));
    await expect(restore()).rejects.toMatchObject({ code: "PAL_BACKUP_DAMAGED" });
    copyFileSync(lab.at("store", "manifests", `${earlier}.json`), lab.at("store", "manifests", `${newest}.json`));
    await expect(restore()).rejects.toMatchObject({ code: "PAL_BACKUP_DAMAGED" });
  });

  it("is refused when manifest or index are changed, not signed, or signed by another key", async () => {
    const manifest = lab.at("store", "manifests", `${await newestId()}.json`);
    const whole = readFileSync(manifest);
    for (const change of [
      (text: string) => text.replace('"rows":"2000"', '"rows":"1999"'),
      () => JSON.stringify({ body: JSON.parse(whole.toString()) as unknown }),
      () => "{",
    ]) {
      writeFileSync(manifest, change(whole.toString()));
      await expect(restore()).rejects.toMatchObject({ code: "PAL_BACKUP_UNSIGNED" });
    }
    writeFileSync(manifest, whole);
    const index = readdirSync(lab.at("store", "index")).sort().at(-1) ?? "";
    edit(lab.at("store", "index", index), (bytes) => Buffer.from(bytes.toString().replace('"backups":[{', '"backups":[{"x":1,')));
    await expect(list()).rejects.toMatchObject({ code: "PAL_BACKUP_UNSIGNED" });
  });

  it("tells that it was rolled back: by its newest entry, by one of another history, by all of it", async () => {
    const index = lab.at("store", "index");
    const names = readdirSync(index).sort();
    const [first = "", last = ""] = [names[0], names.at(-1)];
    const whole = readFileSync(join(index, last));
    rmSync(join(index, last));
    await expect(list()).rejects.toMatchObject({ code: "PAL_BACKUP_ROLLED_BACK" });
    // A run that sees the older store must not begin a second history either.
    await expect(takeBackup(await lab.open({}, false))).rejects.toMatchObject({ code: "PAL_BACKUP_ROLLED_BACK" });
    copyFileSync(join(index, first), join(index, last));
    await expect(list()).rejects.toMatchObject({ code: "PAL_BACKUP_DAMAGED" });
    writeFileSync(join(index, last), whole);
    expect((await list()).length).toBeGreaterThan(1);
    rmSync(index, { recursive: true });
    await expect(list()).rejects.toMatchObject({ code: "PAL_BACKUP_ROLLED_BACK" });
  });

  it.each([
    ["all of its index", () => true],
    ["its newest entry", (name: string, names: readonly string[]) => name === names.at(-1)],
  ] as const)("that lost %s has no run erase a key, on a machine that has never seen it either", async (_, isGone) => {
    const index = lab.at("store", "index");
    const names = readdirSync(index).sort();
    const keys = readdirSync(lab.at("keys-1", "keys"));
    for (const name of names) if (isGone(name, names)) rmSync(join(index, name));
    const session = await lab.open({ known: "never-seen.json" });
    rmSync(lab.at("never-seen.json"), { force: true });
    const later = { ...session, now: () => new Date(Date.now() + 13 * 3_600_000) };
    await expect(takeBackup(later)).rejects.toMatchObject({ code: "PAL_BACKUP_ROLLED_BACK" });
    expect(readdirSync(lab.at("keys-1", "keys"))).toEqual(keys);
  });

  it("is restored although one of the two copies of its key was changed, or its place cannot be read", async () => {
    const key = lab.at("keys-1", "keys", `ek-${await newestId()}.json`);
    for (const change of [
      () => Buffer.from("{"),
      (bytes: Buffer) => Buffer.from(bytes.toString().replace(/"wrapped":"..../, '"wrapped":"AAAA')),
      () => Buffer.alloc(1 << 20),
    ]) {
      const whole = readFileSync(key);
      edit(key, change);
      const { branch } = await restore();
      const session = await lab.open({}, false);
      await removeBranch(session.api, lab.projectId, branch.id);
      writeFileSync(key, whole);
    }
  });

  it("opens nothing without the erasure key, and says where it was looked for", async () => {
    const key = `ek-${await newestId()}.json`;
    for (const place of ["keys-1", "keys-2"]) rmSync(lab.at(place, "keys", key));
    await expect(restore()).rejects.toMatchObject({
      code: "PAL_BACKUP_KEY_MISSING",
      message: expect.stringContaining(lab.at("keys-2")) as string,
    });
  });

  it("is not written through a link that was planted in it", async () => {
    const target = mkdtempSync(join(tmpdir(), "palisade-target-"));
    rmSync(lab.at("store", "objects"), { recursive: true });
    symlinkSync(target, lab.at("store", "objects"));
    await expect(takeBackup(await lab.open({}, false))).rejects.toMatchObject({
      code: "PAL_BACKUP_STORE",
      message: expect.stringContaining("is a link") as string,
    });
    expect(readdirSync(target)).toEqual([]);
  });
});

function cp(from: string, to: string): void {
  mkdirSync(to, { recursive: true, mode: 0o700 });
  for (const entry of readdirSync(from, { withFileTypes: true }))
    if (entry.isDirectory()) cp(join(from, entry.name), join(to, entry.name));
    else if (entry.isFile()) copyFileSync(join(from, entry.name), join(to, entry.name));
}
