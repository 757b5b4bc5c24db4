import Database from "libsql";
import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { readdirSync, rmSync, statSync } from "node:fs";
import { connect, createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import type { ErrorCode } from "@palisade/neon/contract/errors";
import type { PlaneOptions } from "@palisade/neon/contract/plane";
import { CreatedProject, ProjectsPage } from "@palisade/neon/contract/wire/project";
import { buildPlane, endPlanes, planeDirectory, startPlane, startPlaneProcess } from "../support/plane.js";

const fails = async (options: Partial<PlaneOptions>): Promise<{ code: ErrorCode; message: string }> => {
  const plane = await startPlane(options).catch((error: unknown) => error as { code: ErrorCode; message: string });
  if ("code" in plane) return plane;
  await plane.stop();
  throw new Error("the plane started");
};

afterAll(endPlanes);

describe("a data directory", () => {
  test("is for its owner alone, every file of it", async () => {
    const plane = await startPlane({ dataDirectory: join(planeDirectory(), "new", "data") });
    await plane.api.project();
    const all = readdirSync(plane.directory, { recursive: true, encoding: "utf8" });
    const modes = all.map((file) => [file, statSync(join(plane.directory, file))] as const);
    expect(statSync(plane.directory).mode & 0o777).toBe(0o700);
    expect(modes.map(([file]) => file)).toEqual(expect.arrayContaining(["admin.key", "plane.db", "plane.db-wal", "plane.pid"]));
    expect(modes.map(([file]) => file)).toContain(join("keys", "local.json"));
    expect(modes.filter(([, found]) => (found.mode & 0o777) !== (found.isDirectory() ? 0o700 : 0o600))).toEqual([]);
    await plane.stop();
  });

  test("reopened, gives the same key, organisation and data, with the plan of the new start", async () => {
    const first = await startPlane({ plan: "free" });
    const { project } = await first.api.project({ name: "kept" });
    await first.stop();
    const again = await startPlane({ dataDirectory: first.directory, plan: "scale" });
    expect([again.ready.apiKey, again.ready.orgId]).toEqual([first.ready.apiKey, first.ready.orgId]);
    const { projects } = await again.api.ok(ProjectsPage, "GET", `/projects?org_id=${again.ready.orgId}`);
    expect(projects.map(({ id, name }) => [id, name])).toEqual([[project.id, "kept"]]);
    const settings = { allowed_ips: { ips: ["192.0.2.1"] } };
    expect((await again.api.call("PATCH", `/projects/${project.id}`, { project: { settings } })).status).toBe(200);
    await again.stop();
  });

  test("gives its administrator a new key when the announced one was revoked or lost", async () => {
    const first = await startPlane();
    await first.api.project();
    await first.stop();
    rmSync(join(first.directory, "admin.key"));
    const again = await startPlane({ dataDirectory: first.directory });
    expect([again.ready.orgId, again.ready.apiKey === first.ready.apiKey]).toEqual([first.ready.orgId, false]);
    expect((await again.api.call("GET", "/auth")).status).toBe(200);
    await again.stop();
  });

  test("belongs to one plane, which a second one names", async () => {
    const plane = await startPlane();
    const refused = await fails({ dataDirectory: plane.directory });
    expect(refused.code).toBe("PAL_DATA_IN_USE");
    expect(refused.message).toContain(`process ${process.pid}`);
    expect((await plane.api.call("GET", "/auth")).status).toBe(200);
    await plane.stop();
    await (await startPlane({ dataDirectory: plane.directory })).stop();
  });

  test("of a newer version is refused and left as it is", async () => {
    const plane = await startPlane();
    await plane.stop();
    const file = join(plane.directory, "plane.db");
    const database = new Database(file);
    database.exec("PRAGMA user_version = 999");
    database.close();
    const refused = await fails({ dataDirectory: plane.directory });
    expect(refused.code).toBe("PAL_DATA_NEWER");
    expect(refused.message).toContain("999");
  });
});

describe("a plane", () => {
  test.each(["0.0.0.0", "::", "192.0.2.1", "example.com", "127.example.com"])("does not listen on %s", async (bind) => {
    expect((await fails({ bind })).code).toBe("PAL_BAD_BIND");
  });

  test("says when its port is taken, and gives the directory back", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const apiPort = (other.address() as AddressInfo).port;
    const dataDirectory = planeDirectory();
    const refused = await fails({ apiPort, dataDirectory });
    expect([refused.code, refused.message.includes(String(apiPort))]).toEqual(["PAL_PORT_TAKEN", true]);
    other.close();
    await (await startPlane({ dataDirectory })).stop();
  });

  test("stops at once, whatever is under way: idle connections, running operations, waiting calls", async () => {
    const plane = await startPlane({ operationTimeMs: 60_000 });
    const { body } = await plane.api.call("POST", "/projects", { project: { org_id: plane.ready.orgId } });
    const { project } = CreatedProject.parse(body);
    const idle = connect(Number(new URL(plane.ready.apiUrl).port), "127.0.0.1");
    const cut = once(idle, "close").catch(() => []);
    const waiting = plane.api.call("POST", `/projects/${project.id}/branches`).then(
      ({ status }) => status,
      () => "cut off",
    );
    const started = performance.now();
    await Promise.all([plane.stop(), plane.stop()]);
    expect(performance.now() - started).toBeLessThan(2_000);
    expect([423, "cut off"]).toContain(await waiting);
    await cut;
    const again = await startPlane({ dataDirectory: plane.directory, operationTimeMs: 1 });
    await again.api.settled(project.id);
    await again.stop();
  });

  test("left to choose, gives hosts that lead to this machine", async () => {
    const plane = await startPlane({ hosts: "auto" });
    const { connection_uris } = await plane.api.project();
    const { address } = await lookup(connection_uris[0]?.connection_parameters.host ?? "");
    expect(address).toMatch(/^(127\.|::1$)/);
    await plane.stop();
  });

  test("gives hosts that its connection strings hold, as names or as options", async () => {
    for (const [hosts, host] of [
      ["sni", /^ep-[a-z0-9-]+\.db\.localhost$/],
      ["universal", /^localhost$/],
    ] as const) {
      const plane = await startPlane({ hosts, proxyPort: 5432 });
      const { endpoints, connection_uris } = await plane.api.project();
      const uri = connection_uris[0];
      expect(endpoints[0]?.host).toMatch(host);
      expect(uri?.connection_parameters.host).toBe(endpoints[0]?.host);
      expect(uri?.connection_uri).toContain(`@${uri?.connection_parameters.host ?? ""}:5432/`);
      expect(uri?.connection_uri.includes("options=endpoint%3D")).toBe(hosts === "universal");
      await plane.stop();
    }
  });
});

describe("a plane in a process of its own", () => {
  beforeAll(buildPlane, 120_000);

  test("ends with 0 on SIGTERM and SIGINT, and leaves nothing locked", async () => {
    const dataDirectory = planeDirectory();
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      const plane = await startPlaneProcess({ dataDirectory });
      await plane.api.project();
      const refused = await fails({ dataDirectory });
      expect([refused.code, refused.message.includes(`process ${plane.child.pid ?? ""}`)]).toEqual(["PAL_DATA_IN_USE", true]);
      expect(await plane.end(signal)).toBe(0);
    }
  });

  test("killed, leaves a directory that the next one takes over", async () => {
    const dataDirectory = planeDirectory();
    const killed = await startPlaneProcess({ dataDirectory });
    await killed.end("SIGKILL");
    const next = await startPlane({ dataDirectory });
    expect(next.ready.apiKey).toBe(killed.ready.apiKey);
    await next.stop();
  });
});
