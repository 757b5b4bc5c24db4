import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { drillBackup, restoreBackup } from "../../../cli/backup/restoreBackup.js";
import { type BackupSession, openBackupSession } from "../../../cli/backup/session.js";
import { removeBranch } from "../../../cli/backup/scratchBranches.js";
import { Catalogue } from "../../../cli/backup/catalogue.js";
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
const MAIN = resolve(__dirname, "../../../dist/cli/main.js");

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
    const open = `SELECT has_database_privilege('public', '${restored?.database ?? ""}', 'CONNECT') AS open`;
    expect((await query(plane, owner, (client) => client.query<{ open: boolean }>(open))).rows).toEqual([{ open: false }]);
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

  it("that took longer than another run waits for is not listed", async () => {
    const session = await lab.open();
    const before = [await session.catalogue.list(), await session.store.list(""), await session.keys.list()];
    let late = 0;
    const log = (line: string) => {
      if (line.startsWith("dumping")) late = 13 * HOUR_MS;
    };
    const taken = takeBackup({ ...session, log, now: () => new Date(Date.now() + late) });
    await expect(taken).rejects.toMatchObject({ code: "PAL_BACKUP_FAILED", message: expect.stringContaining("12 hours") as string });
    expect([await session.catalogue.list(), await session.store.list(""), await session.keys.list()]).toEqual(before);
  });

  it("keeps its key and its objects where nobody knows whether it was listed, and so can be restored", async () => {
    const session = await lab.open();
    const unsure: typeof session.store = {
      ...session.store,
      putNew: async (name, bytes) => {
        const done = await session.store.putNew(name, bytes);
        if (name.startsWith("index/")) throw new Error("the answer was lost");
        return done;
      },
    };
    const catalogue = new Catalogue(unsure, session.signer, lab.at("unsure.json"), session.now);
    await expect(takeBackup({ ...session, catalogue })).rejects.toThrow("the answer was lost");
    expect(await drillBackup(session)).toMatchObject({ passed: true, backup: (await session.catalogue.list()).at(-1)?.id });
  });

  it("of a branch without a database is none", async () => {
    const session = await lab.open();
    const api = Object.assign(Object.create(session.api) as typeof session.api, { listDatabases: () => Promise.resolve([]) });
    await expect(takeBackup({ ...session, api })).rejects.toMatchObject({ code: "PAL_BACKUP_FAILED" });
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

  it("and a restore that are interrupted take their branch with them", async () => {
    const slow = mkdtempSync(join(tmpdir(), "palisade-slow-"));
    writeFileSync(
      join(slow, "pg_restore"),
      '#!/bin/sh\n[ "$1" = --version ] && { echo "pg_restore (PostgreSQL) 18.0"; exit; }\nexec sleep 600\n',
    );
    chmodSync(join(slow, "pg_restore"), 0o755);
    const before = await listBranches();
    for (const work of [drillBackup, (session: BackupSession) => restoreBackup(session, undefined, "half")]) {
      const stop = new AbortController();
      const request = { ...lab.request(), signal: stop.signal, environment: { ...lab.environment, PATH: `${slow}:/usr/bin:/bin` } };
      const log = (line: string) => {
        if (line.startsWith("restoring"))
          setTimeout(() => {
            stop.abort();
          }, 1_000);
      };
      await expect(work(await openBackupSession({ ...request, log }))).rejects.toThrow();
      expect(stop.signal.aborted).toBe(true);
      expect(await listBranches()).toEqual(before);
    }
  });

  it("that was killed leaves a branch, which the next run removes when no drill can still be under way; others' branches stay", async () => {
    const session = await lab.open({}, false);
    // All of a drill but its end.
    const { createRestoreBranch, createScratchName } = await import("../../../cli/backup/scratchBranches.js");
    const { readSource } = await import("../../../cli/backup/source.js");
    const name = createScratchName(session, lab.projectId);
    await createRestoreBranch(session, await readSource(session), name);
    // Whoever sees a name of a drill may give it to a branch of theirs, or of others.
    const renamed = createScratchName({ signer: session.signer, now: () => new Date(Date.now() - 5 * HOUR_MS) }, lab.projectId);
    await plane.api.ok(BranchesPage.partial(), "POST", `/projects/${lab.projectId}/branches`, { branch: { name: renamed } });
    await plane.api.settled(lab.projectId);
    const foreign = `${name.slice(0, -4)}beef`;
    await plane.api.ok(BranchesPage.partial(), "POST", `/projects/${lab.projectId}/branches`, { branch: { name: foreign } });
    await plane.api.settled(lab.projectId);

    await drillBackup(session);
    expect((await listBranches()).map((branch) => branch.name)).toEqual(expect.arrayContaining([name, foreign]));
    const later = { ...session, now: () => new Date(Date.now() + 13 * HOUR_MS) };
    await drillBackup(later);
    const names = (await listBranches()).map((branch) => branch.name);
    expect(names).not.toContain(name);
    expect(names).toEqual(expect.arrayContaining([foreign, renamed]));
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

describe("a restore", () => {
  it("brings a database back that was dropped since", async () => {
    const { database } = lab.owner;
    const session = await lab.open({ source: { project: lab.projectId, role: lab.owner.role, databases: [database] } });
    const manifest = await takeBackup(session);
    await session.api.createDatabase(lab.projectId, lab.branchId, { database: { name: "other", owner_name: lab.owner.role } });
    await session.api.deleteDatabase(lab.projectId, lab.branchId, database);
    await plane.api.settled(lab.projectId);
    await expect(takeBackup(session)).rejects.toMatchObject({ code: "PAL_BACKUP_CONFIG" });
    const { branch, findings } = await restoreBackup(session, manifest.id, "dropped");
    expect(findings).toEqual([]);
    await removeBranch(session.api, lab.projectId, branch.id);
  });
});

describe("the command", () => {
  it("says in JSON what it did, and exits with 0, or with 23 where a drill finds something", async () => {
    const file = {
      source: { project: lab.projectId, role: lab.owner.role },
      store: { directory: "store" },
      key: { localFile: "local-key.json" },
      erasureKeys: [{ directory: "keys-1" }, { directory: "keys-2" }],
      signingKey: "signing.pem",
    };
    writeFileSync(lab.at("palisade-backup.yaml"), JSON.stringify(file));
    const { apiUrl, apiKey, orgId } = plane.ready;
    const env = { ...lab.environment, NEON_API_HOST: apiUrl, NEON_API_KEY: apiKey, NEON_ORG_ID: orgId };
    const backup = async (...words: string[]) => {
      const child = spawn(process.execPath, [MAIN, "backup", ...words, "--output", "json"], { cwd: lab.folder, env });
      let said = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
      const [code] = (await once(child, "close")) as [number | null];
      return { code, json: JSON.parse(said) as Record<string, unknown> };
    };
    const run = await backup("run");
    expect(run).toMatchObject({ code: 0, json: { version: 1, action: "run" } });
    const { id } = run.json["backup"] as { id: string };
    expect(await backup("drill")).toMatchObject({ code: 0, json: { action: "drill", evidence: { backup: id, passed: true } } });
    const key = lab.at("keys-2", "keys", `ek-${id}.json`);
    const kept = readFileSync(key);
    rmSync(key);
    expect(await backup("drill")).toMatchObject({ code: 23, json: { evidence: { backup: id, passed: false } } });
    writeFileSync(key, kept, { mode: 0o600 });
    const list = await backup("list");
    expect((list.json["backups"] as { id: string }[]).at(-1)?.id).toBe(id);
    expect(await backup("prune")).toMatchObject({ code: 0, json: { removed: [], dry_run: true } });
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
