import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { PlaneLogLine } from "@palisade/neon/contract/plane";
import { Clock } from "../../../control-plane/clock.js";
import { Clusters } from "../../../control-plane/computes/clusters.js";
import type { SealPolicy } from "../../../control-plane/computes/clusterStorage.js";
import { locatePostgres } from "../../../control-plane/computes/postgresInstallation.js";
import { createLocalProviders, openKeyStore, type KeyStore } from "../../../control-plane/encryption/keyStore.js";

/** Clusters whose data is sealed while they do not run, with real Postgres. */
const MARKER = "a-row-that-nobody-may-find-7d41";

let directory: string;
let vault: KeyStore;
let clusters: Clusters;
let logged: PlaneLogLine[];
let isSealed = true;

const policy: SealPolicy = (name) => {
  if (!isSealed || !/^(br|snap)-/.test(name)) return undefined;
  const branch = name.startsWith("snap-") ? "br-parent" : name;
  return { organization: "org-1", project: "p-1", branch, purpose: name.startsWith("snap-") ? "snapshot" : "stopped" };
};

async function open(): Promise<Clusters> {
  logged = [];
  const log = (line: PlaneLogLine) => logged.push(line);
  vault = await openKeyStore(directory, new Clock(), createLocalProviders);
  const sealing = { folder: join(directory, "sealed"), keys: vault.erasureKeys, policy, log };
  return Clusters.open(join(directory, "clusters"), locatePostgres(), log, sealing);
}

/** With the template of all clusters, which takes a while to make. */
let begun: string;
beforeAll(async () => {
  directory = begun = mkdtempSync(join(tmpdir(), "palisade-sealed-"));
  chmodSync(directory, 0o711);
  clusters = await open();
  await clusters.create("br-first");
  await clusters.remove("br-first");
  await clusters.close();
}, 60_000);
afterAll(() => {
  rmSync(begun, { recursive: true, force: true });
});

beforeEach(async () => {
  isSealed = true;
  directory = mkdtempSync(join(tmpdir(), "palisade-sealed-"));
  execFileSync("cp", ["-a", "--reflink=auto", `${begun}/.`, directory]);
  clusters = await open();
}, 60_000);
afterEach(async () => {
  await clusters.close();
  rmSync(directory, { recursive: true, force: true });
}, 60_000);

const write = (branch: string, sql: string) => clusters.runSql(branch, "postgres", (client) => client.query(sql));
const rows = async (branch: string) =>
  (await clusters.runSql(branch, "postgres", (client) => client.query<{ n: number }>("SELECT n FROM public.t ORDER BY n"))).rows.map(
    ({ n }) => n,
  );
const now = async (branch: string) => {
  const text = `SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS text`;
  const { rows: found } = await clusters.runSql(branch, "postgres", (client) => client.query<{ text: string }>(text));
  return { moment: { time: Date.parse(found[0]?.text ?? ""), text: found[0]?.text ?? "" }, horizon: 0 };
};

async function makeParent(): Promise<void> {
  await clusters.create("br-parent");
  await write("br-parent", `CREATE TABLE public.t (n int, s text); INSERT INTO public.t VALUES (1, '${MARKER}')`);
}

const below = (...names: string[]) => join(directory, ...names);
const objects = () => readdirSync(below("sealed/objects"));
const plain = () => readdirSync(below("clusters")).filter((name) => /^(br|snap)-/.test(name));

/** Files below the data directory that hold the marker, in any of the ways that Postgres writes it. */
function findMarker(): string[] {
  const { status, stdout, stderr } = spawnSync("grep", ["-rlaF", "-e", MARKER, directory], {
    encoding: "utf8",
    env: { ...process.env, LC_ALL: "C" },
  });
  // 1: none does.
  if (status !== 0 && status !== 1) throw new Error(stderr);
  return stdout.split("\n").filter((path) => path !== "");
}

it("a cluster that is stopped is one sealed object, in which no row can be found, and comes back with all rows", async () => {
  await makeParent();
  expect(findMarker()).not.toEqual([]);
  await clusters.stop("br-parent");
  expect([plain(), objects().length, findMarker()]).toEqual([[], 1, []]);
  expect(await rows("br-parent")).toEqual([1]);
  expect([plain(), objects().length]).toEqual([["br-parent"], 0]);
}, 60_000);

