import { readFileSync } from "node:fs";
import { Client } from "pg";
import { isRunning } from "../support/processes.js";
import { postmasters } from "../support/postmasters.js";
import { buildPlane, endPlanes, planeDirectory, type PlaneProcess, startPlaneProcess } from "../support/plane.js";
import { until } from "../support/until.js";

const ROUNDS = 20;
/** Commits acknowledged in a round before something is killed. */
const COMMITS = 15;

beforeAll(buildPlane, 120_000);
afterAll(endPlanes);

interface Way {
  user: string;
  password: string;
  endpointId: string;
}

async function connect({ ready }: PlaneProcess, { user, password, endpointId }: Way): Promise<Client> {
  const ssl = { ca: readFileSync(ready.rootCert ?? "", "utf8"), servername: `${endpointId}.db.localhost` };
  const client = new Client({ host: "127.0.0.1", port: ready.proxyPort ?? 0, user, password, database: "neondb", ssl });
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

test(`${ROUNDS} kills of the plane and of Postgres under load: no acknowledged commit is lost, no process is left`, async () => {
  const dataDirectory = planeDirectory();
  const start = () => startPlaneProcess({ dataDirectory, computes: "postgres", proxyPort: 0, operationTimeMs: 0 });
  let plane = await start();
  const made = await plane.api.project();
  const way: Way = { user: made.roles[0]?.name ?? "", password: made.roles[0]?.password ?? "", endpointId: made.endpoints[0]?.id ?? "" };
  const setUp = await connect(plane, way);
  await setUp.query("CREATE TABLE committed (n int PRIMARY KEY)");
  await setUp.end();

  let acknowledged = 0;
  let next = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const client = await connect(plane, way);
    const enough = acknowledged + COMMITS;
    const writing = (async () => {
      for (;;) {
        next += 1;
        await client.query("INSERT INTO committed VALUES ($1)", [next]);
        acknowledged += 1;
      }
    })().catch(() => undefined);
    await until("enough commits are acknowledged", () => acknowledged >= enough);
    const running = postmasters(dataDirectory);
    expect(running).toHaveLength(1);
    if (round % 2 === 0) {
      await plane.end("SIGKILL");
      await until("no Postgres outlives its plane", () => !running.some(isRunning));
      plane = await start();
    } else {
      process.kill(running[0] ?? 0, "SIGKILL");
      await until("Postgres is gone", () => !running.some(isRunning));
    }
    await writing;
    const reader = await connect(plane, way);
    const { rows } = await reader.query<{ count: string }>("SELECT count(*) FROM committed");
    await reader.end();
    // One more may be there: committed, and its answer cut off.
    expect(Number(rows[0]?.count)).toBeGreaterThanOrEqual(acknowledged);
  }
  expect(await plane.end("SIGTERM")).toBe(0);
  await until("nothing is left", () => postmasters(dataDirectory).length === 0);
}, 180_000);
