import { readdirSync } from "node:fs";
import { resolve } from "node:path";
import { AuditExports } from "@palisade/neon/contract/wire/auditExport";
import { BackupSchedule } from "@palisade/neon/contract/wire/backupSchedule";
import { BranchesPage } from "@palisade/neon/contract/wire/branch";
import { EndpointsResponse } from "@palisade/neon/contract/wire/endpoint";
import { ProjectResponse } from "@palisade/neon/contract/wire/project";
import { SnapshotsResponse } from "@palisade/neon/contract/wire/snapshot";
import { VpcEndpointsResponse } from "@palisade/neon/contract/wire/vpcEndpoint";
import { outcome } from "../data-plane/clients.js";
import type { TestPlane } from "../support/plane.js";
import { countChanges, type Config } from "../support/pulumi.js";
import { until } from "../support/until.js";
import { forgetCalls, inventory, mutations, names, newPlane, newStack, output, putAway } from "./lab.js";

const EXAMPLES = resolve(__dirname, "../../examples");
/** By the program, and by what the live objects say. That a refresh alone finds no difference, test/engine/lifecycles.test.ts asks of every class. */
const NOTHING_TO_DO = ["--refresh", "--expect-no-changes"];

let plane: TestPlane;

jest.setTimeout(120_000);
afterAll(putAway, 60_000);

beforeAll(async () => {
  plane = await newPlane();
});

const stackOf = (example: string, config: Config = {}) => newStack({ directory: resolve(EXAMPLES, example) }, plane.ready, { config });

test("every example is run here, or by the test of the quickstart, the policy pack, customers' keys, private networks, baselines or gitops", () => {
  expect(readdirSync(EXAMPLES).sort()).toEqual([
    ...["01-quickstart", "02-default-branch", "03-shared-allowlist", "04-rotating-login", "05-production-baseline"],
    ...["06-preview-branches", "07-adopt-existing", "08-many-projects", "09-two-organisations", "10-least-privilege"],
    ...["11-policy-weak", "12-policy-hardened", "13-backups", "14-aws-customer-key", "15-azure-customer-key"],
    ...["16-aws-private-network", "17-azure-private-network", "18-aws-baseline", "19-azure-baseline", "20-audit-export"],
    "gitops",
  ]);
});

test("02-default-branch: up, nothing to do, kept by the protection it declares", async () => {
  const stack = await stackOf("02-default-branch");
  expect(countChanges(await stack.up({ check: true }))).toMatchObject({ create: expect.any(Number) as number });
  const [ledger] = await inventory(plane.api, plane.ready.orgId);
  expect(ledger?.branches.map((branch) => [branch.name, branch.protected])).toEqual([["main", true]]);
  const { project } = await plane.api.ok(ProjectResponse, "GET", `/projects/${ledger?.id ?? ""}`);
  expect(project.settings).toMatchObject({ allowed_ips: { ips: ["203.0.113.0/24"] }, block_vpc_connections: true });
  expect((await stack.up({ args: ["--expect-no-changes"] })).code).toBe(0);

  const kept = await stack.destroy();
  expect(kept.code).not.toBe(0);
  expect(output(kept)).toContain("The control API refuses the change: DELETE");
});

test("03-shared-allowlist: adds its entries beside the others, and takes only them away", async () => {
  const others = ["192.0.2.1", "192.0.2.128/25"];
  const settings = { allowed_ips: { ips: others, protected_branches_only: true } };
  const { project } = await plane.api.project({ name: "by hand", settings });
  const list = async () => (await plane.api.ok(ProjectResponse, "GET", `/projects/${project.id}`)).project.settings?.allowed_ips;
  const stack = await stackOf("03-shared-allowlist", { "palisade-shared-allowlist:projectId": project.id });
  await stack.up({ check: true });
  expect(await list()).toEqual({ ips: [...others, "198.51.100.7", "198.51.100.64/28"], protected_branches_only: true });
  expect((await stack.up({ args: ["--expect-no-changes"] })).code).toBe(0);
  await stack.destroy({ check: true });
  expect(await list()).toEqual({ ips: others, protected_branches_only: true });
});

test("04-rotating-login: a rotation overlaps, and ends with the first up after the overlap", async () => {
  const stack = await stackOf("04-rotating-login");
  const outputs = async () =>
    JSON.parse((await stack.run(["stack", "output", "--json", "--show-secrets"], { check: true })).stdout) as Record<string, string>;
  const rotate = async (config: Config) => {
    await stack.setConfig(config);
    return countChanges(await stack.up({ check: true }));
  };
  await stack.up({ check: true });
  const first = await outputs();
  expect(first).toMatchObject({ login: "orders_app_1", databaseName: "orders" });

  expect(await rotate({ "palisade-rotating-login:rotation": "second" })).toMatchObject({ update: 1 });
  const second = await outputs();
  expect(second).toMatchObject({ login: "orders_app_2", previous: "orders_app_1" });
  expect(second["password"]).not.toBe(first["password"]);
  expect((await stack.up({ args: ["--expect-no-changes"] })).code).toBe(0);

  // Without an overlap it is over: the old password goes, the new one stays.
  expect(await rotate({ "palisade-rotating-login:overlapSeconds": "0" })).toMatchObject({ update: 1 });
  const last = await outputs();
  expect(last).toMatchObject({ login: "orders_app_2", password: second["password"] });
  expect(last).not.toHaveProperty("previous");
});

