import type { Operation } from "../../../contract/wire/common.js";
import { OperationPoller } from "../../../provider/client/operationPoller.js";

/** Operations of one project as the API lists them, and how often somebody looked. */
function projectOf(statuses: Record<string, string[]>) {
  const looks: string[][] = [];
  const operation = (id: string, status: string, took = 1): Operation => ({
    id,
    project_id: "p",
    action: "apply_config",
    status,
    failures_count: 0,
    total_duration_ms: took,
    created_at: "2026-01-01T00:00:00.000Z",
    updated_at: "2026-01-01T00:00:00.000Z",
  });
  const poller = new OperationPoller((_, ids) => {
    looks.push([...ids]);
    return Promise.resolve(ids.map((id) => operation(id, statuses[id]?.shift() ?? "finished")));
  });
  return { poller, looks, running: (id: string) => operation(id, "running") };
}

describe("waiting for operations", () => {
  it("answers all that wait in a project from one list", async () => {
    const { poller, looks, running } = projectOf({});
    await Promise.all(["a", "b", "c"].map((id) => poller.waitForOperations("p", [running(id)])));
    expect(looks).toEqual([["a", "b", "c"]]);
  });

  it("looks again at what still runs, and at nothing that has ended", async () => {
    const { poller, looks, running } = projectOf({ b: ["running", "finished"] });
    await Promise.all([poller.waitForOperations("p", [running("a"), running("b")]), poller.waitForOperations("p", [])]);
    expect(looks).toEqual([["a", "b"], ["b"]]);
  });

  it("fails whoever waits for the one that failed, and nobody else", async () => {
    const { poller, running } = projectOf({ b: ["failed"] });
    const [a, b] = await Promise.allSettled(["a", "b"].map((id) => poller.waitForOperations("p", [running(id)])));
    expect(a?.status).toBe("fulfilled");
    expect(b).toMatchObject({ status: "rejected", reason: { code: "PAL_OPERATION_FAILED" } });
  });

  it("does not look while nobody waits to hear, and then once for everything", async () => {
    const { poller, looks, running } = projectOf({});
    const ends = ["a", "b"].map((id) => poller.waitForOperations("p", [running(id)], false));
    expect(looks).toEqual([]);
    poller.pollAll();
    await Promise.all(ends);
    expect(looks).toEqual([["a", "b"]]);
  });

  it("lets a change follow another when that has ended", async () => {
    const { poller, looks, running } = projectOf({});
    const first = poller.waitForOperations("p", [running("a")]);
    const second = poller.runAfterPending("p", () => poller.waitForOperations("p", [running("b")]));
    await Promise.all([first, second]);
    expect(looks).toEqual([["a"], ["b"]]);
    // What they usually take is known by now: the next one follows without a look in between.
    const third = poller.waitForOperations("p", [running("c")]);
    await Promise.all([third, poller.runAfterPending("p", () => poller.waitForOperations("p", [running("d")]))]);
    expect(looks.slice(2)).toEqual([["c", "d"]]);
  });

  it("forgets what was under way in a project that is gone", async () => {
    const { poller, looks, running } = projectOf({});
    const end = poller.waitForOperations("p", [running("a")], false);
    poller.forget("p");
    await end;
    expect(looks).toEqual([]);
  });
});
