import { ConsumptionPage } from "@palisade/neon/contract/wire/consumption";
import { rangeOf, timeframes } from "../../control-plane/domain/consumption.js";
import { sharedPlane } from "../support/plane.js";

const NOW = Date.parse("2026-03-15T12:34:56Z");
const range = (granularity: "hourly" | "daily" | "monthly", from: string, to: string) => {
  const { from: begin, to: end } = rangeOf(granularity, from, to, NOW);
  return timeframes(granularity, { from: begin, to: end }, "2020-01-01T00:00:00Z").map(({ timeframe_start, timeframe_end }) => [
    timeframe_start.slice(0, 16),
    timeframe_end.slice(0, 16),
  ]);
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
  const { from, to } = rangeOf("daily", "2026-03-10T00:00:00Z", "2026-03-16T00:00:00Z", NOW);
  expect(timeframes("daily", { from, to }, "2026-03-15T01:00:00Z")).toHaveLength(1);
});

test.each([
  ["hourly", "2026-03-08T11:00:00Z", "2026-03-15T00:00:00Z"],
  ["daily", "2026-01-13T00:00:00Z", "2026-03-15T00:00:00Z"],
  ["monthly", "2025-02-01T00:00:00Z", "2026-03-15T00:00:00Z"],
  ["hourly", "2026-03-15T10:10:00Z", "2026-03-15T10:50:00Z"],
] as const)("%s from %s to %s is refused", (granularity, from, to) => {
  expect(() => rangeOf(granularity, from, to, NOW)).toThrow(`${granularity} figures go back`);
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
});
