import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Clusters } from "../../../control-plane/computes/clusters.js";
import { locatePostgres } from "../../../control-plane/computes/postgresInstallation.js";
import { formatSegmentName, parseSegmentName, computeSegment, computeSegmentStart } from "../../../control-plane/computes/wal.js";

/** What is kept of the past, and for how long. */
let directory: string;
let clusters: Clusters;
const open = () => Clusters.open(join(directory, "clusters"), locatePostgres(), () => undefined);

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "palisade-lineages-"));
  chmodSync(directory, 0o711);
  clusters = await open();
}, 60_000);
afterAll(async () => {
  await clusters.close();
  rmSync(directory, { recursive: true, force: true });
}, 60_000);

const lineages = () => readdirSync(join(directory, "clusters/lineages"));
const write = (branch: string, sql: string) => clusters.runSql(branch, "postgres", (client) => client.query(sql));
const rows = async (branch: string) =>
  (await clusters.runSql(branch, "postgres", (client) => client.query<{ n: number }>("SELECT n FROM public.t ORDER BY n"))).rows.map(
    ({ n }) => n,
  );
/** To the microsecond, as Postgres sees it. */
const now = async (branch: string) => {
  const text = `SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS text`;
  const { rows: found } = await clusters.runSql(branch, "postgres", (client) => client.query<{ text: string }>(text));
  const at = found[0]?.text ?? "";
  return { time: Date.parse(at), text: at };
};
const place = async (branch: string) =>
  (await clusters.runSql(branch, "postgres", (client) => client.query<{ lsn: string }>("SELECT pg_current_wal_lsn()::text AS lsn"))).rows[0]
    ?.lsn ?? "";
const past = (moment: { time: number; text: string }) => ({ moment, horizon: 0 });
/** More log than a new base costs. */
const wearOut = async (branch: string) => {
  for (let file = 0; file < 18; file++) {
    await write(branch, "SELECT pg_current_xact_id()");
    await write(branch, "SELECT pg_switch_wal()");
  }
};