test("05-production-baseline: up, nothing to do, and what is final stays behind", async () => {
  const stack = await stackOf("05-production-baseline", {
    "palisade-production-baseline:vpcEndpointId": "vpce-0a1b2c3d4e5f67890",
    "palisade-production-baseline:auditor": "auditor@palisade.test",
    "palisade-production-baseline:analyst": "analyst@palisade.test",
  });
  await stack.up({ check: true });
  await stack.up({ args: NOTHING_TO_DO, check: true });
  const { stdout } = await stack.run(["stack", "output", "--json", "--show-secrets"], { check: true });
  const { projectId, pipelineKey, endpointState } = JSON.parse(stdout) as Record<string, string>;
  expect(endpointState).toBe("accepted");
  const pipeline = plane.api.withKey(pipelineKey ?? "");
  expect((await pipeline.call("GET", `/projects/${projectId ?? ""}`)).status).toBe(200);
  expect((await pipeline.call("DELETE", `/projects/${projectId ?? ""}`)).status).toBe(403);
  expect(JSON.stringify(await stack.exportState())).not.toContain(pipelineKey);

  const { branches } = await plane.api.ok(BranchesPage, "GET", `/projects/${projectId ?? ""}/branches`);
  await plane.api.call("PATCH", `/projects/${projectId ?? ""}/branches/${branches[0]?.id ?? ""}`, { branch: { protected: false } });
  await stack.destroy({ check: true });
  const { endpoints } = await plane.api.ok(
    VpcEndpointsResponse,
    "GET",
    `/organizations/${plane.ready.orgId}/vpc/region/aws-eu-central-1/vpc_endpoints`,
  );
  expect(endpoints).toEqual([{ vpc_endpoint_id: "vpce-0a1b2c3d4e5f67890", label: "production" }]);
  expect((await pipeline.call("GET", "/auth")).status).toBe(401);
});

test("06-preview-branches: a branch without rows that Neon itself deletes in time", async () => {
  const { project } = await plane.api.project({ name: "shop" });
  const key = (name: string) => `palisade-preview-branches:${name}`;
  const stack = await stackOf("06-preview-branches", { [key("projectId")]: project.id, [key("opened")]: new Date().toISOString() });
  await stack.up({ check: true });
  expect((await stack.up({ args: ["--expect-no-changes"] })).code).toBe(0);
  const preview = async () =>
    (await plane.api.ok(BranchesPage, "GET", `/projects/${project.id}/branches`)).branches.find(({ name }) => name.startsWith("preview/"));
  expect(await preview()).toMatchObject({ init_source: "schema-only", expires_at: expect.any(String) as string });
  await plane.api.call("POST", "/x-palisade/test/clock", { advanceSeconds: 8 * 86_400 });
  await until("the branch expires", async () => (await preview()) === undefined);
  const refreshed = await stack.refresh({ check: true });
  expect(countChanges(refreshed)).toMatchObject({ delete: 1 });
  await plane.api.call("DELETE", `/projects/${project.id}`);
});

test("07-adopt-existing: the first up takes over and changes nothing", async () => {
  const settings = { allowed_ips: { ips: ["198.51.100.7", "203.0.113.0/24"], protected_branches_only: false } };
  const { project, branch } = await plane.api.project({ name: "billing", region_id: "aws-eu-central-1", settings });
  await plane.api.call("PATCH", `/projects/${project.id}/branches/${branch.id}`, { branch: { protected: true } });
  await plane.api.settled(project.id);
  const stack = await stackOf("07-adopt-existing", { "palisade-adopt-existing:projectId": project.id });
  await forgetCalls(plane.api);
  await stack.up({ check: true });
  expect(await mutations(plane.api)).toEqual([]);
  expect((await stack.up({ args: ["--expect-no-changes"] })).code).toBe(0);
});

test("08-many-projects: every line is a project behind the same walls", async () => {
  const stack = await stackOf("08-many-projects");
  await stack.up({ check: true });
  expect((await stack.up({ args: ["--expect-no-changes"] })).code).toBe(0);
  const found = (await inventory(plane.api, plane.ready.orgId)).filter(({ name }) => ["catalogue", "checkout", "search"].includes(name));
  expect(found.map(({ settings }) => settings?.allowed_ips?.ips?.[0])).toEqual(["203.0.113.0/24", "203.0.113.0/24", "203.0.113.0/24"]);
  expect(found.every(({ branches }) => branches.every((branch) => branch.protected))).toBe(true);
});

