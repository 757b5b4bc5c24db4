import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { drillBackup, restoreBackup } from "../../../cli/backup/restoreBackup.js";
import { removeBranch } from "../../../cli/backup/scratchBranches.js";
import { takeBackup } from "../../../cli/backup/takeBackup.js";
import { BranchesPage } from "../../../contract/wire/branch.js";
import { EndpointsResponse } from "../../../contract/wire/endpoint.js";
import { query, sql } from "../../data-plane/clients.js";
import { endPlanes, startPlane, type TestPlane } from "../../support/plane.js";
import { BackupLab, findClientTools } from "./lab.js";

/** Backups of a branch of the plane with its real Postgres, by the real pg_dump and pg_restore of version 18. */
jest.setTimeout(180_000);

let plane: TestPlane;
let tools: string;
let lab: BackupLab;

beforeAll(async () => {
  const found = await findClientTools();
  if ("missing" in found) throw new Error(found.missing);
  tools = found.path;
  plane = await startPlane({ computes: "postgres", proxyPort: 0 });
  lab = await BackupLab.create(plane, tools, { settings: { allowed_ips: { ips: ["127.0.0.1"], protected_branches_only: false } } });
}, 120_000);
afterAll(async () => {
  lab.remove();
  await endPlanes();
}, 60_000);

const listBranches = async () => (await plane.api.ok(BranchesPage, "GET", `/projects/${lab.projectId}/branches`)).branches;
const HOUR_MS = 3_600_000;

/** Every file below a folder, as one text. */
function readAll(folder: string): string {
  return readdirSync(folder, { withFileTypes: true })
    .map((entry) => (entry.isDirectory() ? readAll(join(folder, entry.name)) : readFileSync(join(folder, entry.name), "latin1")))
    .join("\n");
}

