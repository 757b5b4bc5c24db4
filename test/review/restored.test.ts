import { BranchesPage } from "@palisade/neon/contract/wire/branch";
import { CreatedSnapshot, RestoredSnapshot } from "@palisade/neon/contract/wire/snapshot";
import { type ScanReport, scan } from "../../review/scan/scan.js";
import { endPlanes, startPlane, type TestPlane } from "../support/plane.js";
import { branchOf, callsOf } from "./world.js";

const PROJECT = "shop-00000001";
const SEED = `projects:
  - name: shop
    id: ${PROJECT}
    settings: { allowed_ips: { ips: [192.0.2.0/24], protected_branches_only: true } }
    branches: [{ name: main, protected: true }]
`;

let plane: TestPlane;
beforeEach(async () => {
  plane = await startPlane({ seed: SEED });
});
afterEach(endPlanes);

const scanned = (): Promise<ScanReport> =>
  scan({ apiUrl: plane.ready.apiUrl, apiKey: plane.ready.apiKey, orgId: undefined }, { now: Date.now(), progress: () => undefined });
const exposed = ({ findings }: ScanReport): string[] =>
  findings.filter(({ rule }) => rule === "protected-rows-on-open-branch").map(({ resource, after }) => `${resource.name}: ${after ?? ""}`);

/** The rows of `main`, restored over another branch, with a compute. */
async function restoredElsewhere(): Promise<{ snapshotId: string }> {
  const { api } = plane;
  const at = `/projects/${PROJECT}`;
  const [main] = (await api.ok(BranchesPage, "GET", `${at}/branches`)).branches;
  const { snapshot } = await api.ok(CreatedSnapshot, "POST", `${at}/branches/${main?.id ?? ""}/snapshot`);
  await api.settled(PROJECT);
  const other = await branchOf(plane, PROJECT, { name: "other", init_source: "schema-only" });
  const { branch } = await api.ok(RestoredSnapshot, "POST", `${at}/snapshots/${snapshot.id}/restore`, {
    name: "look",
    target_branch_id: other,
  });
  await api.settled(PROJECT);
  expect((await api.call("POST", `${at}/endpoints`, { endpoint: { branch_id: branch.id, type: "read_write" } })).status).toBe(201);
  await api.settled(PROJECT);
  return { snapshotId: snapshot.id };
}

test("the rows of a protected branch are found in a branch that its snapshot was restored to, whichever that replaces", async () => {
  await restoredElsewhere();
  await callsOf(plane);
  const report = await scanned();
  expect(exposed(report)).toEqual(["shop/main: through look"]);
  expect(report.unjudged).toEqual([]);
  expect((await callsOf(plane))["GET /projects/:project_id/snapshots"]).toBe(1);
});

test("where the snapshot is gone, nobody knows whose rows they are, and that is said", async () => {
  const { snapshotId } = await restoredElsewhere();
  await plane.api.call("DELETE", `/projects/${PROJECT}/snapshots/${snapshotId}`);
  await plane.api.settled(PROJECT);
  const { unjudged } = await scanned();
  expect(unjudged).toMatchObject([{ resource: { name: "shop" }, what: "whose rows its restored branches carry" }]);
  expect(unjudged[0]?.reason).toBe(`snapshot ${snapshotId}, of which branch look was made, does not exist`);
});

test("snapshots are not asked for where no branch was made of one", async () => {
  await callsOf(plane);
  await scanned();
  expect((await callsOf(plane))["GET /projects/:project_id/snapshots"]).toBeUndefined();
});
