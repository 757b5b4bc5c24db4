import { readdirSync } from "node:fs";
import { resolve } from "node:path";
import { BranchesPage } from "@palisade/neon/contract/wire/branch";
import { ProjectResponse } from "@palisade/neon/contract/wire/project";
import { VpcEndpointsResponse } from "@palisade/neon/contract/wire/vpcEndpoint";
import type { TestPlane } from "../support/plane.js";
import { changes, type Config } from "../support/pulumi.js";
import { inventory, names, newPlane, newStack, output, putAway } from "./lab.js";

const EXAMPLES = resolve(__dirname, "../../examples");

let plane: TestPlane;

jest.setTimeout(120_000);
afterAll(putAway, 60_000);

beforeAll(async () => {
  plane = await newPlane();
});

const stackOf = (example: string, config: Config = {}) => newStack({ directory: resolve(EXAMPLES, example) }, plane.ready, { config });

test("every example is run here, or by the test of the quickstart", () => {
  expect(readdirSync(EXAMPLES).sort()).toEqual([
    "01-quickstart",
    "02-default-branch",
    "03-shared-allowlist",
    "04-rotating-login",
    "05-production-baseline",
  ]);
});

test("02-default-branch: up, nothing to do, kept by the protection it declares", async () => {
  const stack = await stackOf("02-default-branch");
  expect(changes(await stack.up({ check: true }))).toMatchObject({ create: expect.any(Number) as number });
  const [ledger] = await inventory(plane.api, plane.ready.orgId);
  expect(ledger?.branches.map((branch) => [branch.name, branch.protected])).toEqual([["main", true]]);
  const { project } = await plane.api.ok(ProjectResponse, "GET", `/projects/${ledger?.id ?? ""}`);
  expect(project.settings).toMatchObject({ allowed_ips: { ips: ["203.0.113.0/24"] }, block_vpc_connections: true });
  expect((await stack.up({ args: ["--expect-no-changes"] })).code).toBe(0);

  const kept = await stack.destroy();
  expect(kept.code).not.toBe(0);
  expect(output(kept)).toContain("The control API refuses the change: DELETE");
  await plane.api.call("PATCH", `/projects/${project.id}/branches/${ledger?.branches[0]?.id ?? ""}`, { branch: { protected: false } });
  await stack.destroy({ check: true });
  expect(await names(plane.api, plane.ready.orgId)).toEqual([]);
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
    return changes(await stack.up({ check: true }));
  };
  await stack.up({ check: true });
  expect((await stack.up({ args: ["--expect-no-changes"] })).code).toBe(0);
  const first = await outputs();
  expect(first).toMatchObject({ login: "orders_app_1", databaseName: "orders" });

  expect(await rotate({ "palisade-rotating-login:rotation": "second" })).toMatchObject({ update: 1 });
  const second = await outputs();
  expect(second).toMatchObject({ login: "orders_app_2", previous: "orders_app_1" });
  expect(second["password"]).not.toBe(first["password"]);
  expect((await stack.up({ args: ["--expect-no-changes"] })).code).toBe(0);

  // Without an overlap it is over: the old password goes, the new one stays.
  expect(await rotate({ "palisade-rotating-login:overlapSeconds": "0" })).toMatchObject({ update: 1 });
  expect(await outputs()).toMatchObject({ login: "orders_app_2", password: second["password"] });
  expect(await outputs()).not.toHaveProperty("previous");
  await stack.destroy({ check: true });
});

test("05-production-baseline: up, nothing to do, and what is final stays behind", async () => {
  const stack = await stackOf("05-production-baseline", {
    "palisade-production-baseline:vpcEndpointId": "vpce-0a1b2c3d4e5f67890",
    "palisade-production-baseline:auditor": "auditor@palisade.test",
    "palisade-production-baseline:analyst": "analyst@palisade.test",
  });
  await stack.up({ check: true });
  expect((await stack.up({ args: ["--expect-no-changes"] })).code).toBe(0);
  expect((await stack.refresh({ args: ["--expect-no-changes"] })).code).toBe(0);
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