describe("a backup", () => {
  it("is taken, drilled and restored, with the same rows, and no secret beside it", async () => {
    // A pg_dump that writes down how it was started, and goes on as itself.
    const spy = mkdtempSync(join(tmpdir(), "palisade-spy-"));
    const words = join(spy, "words");
    for (const name of ["pg_dump", "pg_restore"]) {
      writeFileSync(join(spy, name), `#!/bin/sh\necho "$0 $@" >> ${words}\nexec ${join(tools, name)} "$@"\n`);
      chmodSync(join(spy, name), 0o755);
    }
    const opened = await lab.open();
    const session = { ...opened, environment: { ...opened.environment, PATH: `${spy}:${opened.environment["PATH"] ?? ""}` } };
    const manifest = await takeBackup(session);
    expect(manifest).toMatchObject({
      admitted: { ips: ["127.0.0.1"], protected_branches_only: false },
      databases: [
        {
          tables: [
            { schema: 'odd "schema', name: "t", rows: "2" },
            { schema: "public", name: "nothing", rows: "0" },
            { schema: "public", name: "orders", rows: "2000" },
            { schema: "public", name: "parts_1", rows: "2" },
          ],
        },
      ],
    });
    expect(statSync(lab.at("store", manifest.databases[0]?.object ?? "")).mode & 0o777).toBe(0o600);

    const evidence = await drillBackup(session);
    expect(evidence).toMatchObject({ passed: true, findings: [], restored: [{ tables: 4, rows: "2004" }] });
    expect(evidence.erasure_keys.map(({ present }) => present)).toEqual([true, true]);
    expect(await listBranches()).toHaveLength(1);

    const { branch, databases, findings } = await restoreBackup(session, manifest.id, "recovered");
    expect(findings).toEqual([]);
    const made = (await listBranches()).find(({ id }) => id === branch.id);
    expect(made).toMatchObject({ name: "recovered", protected: true });
    // What the branch says to do makes the rows its owner's.
    const { endpoints } = await plane.api.ok(EndpointsResponse, "GET", `/projects/${lab.projectId}/branches/${branch.id}/endpoints`);
    const [restored] = databases;
    const password = await session.api.revealRolePassword(lab.projectId, branch.id, lab.owner.role);
    const owner = { ...lab.owner, password: password ?? "", endpointId: endpoints[0]?.id ?? "" };
    await sql(plane, owner, `GRANT ${restored?.owner ?? ""} TO CURRENT_USER`);
    const seen = await query(plane, { ...owner, database: restored?.database ?? "" }, (client) =>
      client.query<{ n: string }>("SELECT count(*) AS n FROM totals"),
    );
    expect(seen.rows).toEqual([{ n: "2000" }]);

    const secrets = [lab.owner.password, password ?? "", plane.ready.apiKey];
    const told = [readFileSync(words, "utf8"), readAll(lab.at("store")), readAll(lab.at("keys-1")), lab.logged.join("\n")].join("\n");
    expect(told).toContain("--format=custom");
    expect(secrets.filter((secret) => told.includes(secret))).toEqual([]);
    await removeBranch(session.api, lab.projectId, branch.id);
    rmSync(spy, { recursive: true });
  });

  it("is refused to an older pg_dump, and to none, before anything is written", async () => {
    const old = mkdtempSync(join(tmpdir(), "palisade-old-"));
    writeFileSync(join(old, "pg_dump"), '#!/bin/sh\necho "pg_dump (PostgreSQL) 15.4"\n');
    chmodSync(join(old, "pg_dump"), 0o755);
    const session = await lab.open();
    const written = readAll(lab.at("store"));
    for (const [PATH, why] of [
      [`${old}:/usr/bin:/bin`, /pg_dump 15\.4 .* is older than the server of version 18/],
      [mkdtempSync(join(tmpdir(), "palisade-none-")), /pg_dump is not on PATH/],
    ] as const) {
      const taken = takeBackup({ ...session, environment: { ...session.environment, PATH } });
      await expect(taken).rejects.toMatchObject({ code: "PAL_BACKUP_TOOLS", message: expect.stringMatching(why) as string });
    }
    expect(readAll(lab.at("store"))).toBe(written);
    expect(readdirSync(lab.at("keys-1", "keys"))).toHaveLength(1);
  });

  it("that fails on the way leaves nothing listed, no object and no key", async () => {
    const broken = mkdtempSync(join(tmpdir(), "palisade-broken-"));
    writeFileSync(
      join(broken, "pg_dump"),
      '#!/bin/sh\n[ "$1" = --version ] && { echo "pg_dump (PostgreSQL) 18.0"; exit; }\nhead -c 3000000 /dev/zero\necho "disk on fire" >&2\nexit 1\n',
    );
    chmodSync(join(broken, "pg_dump"), 0o755);
    const session = await lab.open();
    const before = [await session.catalogue.list(), await session.store.list(""), await session.keys.list()];
    const taken = takeBackup({ ...session, environment: { ...session.environment, PATH: `${broken}:/usr/bin:/bin` } });
    await expect(taken).rejects.toMatchObject({ code: "PAL_BACKUP_FAILED", message: expect.stringContaining("disk on fire") as string });
    expect([await session.catalogue.list(), await session.store.list(""), await session.keys.list()]).toEqual(before);
  });

  it("is never promised less time than the one before", async () => {
    const session = await lab.open({ retentionDays: 29 }, false);
    await expect(takeBackup(session)).rejects.toMatchObject({ code: "PAL_BACKUP_RATCHET" });
  });

  it("finds no wrong words in a store that a run was killed in: the next one removes what it left", async () => {
    const session = await lab.open();
    const left = "20260101T000000Z-0123456789abcdef";
    const young = `${new Date().toISOString().slice(0, 19).replace(/[-:]/g, "")}Z-0123456789abcdef`;
    for (const id of [left, young]) await session.store.putNew(`objects/${id}/0.sealed`, Buffer.from("half"));
    await session.keys.useNew(`ek-${left}`, { organization: "o", project: "p", branch: "b", purpose: "erasureKey" }, () =>
      Promise.resolve(),
    );
    await takeBackup(session);
    const names = [...(await session.store.list("")), ...(await session.keys.list())].join(" ");
    expect(names).not.toContain(left);
    expect(names).toContain(young);
    await session.store.remove(`objects/${young}/0.sealed`);
  });
});

