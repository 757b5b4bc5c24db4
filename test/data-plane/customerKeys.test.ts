import { Client } from "pg";
import { endPlanes } from "../support/plane.js";
import { until } from "../support/until.js";
import { AzureCloud } from "../control-plane/customerKeys/clouds.js";
import { Scene } from "../control-plane/customerKeys/scene.js";

let cloud: AzureCloud;
beforeAll(async () => {
  cloud = await AzureCloud.start();
}, 60_000);
afterAll(async () => {
  await endPlanes();
  await cloud.stop();
}, 60_000);

it("whoever is connected when a key is revoked is disconnected, told why when they come again, and let in when it is back", async () => {
  const key = await cloud.newKey();
  const plane = await Scene.open({ clients: cloud.clients, allowed: [key.reference], computes: "postgres", sealed: 0 });
  const scene = await plane.another();
  await scene.put(key.named);
  const { body } = await scene.api.call("GET", `/projects/${scene.project}/connection_uri?database_name=neondb&role_name=neondb_owner`);
  const { uri: connectionString } = body as { uri: string };
  const connect = async () => {
    const client = new Client({ connectionString });
    client.on("error", () => undefined);
    await client.connect();
    return client;
  };
  const client = await connect();
  let isOver = false;
  client.on("end", () => (isOver = true));
  await client.query("CREATE TABLE kept AS SELECT 1 AS row");
  expect(await scene.key()).toMatchObject({ sealed_objects: 0 });
  await key.disable();
  await scene.look();
  // One refusal is of starts alone: what runs is reached until it is certain.
  await (await connect()).end();
  expect(isOver).toBe(false);
  await scene.look();
  await scene.idle();
  await until("the session is ended", () => isOver);
  const refused = await connect().catch((error: unknown) => (error as Error).message);
  expect(refused).toMatch(
    /^Control plane request failed: compute cannot start, because the customer-managed key of its project cannot be used/,
  );
  expect(refused).toContain(key.reference);
  expect(refused).toMatch(/The key is disabled.*Enable it where it is kept/);
  await key.enable();
  await scene.look();
  const again = await connect();
  expect((await again.query("SELECT row FROM kept")).rows).toEqual([{ row: 1 }]);
  await again.end();
  await scene.api.call("POST", `${await scene.compute()}/suspend`);
  await scene.idle();
  expect(await scene.key()).toMatchObject({ state: "active", sealed_objects: 1, erasure_keys: 1 });
  expect(await scene.entries()).toMatchObject([{ service: "azureKeyVault" }]);
  const last = await connect();
  expect((await last.query("SELECT row FROM kept")).rows).toEqual([{ row: 1 }]);
  await last.end();
  await scene.stop();
}, 120_000);

it("what rests of a project is sealed as soon as the project has a key of its own", async () => {
  const key = await cloud.newKey();
  const plane = await Scene.open({ clients: cloud.clients, allowed: [key.reference], computes: "postgres", sealed: 0 });
  const scene = await plane.another();
  const { body } = await scene.api.call("GET", `/projects/${scene.project}/connection_uri?database_name=neondb&role_name=neondb_owner`);
  const client = new Client({ connectionString: (body as { uri: string }).uri });
  client.on("error", () => undefined);
  await client.connect();
  await client.query("CREATE TABLE kept AS SELECT 1 AS row");
  await client.end();
  await scene.api.call("POST", `${await scene.compute()}/suspend`);
  await scene.idle();
  await scene.put(key.named);
  await until("what rests is sealed", async () => (await scene.key()).sealed_objects === 1);
  await scene.stop();
}, 120_000);
