import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Catalogue } from "../../../cli/backup/catalogue.js";
import { parseBackupConfiguration } from "../../../cli/backup/configuration.js";
import type { Evidence, Manifest } from "../../../cli/backup/documents.js";
import { BackupKeys } from "../../../cli/backup/keys.js";
import { planPruning, pruneBackups } from "../../../cli/backup/pruneBackups.js";
import type { BackupSession } from "../../../cli/backup/session.js";
import { DocumentSigner } from "../../../cli/backup/signature.js";
import { openDirectoryStore } from "../../../cli/backup/stores/directoryStore.js";
import { removeUnlisted } from "../../../cli/backup/unlisted.js";
import { formatCompactTime } from "../../../cli/backup/times.js";
import { LocalKms } from "../../../encryption/keys/localKms.js";

/** What may be removed goes by what was promised, by signed evidence, and by nothing that the configuration says afterwards. */
const DAY_MS = 86_400_000;
const START = Date.UTC(2026, 0, 1);
const WHOSE = { organization_id: "org-1", project_id: "p-1", branch: { id: "br-1", name: "main", protected: true } };
const CONTEXT = { organization: "org-1", project: "p-1", branch: "br-1", purpose: "erasureKey" } as const;

let folder: string;
let session: BackupSession;
let day: number;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "palisade-prune-"));
  day = 0;
  const now = () => new Date(START + day * DAY_MS);
  const [store, first, second] = ["store", "a", "b"].map((name) => openDirectoryStore(join(folder, name)));
  if (!store || !first || !second) throw new Error("three places");
  const signer = await DocumentSigner.open(join(folder, "signing.pem"), true);
  const configuration = parseBackupConfiguration(
    JSON.stringify({
      source: { project: "p-1", role: "r" },
      store: { directory: "store" },
      key: { localFile: "key.json" },
      erasureKeys: [{ directory: "a" }, { directory: "b" }],
      signingKey: "signing.pem",
      retentionDays: 1,
    }),
    folder,
  );
  session = {
    store,
    signer,
    configuration,
    now,
    catalogue: new Catalogue(store, signer, join(folder, "known.json"), now),
    keys: new BackupKeys(await LocalKms.open(join(folder, "key.json")), [first, second]),
    log: () => undefined,
  } as unknown as BackupSession;
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** A backup of that day with an object. */
async function take(taken: number, keepDays: number): Promise<string> {
  const at = new Date(START + taken * DAY_MS);
  const id = `${formatCompactTime(at)}-0123456789abcdef`;
  const digest = "0".repeat(64);
  const database = {
    name: "app",
    object: `objects/${id}/0.sealed`,
    bytes: 1,
    sha256: digest,
    dump_sha256: digest,
    schema_version: digest,
    tables: [],
  };
  await session.keys.useNew(`ek-${id}`, CONTEXT, () => Promise.resolve());
  await session.store.putNew(database.object, Buffer.from("x"));
  const manifest: Manifest = {
    kind: "palisade-backup",
    version: 1,
    id,
    taken_at: at.toISOString(),
    keep_until: new Date(at.getTime() + keepDays * DAY_MS).toISOString(),
    retention_days: keepDays,
    ...WHOSE,
    admitted: { ips: [], protected_branches_only: false, block_public_connections: true, block_vpc_connections: false },
    databases: [database],
    erasure_key: `ek-${id}`,
    erasure_key_places: session.keys.placeNames,
    tools: { palisade: "0", pg_dump: "18", server: "18" },
  };
  const listed = await session.catalogue.putManifest(manifest);
  await session.catalogue.append((backups) => [...backups, listed]);
  return id;
}

async function drill(id: string, signer = session.signer): Promise<void> {
  const listed = (await session.catalogue.list()).find((backup) => backup.id === id);
  const evidence: Evidence = {
    kind: "palisade-backup-drill",
    version: 1,
    backup: id,
    manifest_sha256: listed?.manifest_sha256 ?? "",
    begun_at: "",
    ended_at: "",
    passed: true,
    findings: [],
    restored: [],
    erasure_keys: [],
    tools: { palisade: "0", pg_restore: "18" },
  };
  await session.store.putNew(`evidence/${id}/1.json`, signer.sign(evidence));
}

