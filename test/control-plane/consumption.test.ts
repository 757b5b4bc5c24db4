import { BranchConsumptionPage, ConsumptionPage, ConsumptionPageV2 } from "@palisade/neon/contract/wire/consumption";
import { ZERO_USAGE, computeRange, buildTimeframes } from "../../control-plane/domain/consumption.js";
import { sharedPlane } from "../support/plane.js";

const NOW = Date.parse("2026-03-15T12:34:56Z");
const range = (granularity: "hourly" | "daily" | "monthly", from: string, to: string) => {
  const { from: begin, to: end } = computeRange(granularity, from, to, NOW);
  return buildTimeframes(granularity, { from: begin, to: end }, "2020-01-01T00:00:00Z", ZERO_USAGE).map(
    ({ timeframe_start, timeframe_end }) => [timeframe_start.slice(0, 16), timeframe_end.slice(0, 16)],
  );
};

test("times are rounded down to the granularity, and frames end where the next begins", () => {
  expect(range("hourly", "2026-03-15T09:59:59Z", "2026-03-15T11:01:00Z")).toEqual([
    ["2026-03-15T09:00", "2026-03-15T10:00"],
    ["2026-03-15T10:00", "2026-03-15T11:00"],
  ]);
  expect(range("daily", "2026-02-27T23:00:00-05:00", "2026-03-01T00:00:00Z")).toEqual([["2026-02-28T00:00", "2026-03-01T00:00"]]);
  expect(range("monthly", "2025-12-31T00:00:00Z", "2026-02-10T00:00:00Z")).toEqual([
    ["2025-12-01T00:00", "2026-01-01T00:00"],
    ["2026-01-01T00:00", "2026-02-01T00:00"],
  ]);
});

test("the frame under way is the last one, and none is before the project was made", () => {
  expect(range("daily", "2026-03-14T00:00:00Z", "2030-01-01T00:00:00Z").at(-1)).toEqual(["2026-03-15T00:00", "2026-03-16T00:00"]);
  const { from, to } = computeRange("daily", "2026-03-10T00:00:00Z", "2026-03-16T00:00:00Z", NOW);
  expect(buildTimeframes("daily", { from, to }, "2026-03-15T01:00:00Z", ZERO_USAGE)).toHaveLength(1);
});

test.each([
  ["hourly", "2026-03-08T11:00:00Z", "2026-03-15T00:00:00Z"],
  ["daily", "2026-01-13T00:00:00Z", "2026-03-15T00:00:00Z"],
  ["monthly", "2025-02-01T00:00:00Z", "2026-03-15T00:00:00Z"],
  ["hourly", "2026-03-15T10:10:00Z", "2026-03-15T10:50:00Z"],
] as const)("%s from %s to %s is refused", (granularity, from, to) => {
  expect(() => computeRange(granularity, from, to, NOW)).toThrow(`${granularity} figures go back`);
});

describe("on a plane", () => {
  const plane = sharedPlane();

  test("projects are chosen by id, in both spellings of a list, and come in pages", async () => {
    const ids: string[] = [];
    for (const name of ["a", "b", "c"]) ids.push((await plane.api.project({ name })).project.id);
    const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString();
    const base = `/consumption_history/projects?org_id=${plane.ready.orgId}&granularity=daily&from=${day(-1)}&to=${day(1)}`;
    const page = (query: string) => plane.api.ok(ConsumptionPage, "GET", base + query);
    const found = async (query: string) => (await page(query)).projects.map(({ project_id }) => project_id);
    expect(await found("")).toEqual(ids);
    expect(await found(`&project_ids=${ids[0] ?? ""},${ids[2] ?? ""}`)).toEqual([ids[0], ids[2]]);
    expect(await found(`&project_ids=${ids[1] ?? ""}&project_ids=${ids[2] ?? ""}`)).toEqual([ids[1], ids[2]]);
    const first = await page("&limit=2");
    expect(await found(`&limit=2&cursor=${first.pagination?.cursor ?? ""}`)).toEqual([ids[2]]);
    const figures = first.projects.flatMap(({ periods }) => periods.flatMap(({ consumption }) => consumption));
    expect(figures).toHaveLength(2);
    for (const frame of figures) expect(Object.values(frame).filter((value) => typeof value === "number")).toEqual([0, 0, 0, 0]);
  });

  test("the second version tells what is asked for by name, of projects the newest first, and of the branches of those that are named", async () => {
    const made = [await plane.api.project({ name: "d" }), await plane.api.project({ name: "e" })];
    const ids = made.map(({ project }) => project.id);
    const hour = (offset: number) => new Date(Date.now() + offset * 3_600_000).toISOString();
    const base = (what: string) =>
      `/consumption_history/v2/${what}?org_id=${plane.ready.orgId}&granularity=hourly&from=${hour(-2)}&to=${hour(1)}&metrics=compute_unit_seconds,extra_branches_month`;
    const first = await plane.api.ok(ConsumptionPageV2, "GET", `${base("projects")}&limit=2`);
    expect(first.projects.map(({ project_id }) => project_id)).toEqual([...ids].reverse());
    expect(first.projects[0]?.periods[0]?.consumption[0]?.metrics).toEqual([
      { metric_name: "compute_unit_seconds", value: 0 },
      { metric_name: "extra_branches_month", value: 0 },
    ]);
    const second = await plane.api.ok(ConsumptionPageV2, "GET", `${base("projects")}&limit=100&cursor=${first.pagination?.cursor ?? ""}`);
    expect(second.projects.map(({ project_id }) => project_id).filter((id) => ids.includes(id))).toEqual([]);

    const branches = async (query: string) => plane.api.ok(BranchConsumptionPage, "GET", base("branches") + query);
    const wanted = made.map(({ project, branch }) => `${project.id} ${branch.id}`).sort();
    const one = await branches(`&project_ids=${ids.join()}&limit=1`);
    const rest = await branches(`&project_ids=${ids.join()}&cursor=${one.pagination?.cursor ?? ""}`);
    expect([...one.branches, ...rest.branches].map(({ project_id, branch_id }) => `${project_id} ${branch_id}`)).toEqual(wanted);
    expect((await branches(`&project_ids=${ids.join()}&branch_ids=${made[1]?.branch.id ?? ""}`)).branches).toHaveLength(1);
    expect((await branches("&project_ids=no-such-00000001")).branches).toEqual([]);
    for (const query of [base("projects").replace("compute_unit_seconds", "cpu"), base("branches")])
      expect((await plane.api.refused("GET", query)).status).toBe(400);
  });
});
