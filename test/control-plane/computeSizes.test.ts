import { isResized, assertSizing, findSuspendSeconds } from "../../control-plane/domain/computeSizes.js";
import { PLAN_LIMITS } from "../../control-plane/domain/plans.js";
import { EndpointsResponse } from "@palisade/neon/contract/wire/endpoint";
import { sharedPlane } from "../support/plane.js";

const sizing = (min: number, max: number, suspend = 0) => ({
  autoscaling_limit_min_cu: min,
  autoscaling_limit_max_cu: max,
  suspend_timeout_seconds: suspend,
});

/** Ours stand for the pages of Neon that domain/computeSizes.ts names. */
test.each([
  ["free", 0.25, 2, 300, true],
  ["free", 2, 2, 0, true],
  ["free", 0.25, 2.25, 0, false],
  ["free", 0.25, 0.25, -1, false],
  ["free", 0.25, 0.25, 60, false],
  ["launch", 8, 16, -1, true],
  ["launch", 8, 16, 600, false],
  ["launch", 18, 18, 0, false],
  ["scale", 8, 16, 604_800, true],
  ["scale", 7.75, 16, 0, false],
  ["scale", 0.25, 8.25, 0, true],
  ["scale", 56, 56, -1, true],
  ["scale", 32, 32, 300, false],
  ["scale", 16, 18, 0, false],
  ["scale", 57, 57, 0, false],
  ["scale", 0.3, 1, 0, false],
] as const)("on %s, from %d to %d CU with suspension after %d s: %s", (plan, min, max, suspend, isTaken) => {
  const judge = () => {
    assertSizing(sizing(min, max, suspend), PLAN_LIMITS[plan]);
  };
  if (isTaken) expect(judge).not.toThrow();
  else expect(judge).toThrow();
});

test("a compute above 16 CU, and one that is told so, is never suspended; the others after what they say, or five minutes", () => {
  expect([sizing(32, 32), sizing(1, 1, -1), sizing(16, 16), sizing(1, 1, 60)].map(findSuspendSeconds)).toEqual([
    undefined,
    undefined,
    300,
    60,
  ]);
});

test("what is no change of the size is no matter of the plan: a compute that has become too large can still be disabled", () => {
  const disabled = { ...sizing(4, 4), disabled: true };
  expect(isResized(sizing(4, 4), disabled)).toBe(false);
  expect(isResized(sizing(4, 4), sizing(4, 8))).toBe(true);
});

describe("on a plane of the plan free", () => {
  const plane = sharedPlane({ plan: "free" });

  test("each way to size a compute is held to the plan", async () => {
    const { project, endpoints } = await plane.api.project();
    const path = `/projects/${project.id}`;
    const large = { autoscaling_limit_max_cu: 4 };
    const message = "compute size limit exceeded; max: 2";
    const asked: [string, string, object][] = [
      ["POST", "/projects", { project: { org_id: plane.ready.orgId, default_endpoint_settings: large } }],
      ["POST", "/projects", { project: { org_id: plane.ready.orgId, ...large } }],
      ["PATCH", path, { project: { default_endpoint_settings: large } }],
      ["POST", `${path}/branches`, { endpoints: [{ type: "read_write", ...large }] }],
      ["POST", `${path}/endpoints`, { endpoint: { branch_id: endpoints[0]?.branch_id ?? "", type: "read_only", ...large } }],
      ["PATCH", `${path}/endpoints/${endpoints[0]?.id ?? ""}`, { endpoint: large }],
    ];
    for (const [method, where, body] of asked)
      expect([method, where, (await plane.api.refused(method, where, body)).message]).toEqual([method, where, message]);
    expect((await plane.api.ok(EndpointsResponse, "GET", `${path}/endpoints`)).endpoints).toMatchObject([
      { autoscaling_limit_max_cu: 0.25 },
    ]);
  });
});
