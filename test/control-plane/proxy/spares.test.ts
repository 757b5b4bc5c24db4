import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { PrewarmedConnections } from "../../../control-plane/proxy/prewarmedConnections.js";
import { until } from "../../support/until.js";
import { DOMAIN, openDoor, type TestDoor } from "./door.js";
import { TestPostgres } from "./postgres.js";

describe("the spare connection to a compute", () => {
  let folder: string;
  let socketPath: string;
  let server: Server;
  let accepted: Socket[];
  let bytes: number;
  let spares: PrewarmedConnections;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "palisade-spares-"));
    socketPath = join(folder, "compute");
    [accepted, bytes, spares] = [[], 0, new PrewarmedConnections()];
    server = createServer((socket) => {
      accepted.push(socket.on("data", (chunk) => (bytes += chunk.length)));
    }).listen(socketPath);
    await once(server, "listening");
  });
  afterEach(() => {
    spares.close();
    for (const socket of accepted) socket.destroy();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("is one, says nothing, and is taken once", async () => {
    spares.refill(socketPath);
    spares.refill(socketPath);
    const channel = await until("the spare", () => spares.take(socketPath));
    expect(spares.take(socketPath)).toBeUndefined();
    expect([accepted.length, bytes]).toEqual([1, 0]);
    channel.stream.destroy();
  });

  it("is forgotten when the compute hangs up, when there is no compute, and for good when the proxy stops", async () => {
    spares.refill(socketPath);
    await until("the spare", () => accepted.length === 1);
    accepted[0]?.destroy();
    await until("its end", () => spares.size === 0);
    spares.refill(join(folder, "nobody"));
    await until("the failure", () => spares.size === 0);
    spares.refill(socketPath);
    spares.close();
    await until("the hang-up", () => accepted.every(({ destroyed, readableEnded }) => destroyed || readableEnded));
    spares.refill(socketPath);
    expect(spares.size).toBe(0);
  });
});

describe("logins in a row", () => {
  let compute: TestPostgres;
  let door: TestDoor;
  const PASSWORD = "npg_a8Kd03LxQz7M";
  beforeAll(async () => {
    compute = TestPostgres.create();
    await compute.start();
    await compute.sql(`create role alice login password '${PASSWORD}'`);
    door = await openDoor(() => compute.start().then(() => compute.socketPath));
    door.backend.open("ep-spare");
    door.backend.verifiers.set("alice", await compute.verifier("alice"));
  }, 60_000);
  afterAll(async () => {
    await door.stop();
    await compute.dispose();
  });

  const login = async () => {
    const client = new Client({
      host: "127.0.0.1",
      port: door.port,
      user: "alice",
      password: PASSWORD,
      database: "postgres",
      ssl: { ca: door.authority.cert, servername: `ep-spare.${DOMAIN}` },
    });
    await client.connect();
    const { rows } = await client.query<{ me: string; others: number }>(
      "select current_user as me, (select count(*)::int from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()) as others",
    );
    await client.end();
    return rows[0];
  };

  it("are sessions of their own, and the spare is in nobody's list of them", async () => {
    for (let round = 0; round < 3; round++) {
      expect(await login()).toEqual({ me: "alice", others: 0 });
      await until("the session's end", async () => (await compute.sessions()) === 0);
    }
  });

  it("go on after a compute that died with the spare", async () => {
    for (let round = 0; round < 3; round++) {
      await compute.stop("SIGQUIT");
      expect(await login()).toEqual({ me: "alice", others: 0 });
    }
  });
});
