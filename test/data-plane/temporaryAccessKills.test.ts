import { TemporaryAccessGiven, TemporaryAccessResponse } from "@palisade/neon/contract/wire/temporaryAccess";
import { AccessTerms } from "../../contract/temporaryAccess.js";
import { buildPlane, endPlanes, planeDirectory, type PlaneProcess, startPlane, startPlaneProcess } from "../support/plane.js";
import { accessBody, accessPath, approve, termsOf, verifyBob } from "../support/temporaryAccess.js";
import { until } from "../support/until.js";
import { type Login, outcome, project, query } from "./clients.js";

jest.setTimeout(180_000);
beforeAll(buildPlane, 120_000);
afterAll(endPlanes);

/** The plane's own clock decides, in its own process: an end this far ahead comes while the test runs. Milliseconds. */
const SOON_MS = 8_000;
const PRIVILEGES = AccessTerms.shape.privileges.parse({ database: ["CONNECT"] });

interface Visit {
  readonly dataDirectory: string;
  readonly terms: AccessTerms;
  readonly owner: Login;
  readonly visitor: Login;
}

/** An access that is on, in a directory whose plane does not run. */
async function prepareVisit(): Promise<Visit> {
  const dataDirectory = planeDirectory();
  const plane = await startPlane({ dataDirectory, computes: "postgres", proxyPort: 0, verifyApproval: verifyBob });
  const { id, branchId, owner } = await project(plane);
  const terms = termsOf(id, branchId, { privileges: PRIVILEGES, until: new Date(Date.now() + SOON_MS).toISOString() });
  const { password = "" } = await plane.api.ok(TemporaryAccessGiven, "PUT", accessPath(terms), accessBody(terms, approve(terms)));
  await plane.api.settled(id);
  const visitor = { ...owner, role: terms.roleName, password };
  expect(await outcome(plane, visitor)).toBe("admitted");
  await plane.stop();
  return { dataDirectory, terms, owner, visitor };
}
const start = ({ dataDirectory }: Visit) => startPlaneProcess({ dataDirectory, computes: "postgres", proxyPort: 0 });
const isPast = ({ terms }: Visit) => Date.now() > Date.parse(terms.until);
const readStatus = async ({ api }: PlaneProcess, { terms }: Visit) =>
  (await api.ok(TemporaryAccessResponse, "GET", accessPath(terms))).temporary_access.status;

/** By what the very first connections after the start are told. */
async function expectOver(plane: PlaneProcess, visit: Visit): Promise<void> {
  const [login, status, roles] = await Promise.all([
    outcome(plane, visit.visitor),
    readStatus(plane, visit),
    query(
      plane,
      visit.owner,
      async (client) => (await client.query("SELECT FROM pg_roles WHERE rolname = 'visitor' AND rolcanlogin")).rowCount,
    ),
  ]);
  expect([login, status, roles]).toEqual([expect.stringContaining("password authentication failed"), "ended", 0]);
  await plane.api.settled(visit.terms.projectId);
  const left = await query(plane, visit.owner, (client) => client.query("SELECT FROM pg_roles WHERE rolname = 'visitor'"));
  expect(left.rowCount).toBe(0);
}

it("is over from the first connection on where the plane was killed before the end and started after it", async () => {
  const visit = await prepareVisit();
  const plane = await start(visit);
  // The session that is killed with it makes the cluster crash with the role in use.
  await query(plane, visit.visitor, async (client) => {
    await client.query("SELECT 1");
    await plane.end("SIGKILL");
  }).catch(() => undefined);
  await plane.end("SIGKILL");
  await until("the end came while nothing ran", () => isPast(visit));
  const again = await start(visit);
  await expectOver(again, visit);
  expect(await again.end("SIGTERM")).toBe(0);
});

it("is over where the plane was killed at the end, whatever of it was done by then", async () => {
  const visit = await prepareVisit();
  const plane = await start(visit);
  await until("the plane knows that it is over", async () => (await readStatus(plane, visit)) === "ended");
  await plane.end("SIGKILL");
  const again = await start(visit);
  await expectOver(again, visit);
  expect(await again.end("SIGTERM")).toBe(0);
});
