import { buildRoutes } from "../../control-plane/api/routes.js";
import { TestHooks } from "../../control-plane/api/testHooks.js";
import { startPlane } from "../../control-plane/index.js";
import { CALLERS } from "../../tools/access/callers.js";
import { type DeclaredRoute, formatRouteName } from "../../tools/access/declaredRoutes.js";
import { tryMatrix } from "../../tools/access/accessMatrix.js";
import { REQUESTS } from "../../tools/access/requests.js";
import { TEST_PLANE_OPTIONS, type StartPlane } from "../../tools/reliability/testPlane.js";

/** From the sources, not the built package. */
const start: StartPlane = (options) => startPlane({ ...TEST_PLANE_OPTIONS, ...options });
const HOOKS: readonly DeclaredRoute[] = new TestHooks(() => undefined).routes;
const ALL: readonly DeclaredRoute[] = [...buildRoutes(() => ({ postgres: null, password_guard: null, proxy: null })), ...HOOKS];
const DEADLINE_MS = 300_000;

it("has one request for every route, and none for what is no route", () => {
  expect(Object.keys(REQUESTS).sort()).toEqual(ALL.map(formatRouteName).sort());
  expect(new Set(CALLERS.map(({ label: short }) => short)).size).toBe(CALLERS.length);
});

it("declares no change and no secret for who may only look", () => {
  expect(ALL.filter(({ effect, least }) => effect !== "read" && least === "viewer").map(formatRouteName)).toEqual([]);
});

it(
  "would notice a route that is more open or more closed than it says, and a refused call that changed something",
  async () => {
    const said = new Map<string, DeclaredRoute["least"]>([
      ["PATCH /projects/:project_id", "administrator"],
      ["DELETE /projects/:project_id", "viewer"],
    ]);
    const routes = ALL.flatMap((route) => {
      const least = said.get(formatRouteName(route));
      return least ? [{ ...route, least }] : formatRouteName(route) === "GET /projects/:project_id" ? [route] : [];
    });
    const cells = await tryMatrix(start, routes);
    const faultOf = (method: string, short: string) =>
      cells.find(({ route, caller }) => route.method === method && caller.label === short)?.fault;
    expect(faultOf("PATCH", "editor")).toMatch(/^answered 200 /);
    expect(faultOf("PATCH", "viewer")).toBe("a refused call changed something");
    expect(faultOf("DELETE", "editor")).toMatch(/^answered 403 /);
    expect(faultOf("DELETE", "admin")).toBeUndefined();
    expect(cells.filter(({ route, fault }) => route.method === "GET" && fault !== undefined)).toEqual([]);
  },
  DEADLINE_MS,
);

it(
  "every route is open and closed to every caller as it declares: each cell by a request",
  async () => {
    const cells = await tryMatrix(start, ALL);
    expect(cells).toHaveLength(ALL.length * CALLERS.length);
    expect(
      cells.flatMap(({ route, caller, expected, fault }) =>
        fault === undefined ? [] : [[formatRouteName(route), caller.label, expected, fault]],
      ),
    ).toEqual([]);
  },
  DEADLINE_MS,
);
