import { EndpointsResponse } from "@palisade/neon/contract/wire/endpoint";
import { ProjectResponse } from "@palisade/neon/contract/wire/project";
import { type ProviderProcess, startProviderProcess } from "../../../tools/reliability/providerProcess.js";
import { sharedPlane } from "../../support/plane.js";

/** The compute that a project is born with, declared where the project is made. */

const plane = sharedPlane({ operationTimeMs: 0 });
let hooks: ProviderProcess["hooks"];
beforeAll(() => {
  ({ hooks } = startProviderProcess(plane.ready));
});
type Bag = Record<string, unknown>;

const program = (compute: Bag | undefined, more: Bag = {}): Bag => ({
  name: "sized",
  regionId: "aws-eu-central-1",
  network: { allow: "nobody" },
  managedBy: "urn:sized",
  ...(compute && { defaultBranch: { compute } }),
  ...more,
});

async function computes(projectId: string) {
  const { endpoints } = await plane.api.ok(EndpointsResponse, "GET", `/projects/${projectId}/endpoints`);
  return endpoints.map((one) => ({
    id: one.id,
    min: one.autoscaling_limit_min_cu,
    max: one.autoscaling_limit_max_cu,
    suspend: one.suspend_timeout_seconds,
    disabled: one.disabled,
  }));
}

async function update(id: string, outs: Bag, args: Bag): Promise<Bag> {
  const { inputs, failures } = await hooks.Project.check(outs, args);
  expect(failures).toEqual([]);
  return (await hooks.Project.update(id, outs, inputs)).outs;
}

it("has the size, the suspension and the switch that are declared of it, at once and after a change", async () => {
  const defaults = { computeDefaults: { minCu: 0.5, maxCu: 2 } };
  const { id, outs } = await hooks.Project.create(program({ minCu: 1, maxCu: 4, suspendTimeoutSeconds: 120 }, defaults));
  expect(await computes(id)).toEqual([{ id: outs["endpointId"], min: 1, max: 4, suspend: 120, disabled: false }]);
  const second = await update(id, outs, program({ maxCu: 8, disabled: true }, defaults));
  expect(await computes(id)).toEqual([{ id: outs["endpointId"], min: 1, max: 8, suspend: 120, disabled: true }]);
  expect(second).toMatchObject({ defaultBranch: { compute: { maxCu: 8, disabled: true } }, endpointId: outs["endpointId"] });
  await update(id, second, program({ disabled: false }, defaults));
  expect(await computes(id)).toMatchObject([{ max: 8, disabled: false }]);
});

it("has what `computeDefaults` says where nothing is declared of it, and keeps it when they change", async () => {
  const { id, outs } = await hooks.Project.create(program(undefined, { computeDefaults: { minCu: 0.5, maxCu: 2 } }));
  await update(id, outs, program(undefined, { computeDefaults: { minCu: 0.5, maxCu: 4 } }));
  expect(await computes(id)).toMatchObject([{ min: 0.5, max: 2 }]);
});

it("is born disabled, with private endpoints as they are at Neon", async () => {
  const network = { allow: "listed", ranges: ["192.0.2.1"] };
  const { id, outs } = await hooks.Project.create(program({ disabled: true }, { network }));
  expect(outs).toMatchObject({ network, defaultBranch: { compute: { disabled: true } } });
  const { project } = await plane.api.ok(ProjectResponse, "GET", `/projects/${id}`);
  expect(project.settings).toMatchObject({ block_public_connections: false, block_vpc_connections: false });
});

it("that somebody changed shows at the next refresh, and the next update brings it back", async () => {
  const args = program({ maxCu: 4 });
  const { id, outs } = await hooks.Project.create(args);
  const path = `/projects/${id}/endpoints/${String(outs["endpointId"])}`;
  await plane.api.call("PATCH", path, { endpoint: { autoscaling_limit_max_cu: 2 } });
  await plane.api.settled(id);
  const { props } = await hooks.Project.read(id, outs);
  expect(props).toMatchObject({ defaultBranch: { compute: { maxCu: 2 } } });
  await update(id, props, args);
  expect(await computes(id)).toMatchObject([{ max: 4 }]);
  await plane.api.settled(id);
  await plane.api.call("DELETE", path);
  await plane.api.settled(id);
  const made = await update(id, outs, program({ maxCu: 1 }));
  expect(await computes(id)).toMatchObject([{ id: made["endpointId"], max: 1 }]);
  expect(made["connectionUri"]).toContain(String(made["endpointId"]));
});