it("branches and snapshots of a sealed cluster share its object until they first start, and the last one takes it along", async () => {
  await makeParent();
  await clusters.stop("br-parent");
  await clusters.clone("br-child", "br-parent");
  await clusters.clone("snap-1", "br-parent");
  await clusters.freeze("snap-1");
  expect([plain(), objects().length]).toEqual([[], 1]);
  await write("br-child", "INSERT INTO public.t VALUES (2)");
  await clusters.remove("br-parent");
  expect(objects()).toHaveLength(1);
  await clusters.clone("br-restored", "snap-1");
  await clusters.stop("br-child");
  expect([plain(), objects().length, findMarker()]).toEqual([[], 2, []]);
  expect([await rows("br-restored"), await rows("br-child")]).toEqual([[1], [1, 2]]);
  for (const name of ["br-restored", "br-child", "snap-1"]) await clusters.remove(name);
  expect([plain(), objects()]).toEqual([[], []]);
}, 60_000);

it("a past moment is recovered from sealed log, in the branch and in a child that began in it", async () => {
  await makeParent();
  const early = await now("br-parent");
  await write("br-parent", "INSERT INTO public.t VALUES (2)");
  await write("br-parent", "SELECT pg_switch_wal()");
  await clusters.stop("br-parent");
  await clusters.clone("br-child", "br-parent");
  await write("br-child", "INSERT INTO public.t VALUES (3)");
  const inChild = await now("br-child");
  await write("br-child", "INSERT INTO public.t VALUES (4)");
  await clusters.stop("br-child");
  expect(findMarker()).toEqual([]);
  await clusters.clone("br-early", "br-parent", early);
  await clusters.clone("br-late", "br-child", inChild);
  expect(findMarker()).toEqual([]);
  expect([await rows("br-early"), await rows("br-late")]).toEqual([[1], [1, 2, 3]]);
}, 120_000);

it("history that is cut off takes a base that shares the object, and knows no moment before", async () => {
  await makeParent();
  const before = await now("br-parent");
  await clusters.stop("br-parent");
  await clusters.discardHistory("br-parent");
  expect([plain(), objects().length]).toEqual([[], 1]);
  await expect(clusters.clone("br-leak", "br-parent", before)).rejects.toThrow(/PAL_NO_HISTORY/);
  const after = await now("br-parent");
  await write("br-parent", "DELETE FROM public.t");
  await clusters.clone("br-back", "br-parent", after);
  expect(await rows("br-back")).toEqual([1]);
}, 120_000);

it("a reset replaces what is sealed, and what is preserved stays", async () => {
  await makeParent();
  await clusters.stop("br-parent");
  await clusters.clone("br-child", "br-parent");
  await write("br-child", "INSERT INTO public.t VALUES (2)");
  await clusters.replace("br-child", "br-parent", "br-kept");
  expect(plain()).toEqual([]);
  expect([await rows("br-child"), await rows("br-kept")]).toEqual([[1], [1, 2]]);
}, 60_000);

it("an object that was changed, cut, exchanged or taken away is refused by name, and nobody else is affected", async () => {
  await makeParent();
  await clusters.stop("br-parent");
  await clusters.create("br-other");
  await write("br-other", "CREATE TABLE public.t (n int); INSERT INTO public.t VALUES (7)");
  await clusters.stop("br-other");
  const objectOf = (branch: string) => below("sealed/objects", objects().find((name) => name.startsWith(branch)) ?? "");
  const [path, whole] = [objectOf("br-parent"), readFileSync(objectOf("br-parent"))];
  const SEGMENT = 1 << 20;
  const at = whole.length - 3 * SEGMENT;
  const damages: Record<string, () => void> = {
    "a bit of the stream": () => {
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      writeFileSync(path, bytes);
    },
    "a bit of the header": () => {
      const bytes = Buffer.from(whole);
      bytes[40] = (bytes[40] ?? 0) ^ 1;
      writeFileSync(path, bytes);
    },
    "cut short": () => {
      truncateSync(path, whole.length - SEGMENT);
    },
    "pieces in another order": () => {
      writeFileSync(path, Buffer.concat([whole.subarray(0, at), whole.subarray(at + SEGMENT), whole.subarray(at, at + SEGMENT)]));
    },
    "another branch's object": () => {
      writeFileSync(path, readFileSync(objectOf("br-other")));
    },
    "no file": () => {
      rmSync(path);
    },
  };
  for (const damage of Object.values(damages)) {
    damage();
    await expect(clusters.start("br-parent")).rejects.toThrow(/br-parent.*PAL_SEALED_DAMAGED/);
    expect(logged.at(-1)).toMatchObject({ event: "not-opened", cluster: "br-parent" });
    writeFileSync(path, whole);
  }
  expect([await rows("br-other"), await rows("br-parent")]).toEqual([[7], [1]]);
}, 120_000);