test("09-two-organisations: each resource in its own, and neither is touched with the key of the other", async () => {
  const partner = await newPlane();
  const config: Config = {
    "palisade:orgId": plane.ready.orgId,
    "palisade:accounts": { secret: JSON.stringify({ partner: { apiUrl: partner.ready.apiUrl, apiKey: partner.ready.apiKey } }) },
  };
  const stack = await stackOf("09-two-organisations", config);
  await stack.up({ check: true });
  expect((await stack.refresh({ args: ["--expect-no-changes"] })).code).toBe(0);
  expect(await names(partner.api, partner.ready.orgId)).toEqual(["reports", "reports/main", "reports/shared"]);
  expect(await names(plane.api, plane.ready.orgId)).toContain("reports/main");
  expect(await names(plane.api, plane.ready.orgId)).not.toContain("reports/shared");

  const swapped = { partner: { apiUrl: plane.ready.apiUrl, apiKey: plane.ready.apiKey } };
  await stack.setConfig({ "palisade:accounts": { secret: JSON.stringify(swapped) } });
  // With the program: a plain refresh goes on with the configuration of the last up.
  const refused = await stack.refresh({ args: ["--run-program"] });
  expect(refused.code).not.toBe(0);
  expect(output(refused)).toContain("PAL_ORIGIN");
  await stack.setConfig(config);
  await stack.destroy({ args: ["--run-program"], check: true });
  expect(await names(partner.api, partner.ready.orgId)).toEqual([]);
});

test("10-least-privilege: roles made by SQL, through the proxy of the plane, and nothing to do afterwards", async () => {
  const real = await newPlane({ computes: "postgres", proxyPort: 0 });
  const stack = await newStack({ directory: resolve(EXAMPLES, "10-least-privilege") }, real.ready, {
    config: { "palisade-least-privilege:runner": "127.0.0.1" },
  });
  await stack.up({ check: true });
  await stack.up({ args: NOTHING_TO_DO, check: true });
  const { stdout } = await stack.run(["stack", "output", "--json", "--show-secrets"], { check: true });
  const { projectId = "", intakePassword = "" } = JSON.parse(stdout) as Record<string, string>;
  const { endpoints } = await real.api.ok(EndpointsResponse, "GET", `/projects/${projectId}/endpoints`);
  const intake = { endpointId: endpoints[0]?.id ?? "", role: "intake", password: intakePassword, database: "neondb" };
  expect(await outcome(real, intake)).toBe("admitted");
  expect(await outcome(real, intake, "CREATE TABLE public.mine (n int)")).toBe("permission denied for schema public");
  expect(JSON.stringify(await stack.exportState())).not.toContain(intakePassword);
});

test("13-backups: a snapshot and a schedule, which only a program that says so can end", async () => {
  const stack = await stackOf("13-backups");
  await stack.up({ check: true });
  expect((await stack.refresh({ args: ["--expect-no-changes"] })).code).toBe(0);
  const shop = (await inventory(plane.api, plane.ready.orgId)).find(({ name }) => name === "shop");
  const path = `/projects/${shop?.id ?? ""}`;
  const { snapshots } = await plane.api.ok(SnapshotsResponse, "GET", `${path}/snapshots`);
  expect(snapshots.map(({ name, manual }) => [name, manual])).toEqual([["before the migration", true]]);
  const schedule = `${path}/branches/${shop?.branches[0]?.id ?? ""}/backup_schedule`;
  expect(await plane.api.ok(BackupSchedule, "GET", schedule)).toEqual({
    schedule: [{ frequency: "daily", hour: 3, retention_seconds: 3_024_000 }],
  });

  const kept = await stack.destroy();
  expect(kept.code).not.toBe(0);
  expect(output(kept)).toContain("PAL_BACKUP_RETENTION");
  expect((await plane.api.ok(BackupSchedule, "GET", schedule)).schedule).toHaveLength(1);
});

test("20-audit-export: an export that signs what it sends, nothing to do, ended by a destroy", async () => {
  const stack = await stackOf("20-audit-export");
  await stack.up({ check: true });
  const path = `/x-palisade/organizations/${plane.ready.orgId}/audit_exports`;
  const list = async () => (await plane.api.ok(AuditExports, "GET", path)).audit_exports;
  expect(await list()).toMatchObject([{ name: "siem", format: "ocsf", enabled: true, sink: { type: "webhook" } }]);
  const said = await stack.run(["stack", "output", "--json"], { check: true });
  expect(JSON.parse(said.stdout)).toMatchObject({ signingSecret: "[secret]" });
  // A receiver that is not reached is no change of the program.
  await until("the export to fail", async () => (await list())[0]?.state === "failing");
  await stack.up({ args: NOTHING_TO_DO, check: true });
  await stack.destroy({ check: true });
  expect(await list()).toEqual([]);
});
