import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { PlaneStatus } from "@palisade/neon/contract/wire/planeStatus";
import { buildPlane, endPlanes, planeDirectory, type PlaneProcess, startPlaneProcess } from "../support/plane.js";
import { until } from "../support/until.js";
import { branch, type Login, project, rows, sql } from "./clients.js";

/** A plane that seals everything, and is killed while it seals, opens or has a branch run. */
const MARKER = "a-row-that-survives-51c8";
const directory = planeDirectory();
const open = () => startPlaneProcess({ dataDirectory: directory, computes: "postgres", seal: "all", proxyPort: 0 });

beforeAll(buildPlane, 120_000);
afterAll(endPlanes, 60_000);

const sealed = (name: string) => join(directory, "sealed", name);
const suspend = ({ api }: PlaneProcess, id: string, { endpointId }: Login) =>
  api.call("POST", `/projects/${id}/endpoints/${endpointId}/suspend`).catch(() => undefined);
/** Files that nobody may find a row in while nothing runs. */
const findMarker = () =>
  (readdirSync(directory, { recursive: true }) as string[]).filter((name) => {
    const path = join(directory, name);
    return statSync(path).isFile() && readFileSync(path).includes(MARKER);
  });

it("loses no row, whatever it was doing, and has sealed everything once it has had the time", async () => {
  let plane = await open();
  const { id, branchId, owner } = await project(plane);
  await sql(plane, owner, `CREATE TABLE t (n int, s text); INSERT INTO t VALUES (0, '${MARKER}')`);
  const child = await branch(plane, id, owner, { parent_id: branchId });
  const moments: Record<string, (plane: PlaneProcess) => Promise<unknown>> = {
    "while it runs": () => Promise.resolve(),
    "once it was taken away from Postgres": async (running) => {
      void suspend(running, id, owner);
      await until("it is taken away", () => readdirSync(sealed("unsealed")).length > 0);
    },
    "while its object is written": async (running) => {
      void suspend(running, id, owner);
      await until("a draft", () => readdirSync(sealed("objects")).some((name) => name.startsWith(branchId) && name.endsWith(".draft")));
    },
    "while it is opened": async (running) => {
      await suspend(running, id, owner);
      await running.api.settled(id);
      void rows(running, owner).catch(() => undefined);
      await until("something is opened", () => readdirSync(sealed("opening")).length > 0);
    },
  };
  let written = 1;
  for (const reach of Object.values(moments)) {
    await sql(plane, owner, `INSERT INTO t VALUES (${written++}, '${MARKER}')`);
    await reach(plane);
    await plane.end("SIGKILL");
    plane = await open();
    expect(await rows(plane, owner)).toEqual(Array.from({ length: written }, (_, n) => n));
  }
  expect(await rows(plane, child.login)).toEqual([0]);
  await plane.end("SIGTERM");
  plane = await open();
  await until("all is sealed", async () => {
    const { sealing } = await plane.api.ok(PlaneStatus, "GET", "/x-palisade/status");
    return sealing?.unsealed.length === 0;
  });
  await plane.end("SIGTERM");
  expect(findMarker()).toEqual([]);
}, 300_000);