describe("a drill", () => {
  it("tells an erasure key that one of the two places has lost, and still restores from the other", async () => {
    const session = await lab.open({}, false);
    const [key = ""] = (await session.keys.list()).sort().reverse();
    rmSync(lab.at("keys-1", "keys", `${key}.json`));
    const evidence = await drillBackup(session);
    expect(evidence).toMatchObject({
      passed: false,
      findings: [expect.stringContaining(`${key} is not in directory ${lab.at("keys-1")}`)],
    });
    expect(evidence.restored).toMatchObject([{ rows: "2004" }]);
    copyFileSync(lab.at("keys-2", "keys", `${key}.json`), lab.at("keys-1", "keys", `${key}.json`));
    expect((await drillBackup(session)).passed).toBe(true);
  });

  it("that was killed leaves a branch, which the next run removes when no drill can still be under way; others' branches stay", async () => {
    const session = await lab.open({}, false);
    // All of a drill but its end.
    const { createRestoreBranch, createScratchName } = await import("../../../cli/backup/scratchBranches.js");
    const { readSource } = await import("../../../cli/backup/source.js");
    const name = createScratchName(session, lab.projectId);
    await createRestoreBranch(session, await readSource(session), name);
    const foreign = `${name.slice(0, -4)}beef`;
    await plane.api.ok(BranchesPage.partial(), "POST", `/projects/${lab.projectId}/branches`, { branch: { name: foreign } });
    await plane.api.settled(lab.projectId);

    await drillBackup(session);
    expect((await listBranches()).map((branch) => branch.name)).toEqual(expect.arrayContaining([name, foreign]));
    const later = { ...session, now: () => new Date(Date.now() + 13 * HOUR_MS) };
    await drillBackup(later);
    const names = (await listBranches()).map((branch) => branch.name);
    expect(names).not.toContain(name);
    expect(names).toContain(foreign);
  });

  it("makes no branch where no compute of the source admits anybody", async () => {
    const session = await lab.open({}, false);
    const { endpoints } = await plane.api.ok(EndpointsResponse, "GET", `/projects/${lab.projectId}/branches/${lab.branchId}/endpoints`);
    const computeId = endpoints[0]?.id ?? "";
    const before = await listBranches();
    await session.api.updateCompute(lab.projectId, computeId, { endpoint: { disabled: true } });
    await expect(drillBackup(session)).rejects.toMatchObject({ code: "PAL_BACKUP_OPENS" });
    expect(await listBranches()).toEqual(before);
    await session.api.updateCompute(lab.projectId, computeId, { endpoint: { disabled: false } });
  });
});

describe("what a tenant has defined", () => {
  it("runs neither with the power of whoever backs up, nor with any when it is restored", async () => {
    // Casts and checks are code: one would run where rows become text, the other where they are loaded.
    const hostile = `
      CREATE TABLE witness (who text, powers text);
      CREATE FUNCTION tell() RETURNS bool LANGUAGE plpgsql AS $$
        DECLARE powers text := '';
        BEGIN
          BEGIN EXECUTE 'RESET SESSION AUTHORIZATION'; EXECUTE 'RESET ROLE'; EXCEPTION WHEN OTHERS THEN NULL; END;
          BEGIN EXECUTE 'CREATE ROLE mighty CREATEROLE'; powers := powers || ' makes roles'; EXCEPTION WHEN OTHERS THEN NULL; END;
          BEGIN EXECUTE 'GRANT neon_superuser TO CURRENT_USER'; powers := powers || ' grants'; EXCEPTION WHEN OTHERS THEN NULL; END;
          BEGIN PERFORM pg_read_file('/etc/passwd'); powers := powers || ' reads files'; EXCEPTION WHEN OTHERS THEN NULL; END;
          BEGIN EXECUTE 'CREATE TABLE pg_temp.p (t text)'; EXECUTE 'COPY pg_temp.p FROM PROGRAM ''id''';
            powers := powers || ' runs programs'; EXCEPTION WHEN OTHERS THEN NULL; END;
          IF pg_has_role(current_user, 'neon_superuser', 'MEMBER') THEN powers := powers || ' is a member'; END IF;
          INSERT INTO public.witness VALUES (session_user, powers);
          RETURN true;
        END $$;
      CREATE TABLE bait (n int CHECK (tell()));
      CREATE FUNCTION spell(bait) RETURNS text LANGUAGE sql AS $$ INSERT INTO public.witness VALUES (session_user, 'cast'); SELECT 'x' $$;
      CREATE CAST (bait AS text) WITH FUNCTION spell(bait);
      INSERT INTO bait VALUES (1);
      TRUNCATE witness;`;
    const own = await BackupLab.create(plane, tools, {}, hostile);
    try {
      const session = await own.open();
      await takeBackup(session);
      expect((await query(plane, own.owner, (client) => client.query("SELECT * FROM witness"))).rows).toEqual([]);
      const { branch, databases, findings } = await restoreBackup(session, undefined, "infested");
      // It ran where it was restored, which is told, as a role without power.
      expect(findings).toEqual([expect.stringContaining("table public.witness has 1 rows, not 0")]);
      const { endpoints } = await plane.api.ok(EndpointsResponse, "GET", `/projects/${own.projectId}/branches/${branch.id}/endpoints`);
      const password = await session.api.revealRolePassword(own.projectId, branch.id, own.owner.role);
      const [restored] = databases;
      const owner = { ...own.owner, password: password ?? "", endpointId: endpoints[0]?.id ?? "" };
      await sql(plane, owner, `GRANT ${restored?.owner ?? ""} TO CURRENT_USER`);
      const seen = await query(plane, { ...owner, database: restored?.database ?? "" }, (client) => client.query("SELECT * FROM witness"));
      expect(seen.rows).toEqual([{ who: restored?.owner, powers: "" }]);
    } finally {
      own.remove();
    }
  });
});

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
    const { symlinkSync } = await import("node:fs");
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
