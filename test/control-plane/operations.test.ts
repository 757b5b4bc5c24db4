import { join } from "node:path";
import { BranchesPage, CreatedBranch } from "@palisade/neon/contract/wire/branch";
import { OperationResponse, OperationsPage } from "@palisade/neon/contract/wire/common";
import { EndpointOperations, EndpointResponse } from "@palisade/neon/contract/wire/endpoint";
import { Clock } from "../../control-plane/clock.js";
import { IdGenerator } from "../../control-plane/idGenerator.js";
import { enqueue } from "../../control-plane/operations/enqueue.js";
import { Worker } from "../../control-plane/operations/worker.js";
import { Store } from "../../control-plane/store/store.js";
import { endPlanes, planeDirectory, startPlane } from "../support/plane.js";
import { until } from "../support/until.js";

class FailingStore extends Store {
  failNext = false;

  override transact: Store["transact"] = (work, audit) => {
    if (!this.failNext) return super.transact(work, audit);
    this.failNext = false;
    throw new Error("the disk is full");
  };
}

describe("operations", () => {
  const start = (operationTimeMs: number) => startPlane({ operationTimeMs });
  afterAll(endPlanes);

  test("conflicting calls wait, and go through in the order they came", async () => {
    const { api } = await start(30);
    const { project } = await api.project();
    const path = `/projects/${project.id}/branches`;
    const names = Array.from({ length: 8 }, (_, index) => `in-order-${index}`);
    // One connection after the other, so that the order of arrival is the order of the list.
    const calls: Promise<{ status: number }>[] = [];
    for (const name of names) {
      calls.push(api.call("POST", path, { branch: { name } }));
      await api.call("GET", "/auth");
    }
    expect((await Promise.all(calls)).map(({ status }) => status)).toEqual(names.map(() => 201));
    await api.settled(project.id);
    const { branches } = await api.ok(BranchesPage, "GET", `${path}?sort_by=created_at&sort_order=asc&search=in-order`);
    expect(branches.map(({ name }) => name)).toEqual(names);
  });

  test("a call that would wait for more than a second gets 423, and others go on", async () => {
    const { api, ready } = await start(2_500);
    const { body } = await api.call("POST", "/projects", { project: { org_id: ready.orgId } });
    const { project } = body as { project: { id: string } };
    const started = performance.now();
    const refused = await api.refused("POST", `/projects/${project.id}/branches`);
    expect([refused.status, refused.code, refused.message]).toEqual([
      ...[423, ""],
      "project already has running conflicting operations, scheduling of new ones is prohibited",
    ]);
    expect(performance.now() - started).toBeGreaterThan(900);
    expect(performance.now() - started).toBeLessThan(2_000);
    expect((await api.call("POST", "/projects", { project: { org_id: ready.orgId } })).status).toBe(201);
    expect((await api.call("GET", `/projects/${project.id}/branches`)).status).toBe(200);
  });

  test("a compute moves by operations, and a call without effect queues none", async () => {
    const { api } = await start(20);
    const { project, endpoints } = await api.project();
    const path = `/projects/${project.id}/endpoints/${endpoints[0]?.id ?? ""}`;
    const move = async (verb: string) => {
      const { endpoint, operations } = await api.ok(EndpointOperations, "POST", `${path}/${verb}`);
      const pending = endpoint.pending_state;
      await api.settled(project.id);
      const { endpoint: after } = await api.ok(EndpointResponse, "GET", path);
      expect(after).not.toHaveProperty("pending_state");
      return [pending, operations.map(({ action }) => action), after.current_state];
    };
    expect(await move("start")).toEqual([undefined, [], "active"]);
    expect(await move("suspend")).toEqual(["idle", ["suspend_compute"], "idle"]);
    expect(await move("suspend")).toEqual([undefined, [], "idle"]);
    expect(await move("start")).toEqual(["active", ["start_compute"], "active"]);
    expect(await move("restart")).toEqual(["active", ["suspend_compute", "start_compute"], "active"]);
    const disabled = await api.ok(EndpointOperations, "PATCH", path, { endpoint: { disabled: true } });
    expect(disabled.operations.map(({ action }) => action)).toEqual(["suspend_compute"]);
    await api.settled(project.id);
    const { endpoint } = await api.ok(EndpointResponse, "GET", path);
    expect(endpoint).toMatchObject({ disabled: true, current_state: "idle" });
    // A client may send back the whole of what it has read.
    const echo = await api.ok(EndpointOperations, "PATCH", path, { endpoint });
    expect(echo.operations.map(({ action }) => action)).toEqual(["apply_config", "suspend_compute"]);
  });

  test("an operation is tried three times before it fails; a branch that could not be made is taken back", async () => {
    const plane = await start(5);
    const { api } = plane;
    const { project } = await api.project();
    const path = `/projects/${project.id}`;
    await api.call("POST", "/x-palisade/test/operations/fail", { action: "create_branch", times: 2 });
    const healed = await api.ok(CreatedBranch, "POST", `${path}/branches`, { branch: { name: "healed" } });
    const read = async (id: string | undefined) => (await api.ok(OperationResponse, "GET", `${path}/operations/${id ?? ""}`)).operation;
    const retried = await until("a retry is announced", async () => {
      const operation = await read(healed.operations[0]?.id);
      return operation.retry_at !== undefined && operation;
    });
    expect(retried).toMatchObject({ status: "running", failures_count: 1 });
    await api.settled(project.id);
    expect(await read(healed.operations[0]?.id)).toMatchObject({ status: "finished", failures_count: 2 });
    expect(await read(healed.operations[0]?.id)).not.toHaveProperty("error");

    await api.call("POST", "/x-palisade/test/operations/fail", { action: "create_branch", times: 3 });
    const body = { branch: { name: "lost" }, endpoints: [{ type: "read_write" }] };
    const lost = await api.ok(CreatedBranch, "POST", `${path}/branches`, body);
    await api.settled(project.id);
    const [made, started] = await Promise.all(lost.operations.map(({ id }) => read(id)));
    expect(made).toMatchObject({ status: "failed", failures_count: 3, error: expect.stringContaining("create_branch") as unknown });
    expect(started).toMatchObject({ status: "cancelled" });
    expect((await api.refused("GET", `${path}/branches/${lost.branch.id}`)).status).toBe(404);
    expect((await api.refused("GET", `${path}/endpoints/${lost.endpoints[0]?.id ?? ""}`)).status).toBe(404);
    expect(plane.logged.filter(({ event }) => event === "operation-failed")).toHaveLength(5);
    await api.ok(CreatedBranch, "POST", `${path}/branches`, body);
    await api.settled(project.id);
  });

  test("a failure of the plane's own bookkeeping is logged, and the queue goes on", async () => {
    const store = new FailingStore(join(planeDirectory(), "plane.db"));
    const [clock, ids, logged] = [new Clock(), new IdGenerator(false), [] as string[]];
    const [first] = store.transact((tx) => enqueue(tx, clock, ids, "p", [{ action: "apply_config" }, { action: "apply_config" }]));
    const worker = new Worker({
      store,
      clock,
      log: ({ event }) => logged.push(event),
      onEnded: () => undefined,
      perform: () => {
        store.failNext = logged.length === 0;
        return Promise.resolve();
      },
    });
    worker.resume();
    await until("both operations end", () => store.transact((tx) => tx.listProjectsAtWork()).length === 0);
    expect(logged).toEqual(["operations-stalled"]);
    expect(store.transact((tx) => tx.get("operation", first?.id ?? ""))?.status).toBe("finished");
    await worker.stop();
    store.close();
  });

  test("operations are paged by time, the newest first, and stay readable when their branch is gone", async () => {
    const { api } = await start(1);
    const { project } = await api.project();
    const path = `/projects/${project.id}`;
    const { branch, operations: made } = await api.ok(CreatedBranch, "POST", `${path}/branches`);
    await api.call("DELETE", `${path}/branches/${branch.id}`);
    await api.settled(project.id);
    const all = (await api.ok(OperationsPage, "GET", `${path}/operations`)).operations;
    expect(all.map(({ action }) => action)).toEqual(["delete_timeline", "create_branch", "start_compute", "create_timeline"]);
    expect((await api.ok(OperationResponse, "GET", `${path}/operations/${made[0]?.id ?? ""}`)).operation.status).toBe("finished");
    const paged: string[] = [];
    for (let query = "?limit=3"; ;) {
      const { operations, pagination } = await api.ok(OperationsPage, "GET", `${path}/operations${query}`);
      paged.push(...operations.map(({ id }) => id));
      if (pagination === undefined) break;
      query = `?limit=3&cursor=${pagination.cursor}`;
    }
    expect(paged).toEqual(all.map(({ id }) => id));
  });
});
