import { once } from "node:events";
import { connect } from "node:net";
import { join } from "node:path";
import { existsSync, readFileSync } from "node:fs";
import { Client } from "pg";
import { sharedPlane } from "../support/plane.js";
import { until } from "../support/until.js";
import { field, proxyHeader } from "../control-plane/proxy/wire.js";

/** Connections as a cloud's load balancer brings them, to a real plane with real Postgres, by an unmodified driver behind the header. */
const plane = sharedPlane({ computes: "postgres", proxyPort: 0 });
const REGION = "aws-eu-central-1";
const [MINE, OTHERS] = ["vpce-0a1b2c3d4e5f60001", "vpce-0a1b2c3d4e5f60002"];
let shop: { id: string; endpointId: string; password: string };

beforeAll(async () => {
  const made = await plane.api.project({ name: "shop", region_id: REGION });
  shop = { id: made.project.id, endpointId: made.endpoints[0]?.id ?? "", password: made.roles[0]?.password ?? "" };
  for (const id of [MINE, OTHERS])
    await told("POST", `/organizations/${plane.ready.orgId}/vpc/region/${REGION}/vpc_endpoints/${id}`, { label: "" });
}, 60_000);

const named = (id: string) => proxyHeader("10.0.0.7", field(0xea, Buffer.concat([Buffer.from([1]), Buffer.from(id)])));

/** What a driver is told that comes in with this header; rows where it gets in. */
async function asked(header: Buffer): Promise<unknown> {
  const socket = connect(plane.ready.privateSocket ?? "");
  await once(socket, "connect");
  socket.write(header);
  const host = `${shop.endpointId}.db.localhost`;
  // The connection is open already.
  const stream = Object.assign(socket, { connect: () => setImmediate(() => socket.emit("connect")) });
  const client = new Client({
    stream: () => stream,
    host,
    user: "neondb_owner",
    password: shop.password,
    database: "neondb",
    ssl: { ca: readFileSync(plane.ready.rootCert ?? "", "utf8"), servername: host },
  });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return (await client.query("SELECT 1 AS one")).rows;
  } catch (error) {
    return (error as Error).message;
  } finally {
    await client.end().catch(() => undefined);
  }
}

const settings = (values: object) => told("PATCH", `/projects/${shop.id}`, { project: { settings: values } });

async function told(method: string, path: string, body: object): Promise<void> {
  expect((await plane.api.call(method, path, body)).status).toBe(200);
}

it("lets the endpoints of the organization in whatever the list says, and by their own way alone where public access is blocked", async () => {
  await settings({ allowed_ips: { ips: ["192.0.2.1"], protected_branches_only: false }, block_public_connections: true });
  expect(await asked(named(MINE))).toEqual([{ one: 1 }]);
  const file = join(plane.directory, "log/access.jsonl");
  const log = await until("the access log is written", () => existsSync(file) && /^.+(?=\n)/.exec(readFileSync(file, "utf8"))?.[0]);
  expect(JSON.parse(log)).toMatchObject({ decision: "admitted", via: MINE, client_addr: "10.0.0.7" });
  expect(await asked(named("vpce-0a1b2c3d4e5f69999"))).toMatch(/^This VPC endpoint id vpce-0a1b2c3d4e5f69999 is not allowed/);
}, 60_000);

it("lets only those in that a project is restricted to, and nobody who does not say which one it is", async () => {
  await told("POST", `/projects/${shop.id}/vpc_endpoints/${OTHERS}`, { label: "" });
  expect(await asked(named(MINE))).toMatch(/^This VPC endpoint id vpce-0a1b2c3d4e5f60001 is not allowed to connect to this endpoint/);
  expect(await asked(named(OTHERS))).toEqual([{ one: 1 }]);
  expect(await asked(proxyHeader("192.0.2.1"))).toMatch(/^VPC endpoint ID is not specified/);
  expect(await asked(Buffer.alloc(0))).toMatch(/terminated|ECONNRESET|EPIPE|ended/i);
  await settings({ block_vpc_connections: true });
  expect(await asked(named(OTHERS))).toBe("This connection is trying to access this endpoint from a blocked network.");
}, 60_000);
