import { Client } from "pg";
import { formatVerifier, computeVerifier } from "../../../control-plane/passwords/scram.js";
import { until } from "../../support/until.js";
import { DOMAIN, openDoor, type TestDoor } from "./door.js";
import { TestPostgres } from "./postgres.js";
import { Wire } from "./wire.js";

/** A login that comes before what the API was asked for is done, and a client that does not wait for its own. */
const PASSWORD = "npg_a8Kd03LxQz7M";
let compute: TestPostgres;
let door: TestDoor;
let wake: Promise<unknown> = Promise.resolve();
beforeAll(async () => {
  compute = TestPostgres.create();
  await compute.start();
  door = await openDoor(() => wake.then(() => compute.socketPath), { limits: { settleMs: 200 } });
  door.backend.open("ep-new");
}, 60_000);
afterAll(async () => {
  await door.stop();
  await compute.dispose();
});
beforeEach(() => {
  door.backend.entries.length = 0;
  door.backend.ends.length = 0;
});

async function login(role: string, database = "postgres"): Promise<string> {
  const client = new Client({
    host: "127.0.0.1",
    port: door.port,
    user: role,
    password: PASSWORD,
    database,
    ssl: { ca: door.authority.cert, servername: `ep-new.${DOMAIN}` },
  });
  client.on("error", () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ me: string }>("select current_user as me");
    return rows[0]?.me ?? "";
  } finally {
    await client.end();
  }
}

/** Is asked once whether anything is under way, and does it then. */
const oneThing = (work: string): TestDoor["backend"]["waitForOperations"] => {
  let isDone = false;
  return async () => {
    if (isDone) return false;
    isDone = true;
    await compute.sql(work);
    return true;
  };
};

it("waits for a role, a password and a database that are being made, and is told nothing of the wait", async () => {
  const [first, second] = [computeVerifier(PASSWORD), computeVerifier(PASSWORD)];
  door.backend.verifiers.set("bob", first);
  door.backend.waitForOperations = oneThing(`create role bob login password '${formatVerifier(first)}'`);
  expect(await login("bob")).toBe("bob");
  door.backend.verifiers.set("bob", second);
  door.backend.waitForOperations = oneThing(`alter role bob password '${formatVerifier(second)}'`);
  expect(await login("bob")).toBe("bob");
  door.backend.waitForOperations = oneThing("create database late");
  expect(await login("bob", "late")).toBe("bob");
  expect(door.backend.entries.map(({ decision }) => decision)).toEqual(["admitted", "admitted", "admitted"]);
});

it("does not wait for ever: then Postgres' own words are the client's", async () => {
  door.backend.waitForOperations = (_, late) =>
    new Promise((resolve) => {
      late.addEventListener("abort", () => {
        resolve(false);
      });
    });
  await expect(login("bob", "never")).rejects.toThrow('database "never" does not exist');
  expect(door.backend.last).toMatchObject({ decision: "refused", reason: "compute-refused" });
});

it("is written down when the client hangs up before its compute is awake: its password was tried, and right", async () => {
  let awake: (value: unknown) => void = () => undefined;
  wake = new Promise((resolve) => (awake = resolve));
  const wire = await Wire.secure(door.port, { servername: `ep-new.${DOMAIN}` });
  wire.startup({ user: "bob", database: "postgres" });
  expect(await wire.prove(PASSWORD)).toBe("in");
  wire.destroy();
  // What another client is told comes after the hang-up.
  const other = await Wire.open(door.port);
  other.startup({ user: "bob" });
  await other.refusal();
  awake(undefined);
  await until("the line", () => door.backend.ends.length === 1);
  expect(door.backend.entries.map(({ decision, role }) => [decision, role])).toEqual([
    ["refused", undefined],
    ["admitted", "bob"],
  ]);
  expect(door.backend.ends[0]).toMatchObject({ role: "bob", bytesFromClient: 0, bytesToClient: 0 });
  await until("the lease is given back", () => door.backend.leases === 0);
});