const removable = async () => (await planPruning(session)).removed.map(({ id }) => id);

it("removes what is past its promised time: off the index, both keys, the objects", async () => {
  const [first, second] = [await take(0, 30), await take(1, 30)];
  day = 30;
  expect(await removable()).toEqual([]);
  day = 40;
  expect(await removable()).toEqual([first]);
  expect(await session.catalogue.list()).toHaveLength(2);
  await pruneBackups(session);
  expect((await session.catalogue.list()).map(({ id }) => id)).toEqual([second]);
  expect(await session.keys.list()).toEqual([`ek-${second}`]);
  expect((await session.store.list("")).filter((name) => name.includes(first))).toEqual([]);
});

it("never the newest, whatever its age", async () => {
  await take(0, 1);
  day = 10_000;
  expect(await removable()).toEqual([]);
});

it("never the newest that a drill has passed; evidence that another key signed counts for nothing", async () => {
  const [first, second] = [await take(0, 30), await take(1, 30)];
  await take(2, 30);
  await drill(first);
  await drill(second, await DocumentSigner.open(join(folder, "other.pem"), true));
  day = 100;
  expect(await removable()).toEqual([second]);
});

it("by the manifest's promise, not by the configuration's, which promises a day", async () => {
  await take(0, 365);
  await take(1, 365);
  day = 300;
  expect(await removable()).toEqual([]);
});

it("takes its notes back first: one that is cut off leaves a key that the next run may erase, and no false alarm", async () => {
  const [first] = [await take(0, 30), await take(1, 30)];
  await removeUnlisted(session);
  expect([...(await session.keys.listKept())].sort()).toHaveLength(2);
  day = 40;
  const keys = Object.assign(Object.create(session.keys) as BackupKeys, { erase: () => Promise.reject(new Error("cut off")) });
  await expect(pruneBackups({ ...session, keys })).rejects.toThrow("cut off");
  expect(await session.keys.list()).toContain(`ek-${first}`);
  expect(await removeUnlisted(session)).toEqual([first]);
  expect(await session.keys.list()).not.toContain(`ek-${first}`);
});

it("an entry whose answer was lost is one entry, and lists a backup once", async () => {
  let lost = true;
  const store: typeof session.store = {
    ...session.store,
    putNew: async (name, bytes) => {
      const done = await session.store.putNew(name, bytes);
      // What a client that sends it again is answered.
      return lost ? (lost = false) : done;
    },
  };
  const catalogue = new Catalogue(store, session.signer, join(folder, "lost.json"), session.now);
  const entry = { id: "20260101T000000Z-0123456789abcdef", manifest_sha256: "0".repeat(64), taken_at: "", keep_until: "" };
  await catalogue.append((backups) => [...backups, entry]);
  expect(await catalogue.list()).toEqual([entry]);
});

it("an index that nobody could read is not written", async () => {
  const many = Array.from({ length: 30_000 }, (_, n) => ({
    id: `20260101T000000Z-${String(n).padStart(16, "0")}`,
    manifest_sha256: "0".repeat(64),
    taken_at: "",
    keep_until: "",
  }));
  await expect(session.catalogue.append(() => many)).rejects.toMatchObject({ code: "PAL_BACKUP_STORE" });
  expect(await session.catalogue.list()).toEqual([]);
});

it("two runs that end at once are both listed", async () => {
  const other = new Catalogue(session.store, session.signer, join(folder, "other-known.json"), session.now);
  const entry = (n: number) => ({
    id: `20260101T00000${n}Z-0123456789abcdef`,
    manifest_sha256: "0".repeat(64),
    taken_at: "",
    keep_until: "",
  });
  await Promise.all([session.catalogue, other].map((one, n) => one.append((backups) => [...backups, entry(n)])));
  expect((await session.catalogue.list()).map(({ id }) => id).sort()).toEqual([entry(0).id, entry(1).id]);
  expect(await session.store.list("index/")).toHaveLength(2);
});