describe("the history of a cluster", () => {
  it("is cut off at the horizon by a new base, once it is long and the cluster sleeps", async () => {
    await clusters.create("br-a");
    await write("br-a", "CREATE TABLE public.t (n int); INSERT INTO public.t VALUES (1)");
    const early = await now("br-a");
    await write("br-a", "INSERT INTO public.t VALUES (2)");
    await clusters.stop("br-a");
    await clusters.prune("br-a", Date.now());
    expect(lineages()).toHaveLength(1);
    await wearOut("br-a");
    await clusters.prune("br-a", Date.now());
    expect(lineages()).toHaveLength(1);

    await clusters.stop("br-a");
    const beforeBase = Date.now();
    await clusters.prune("br-a", beforeBase);
    // The old log is kept as long as a moment before the base may be asked for.
    expect(lineages()).toHaveLength(2);
    await clusters.clone("br-early", "br-a", past(early));
    expect(await rows("br-early")).toEqual([1]);
    await clusters.remove("br-early");

    await write("br-a", "INSERT INTO public.t VALUES (3)");
    const late = await now("br-a");
    await write("br-a", "INSERT INTO public.t VALUES (4)");
    await clusters.stop("br-a");
    await clusters.prune("br-a", Date.now());
    expect(lineages()).toHaveLength(1);
    await expect(clusters.clone("br-early", "br-a", past(early))).rejects.toThrow(/PAL_NO_HISTORY/);
    await clusters.clone("br-late", "br-a", past(late));
    expect([await rows("br-late"), await rows("br-a")]).toEqual([
      [1, 2, 3],
      [1, 2, 3, 4],
    ]);
    await clusters.remove("br-late");
  }, 120_000);

  it("stays as long as a child begins in it, and goes with the last one", async () => {
    await clusters.clone("br-child", "br-a");
    await write("br-child", "INSERT INTO public.t VALUES (5)");
    const moment = await now("br-child");
    await write("br-child", "INSERT INTO public.t VALUES (6)");
    await clusters.remove("br-a");
    expect(lineages()).toHaveLength(2);
    await clusters.clone("br-grandchild", "br-child", past(moment));
    expect(await rows("br-grandchild")).toEqual([1, 2, 3, 4, 5]);
    await clusters.remove("br-child");
    expect(lineages()).toHaveLength(3);
    await clusters.remove("br-grandchild");
    expect(lineages()).toEqual([]);
  }, 120_000);

  it("is not that of a source that it was cut from: a moment with the source's rows is refused", async () => {
    await clusters.create("br-source");
    await write("br-source", "CREATE TABLE public.t (n int); INSERT INTO public.t VALUES (1)");
    await clusters.clone("br-schema", "br-source");
    const [full, lsn] = [await now("br-schema"), await place("br-schema")];
    await write("br-schema", "TRUNCATE public.t");
    await clusters.stop("br-schema");
    await clusters.discardHistory("br-schema");
    await expect(clusters.clone("br-leak", "br-schema", past(full))).rejects.toThrow(/PAL_NO_HISTORY/);
    await expect(clusters.clone("br-leak", "br-schema", { moment: { lsn }, horizon: 0 })).rejects.toThrow(/PAL_NO_HISTORY/);
    expect(existsSync(join(directory, "clusters/br-leak"))).toBe(false);
    await clusters.clone("br-none", "br-schema", past(await now("br-schema")));
    expect(await rows("br-none")).toEqual([]);
  }, 120_000);

  it("refuses a place in the log that was complete before the horizon", async () => {
    const moment = { lsn: await place("br-source") };
    await write("br-source", "SELECT pg_switch_wal()");
    await expect(clusters.clone("br-old", "br-source", { moment, horizon: Date.now() + 60_000 })).rejects.toThrow(/PAL_NO_HISTORY/);
    await clusters.clone("br-recent", "br-source", { moment, horizon: 0 });
    expect(await rows("br-recent")).toEqual([1]);
  }, 120_000);

  it("goes on after Postgres was killed, in the cluster and in a copy made before it ran again", async () => {
    await write("br-source", "INSERT INTO public.t VALUES (2)");
    const moment = await now("br-source");
    await write("br-source", "INSERT INTO public.t VALUES (3)");
    const { rows: found } = await clusters.runSql("br-source", "postgres", (client) =>
      client.query<{ pid: string }>("SELECT pg_read_file('postmaster.pid', 0, 16) AS pid"),
    );
    process.kill(Number(found[0]?.pid.split("\n")[0]), "SIGKILL");
    await clusters.stop("br-source");
    await clusters.clone("br-copy", "br-source");
    await clusters.clone("br-killed", "br-source", past(moment));
    expect([await rows("br-copy"), await rows("br-killed")]).toEqual([
      [1, 2, 3],
      [1, 2],
    ]);
    const inCopy = await now("br-copy");
    await write("br-copy", "INSERT INTO public.t VALUES (4)");
    await clusters.clone("br-of-copy", "br-copy", past(inCopy));
    expect(await rows("br-of-copy")).toEqual([1, 2, 3]);
  }, 120_000);

  it("is found again by the next plane", async () => {
    const moment = await now("br-source");
    await write("br-source", "INSERT INTO public.t VALUES (9)");
    await clusters.close();
    clusters = await open();
    await clusters.clone("br-reopened", "br-source", past(moment));
    expect(await rows("br-reopened")).toEqual([1, 2, 3]);
  }, 120_000);
});

describe("names of the log", () => {
  it.each([
    ["0/1000000", 4, "000000010000000000000004"],
    ["1/0", 1_024, "000000010000000100000000"],
    ["A/FFFFFFFF", 11_263, "000000010000000A000003FF"],
  ])("%s lies in file %i, %s", (lsn, segment, name) => {
    expect([computeSegment(lsn), formatSegmentName(1, segment), parseSegmentName(name)]).toEqual([segment, name, segment]);
    expect(computeSegment(computeSegmentStart(segment))).toBe(segment);
  });

  it("are told from those of other files", () => {
    for (const name of ["00000002.history", "000000010000000000000004.partial", "archtemp.000000010000000000000004"])
      expect(parseSegmentName(name)).toBeUndefined();
  });
});