it("what a plane that was killed left as files is sealed by the next one, before it is used again", async () => {
  isSealed = false;
  await makeParent();
  await clusters.create("br-fresh");
  await clusters.close();
  isSealed = true;
  clusters = await open();
  const started = clusters.start("br-parent");
  await clusters.sealLeftovers();
  await started;
  expect(logged.filter(({ level }) => level === "error")).toEqual([]);
  expect(await rows("br-parent")).toEqual([1]);
  await clusters.close();
  // One that never ran has nobody's rows.
  expect([plain(), objects().length, findMarker()]).toEqual([["br-fresh"], 1, []]);
  clusters = await open();
}, 60_000);

it("with a key that may not be used nothing is sealed, lost or started; all of it returns with the key", async () => {
  await makeParent();
  await vault.local.setState("disabled");
  await clusters.stop("br-parent");
  expect([plain(), readdirSync(below("sealed/unsealed")), objects()]).toEqual([[], ["br-parent"], []]);
  expect(statSync(below("sealed/unsealed")).mode & 0o777).toBe(0o700);
  await expect(clusters.start("br-parent")).rejects.toThrow(/PAL_CMK_DISABLED/);
  await expect(clusters.clone("br-child", "br-parent")).rejects.toThrow(/PAL_CMK_DISABLED/);
  await clusters.close();
  clusters = await open();
  await clusters.sealLeftovers();
  expect(logged).toContainEqual(expect.objectContaining({ event: "not-sealed", cluster: "br-parent" }));
  await vault.local.setState("enabled");
  await clusters.sealLeftovers();
  expect([readdirSync(below("sealed/unsealed")), objects().length, findMarker()]).toEqual([[], 1, []]);
  expect(await rows("br-parent")).toEqual([1]);
  await clusters.stop("br-parent");
  await vault.local.setState("disabled");
  await expect(clusters.start("br-parent")).rejects.toThrow(/PAL_CMK_DISABLED/);
  await vault.local.setState("enabled");
  expect(await rows("br-parent")).toEqual([1]);
}, 60_000);

it("a plane that has no more time leaves what is not sealed closed to Postgres, and the next one seals it first", async () => {
  await makeParent();
  await clusters.close(AbortSignal.abort(new Error("no more time")));
  expect([plain(), readdirSync(below("sealed/unsealed"))]).toEqual([[], ["br-parent"]]);
  clusters = await open();
  expect(await rows("br-parent")).toEqual([1]);
  await clusters.stop("br-parent");
  expect([plain(), objects().length]).toEqual([[], 1]);
}, 60_000);

it("a cluster that was killed is sealed as it is, and its copies have what was committed", async () => {
  await makeParent();
  const { rows: found } = await clusters.runSql("br-parent", "postgres", (client) =>
    client.query<{ pid: string }>("SELECT pg_read_file('postmaster.pid', 0, 16) AS pid"),
  );
  process.kill(Number(found[0]?.pid.split("\n")[0]), "SIGKILL");
  while (clusters.isRunning("br-parent")) await delay(5);
  await clusters.stop("br-parent");
  expect([plain(), objects().length]).toEqual([[], 1]);
  await clusters.clone("br-copy", "br-parent");
  expect([await rows("br-copy"), await rows("br-parent")]).toEqual([[1], [1]]);
  expect(existsSync(below("sealed/unsealed/br-parent"))).toBe(false);
}, 60_000);
