import type { Kind } from "../../../provider/resources/index.js";
import { type ProviderProcess, startProviderProcess } from "../../../tools/reliability/providerProcess.js";
import { sharedPlane } from "../../support/plane.js";

/** Nothing that closes the last way in is sent before another way is known to work, or the program says that nobody is to get in. */
const plane = sharedPlane({ operationTimeMs: 0 });
const [ONE, TWO] = ["aws-eu-central-1", "aws-us-east-1"];
let provider: ProviderProcess["hooks"];
let next = 0;

beforeEach(() => {
  provider = startProviderProcess(plane.ready).hooks;
});

/** What the program's update comes to, from the inputs before. */
async function up(kind: Kind, args: Record<string, unknown>) {
  const { inputs, failures } = await provider[kind].check({}, { managedBy: `urn:${kind}-${next++}`, ...args });
  expect(failures).toEqual([]);
  return { inputs, ...(await provider[kind].create(inputs)) };
}

const vpce = () => `vpce-0a1b2c3d4e5f${String(++next).padStart(5, "0")}`;
const decide = (id: string, becomes: string) => plane.api.call("POST", "/x-palisade/test/vpc_endpoints", { vpc_endpoint_id: id, becomes });

async function assigned(regionId: string, becomes = "accepted"): Promise<string> {
  const id = vpce();
  await decide(id, becomes);
  const path = `/organizations/${plane.ready.orgId}/vpc/region/${regionId}/vpc_endpoints/${id}`;
  expect((await plane.api.call("POST", path, { label: "" })).status).toBe(200);
  return id;
}

async function clear(): Promise<void> {
  // An endpoint that a project is restricted to is not removed.
  const { projects } = (await plane.api.call("GET", `/projects?org_id=${plane.ready.orgId}&limit=400`)).body as {
    projects: { id: string }[];
  };
  for (const { id } of projects) await plane.api.call("DELETE", `/projects/${id}`);
  const { body } = await plane.api.call("GET", `/organizations/${plane.ready.orgId}/vpc/vpc_endpoints`);
  for (const { region_id, vpc_endpoint_id } of (body as { endpoints: { region_id: string; vpc_endpoint_id: string }[] }).endpoints)
    await plane.api.call("DELETE", `/organizations/${plane.ready.orgId}/vpc/region/${region_id}/vpc_endpoints/${vpc_endpoint_id}`);
}

const listed = { allow: "listed", ranges: ["203.0.113.0/24"] };
const nobody = { allow: "nobody" };

async function blocked(regionId: string, more: object = {}): Promise<{ error?: string; settings: unknown }> {
  const name = `shop-${next++}`;
  const { id, inputs, outs } = await up("Project", { name, regionId, network: listed });
  const error = await provider.Project.update(id, outs, { ...inputs, network: { ...nobody, ...more } }).then(
    () => undefined,
    (reason: unknown) => (reason as Error).message,
  );
  const { body } = await plane.api.call("GET", `/projects/${id}`);
  const { settings } = (body as { project: { settings: unknown } }).project;
  return { settings, ...(error !== undefined && { error }) };
}

const OPEN = { block_public_connections: false };
const messageOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (reason: unknown) => (reason as Error).message,
  );
const settingsOf = async (id: string) => {
  const { body } = await plane.api.call("GET", `/projects/${id}`);
  return (body as { project: { settings: unknown } }).project.settings;
};
const restrictTo = (id: string, endpoint: string) => up("VpcEndpointRestriction", { projectId: id, vpcEndpointId: endpoint });

describe("what is left after an update is judged", () => {
  beforeEach(clear);

  it.each(["Project", "IpAllowlist"] as const)("both ways are not closed by %s, at once or one after the other", async (kind) => {
    await assigned(ONE);
    const { id, inputs, outs } = await up("Project", {
      name: `shop-${next++}`,
      regionId: ONE,
      network: kind === "Project" ? listed : { allow: "managedSeparately" },
    });
    const list = kind === "Project" ? undefined : await up("IpAllowlist", { projectId: id, ...listed });
    const update = (network: object) =>
      list
        ? messageOf(provider.IpAllowlist.update(list.id, list.outs, { ...list.inputs, ranges: undefined, ...network }))
        : messageOf(provider.Project.update(id, outs, { ...inputs, network }));
    expect(await update({ ...nobody, privateEndpoints: "blocked" })).toMatch(/private endpoints are blocked, too.*PAL_LOCK_OUT/);
    expect(await settingsOf(id)).toMatchObject(OPEN);
    expect(await update({ ...nobody, privateEndpoints: "allowed" })).toBeUndefined();
    expect(await update({ ...nobody, privateEndpoints: "blocked" })).toContain("PAL_LOCK_OUT");
    expect(await settingsOf(id)).toMatchObject({ block_vpc_connections: false });
    expect(await update({ ...nobody, privateEndpoints: "blocked", acceptLockOut: true })).toBeUndefined();
  });

  it("private endpoints that the same update lets in count", async () => {
    await assigned(ONE);
    const { id, inputs, outs } = await up("Project", {
      name: `shop-${next++}`,
      regionId: ONE,
      network: { ...listed, privateEndpoints: "blocked" },
    });
    expect(
      await messageOf(provider.Project.update(id, outs, { ...inputs, network: { ...nobody, privateEndpoints: "allowed" } })),
    ).toBeUndefined();
  });

  it("the only restriction that leads in is not lifted while public access is blocked", async () => {
    const accepted = await assigned(ONE);
    const { id, inputs, outs } = await up("Project", { name: `shop-${next++}`, regionId: ONE, network: listed });
    const first = await restrictTo(id, accepted);
    await provider.Project.update(id, outs, { ...inputs, network: nobody });
    await restrictTo(id, await assigned(ONE, "never"));
    expect(await messageOf(provider.VpcEndpointRestriction.delete(first.id, first.outs))).toMatch(/only accepted.*PAL_LOCK_OUT/);
    const other = await restrictTo(id, await assigned(ONE));
    expect(await messageOf(provider.VpcEndpointRestriction.delete(first.id, first.outs))).toBeUndefined();
    expect(other.id).toContain(id);
  });

  it.each(["/projects/:project_id", "/projects/:project_id/vpc_endpoints"])("what cannot be read is no proof: %s", async (path) => {
    await assigned(ONE);
    const { id, inputs, outs } = await up("Project", { name: `shop-${next++}`, regionId: ONE, network: listed });
    const asked = new RegExp(`${path.replaceAll(/:\w+/g, "[^/]+")}$`);
    const real = globalThis.fetch;
    let looks = 0;
    globalThis.fetch = async (input, init) => {
      const url = new URL(input instanceof Request ? input.url : input);
      const isAsked = asked.test(url.pathname) && (init?.method ?? "GET") === "GET";
      // The first look of an update at its project is the engine's own.
      if (isAsked && (path.endsWith("vpc_endpoints") || looks++ > 0))
        return Response.json({ code: "", message: "not found" }, { status: 404 });
      return real(input, init);
    };
    const message = await messageOf(provider.Project.update(id, outs, { ...inputs, network: nobody })).finally(() => {
      globalThis.fetch = real;
    });
    expect(message).toContain("PAL_LOCK_OUT");
    expect(await settingsOf(id)).toMatchObject(OPEN);
  });
});

describe("public access", () => {
  beforeEach(clear);

  it("is not blocked where no private endpoint is accepted, and what is missing is said, endpoint by endpoint", async () => {
    const none = await blocked(ONE);
    expect(none.settings).toMatchObject(OPEN);
    expect(none.error).toMatch(/0 of 1 endpoint services of aws-eu-central-1 has an accepted private endpoint.*\[PAL_LOCK_OUT\]/s);
    const rejected = await assigned(ONE, "rejected");
    expect((await blocked(ONE)).error).toContain(`${rejected} is rejected`);
  });

  it("is blocked once there is one for every endpoint service of the region", async () => {
    await assigned(ONE);
    expect(await blocked(ONE)).toEqual({ settings: expect.objectContaining({ block_public_connections: true }) as unknown });
    await assigned(TWO);
    expect((await blocked(TWO)).error).toContain("1 of 2 endpoint services of aws-us-east-1 have an accepted private endpoint");
    await assigned(TWO);
    expect((await blocked(TWO)).error).toBeUndefined();
  });

  it("is blocked with acceptLockOut, and not where private endpoints are blocked, too", async () => {
    expect((await blocked(ONE, { acceptLockOut: true })).error).toBeUndefined();
  });

  it("may be declared closed from the beginning, and stay so", async () => {
    const { id, inputs, outs } = await up("Project", { name: `shop-${next++}`, regionId: ONE, network: nobody });
    await provider.Project.update(id, outs, { ...inputs, name: "closed", network: { ...nobody, privateEndpoints: "blocked" } });
  });

  it("is guarded in a list of its own just as well", async () => {
    const { id } = await up("Project", { name: `shop-${next++}`, regionId: ONE, network: { allow: "managedSeparately" } });
    const list = await up("IpAllowlist", { projectId: id, ...listed });
    const update = (more: object) =>
      provider.IpAllowlist.update(list.id, list.outs, { ...list.inputs, ranges: undefined, ...nobody, ...more });
    await expect(update({})).rejects.toThrow("PAL_LOCK_OUT");
    await update({ acceptLockOut: true });
  });
});

describe("the first restriction", () => {
  beforeEach(clear);

  it("is not made to an endpoint that is not accepted, nor while a service of the region has none", async () => {
    const { id: projectId } = await up("Project", { name: `shop-${next++}`, regionId: TWO, network: listed });
    const [first, waiting] = [await assigned(TWO), await assigned(TWO, "never")];
    await expect(up("VpcEndpointRestriction", { projectId, vpcEndpointId: first })).rejects.toThrow("1 of 2 endpoint services");
    const second = await assigned(TWO);
    await expect(up("VpcEndpointRestriction", { projectId, vpcEndpointId: waiting })).rejects.toThrow(`${waiting} is new`);
    await up("VpcEndpointRestriction", { projectId, vpcEndpointId: first });
    // The project is restricted to one of two by now.
    const { body } = await plane.api.call("GET", `/projects/${projectId}`);
    expect(body).toMatchObject({ project: { id: projectId } });
    await up("VpcEndpointRestriction", { projectId, vpcEndpointId: second });
  });

  it("is made with acceptLockOut", async () => {
    const { id: projectId } = await up("Project", { name: `shop-${next++}`, regionId: ONE, network: listed });
    const waiting = await assigned(ONE, "never");
    await up("VpcEndpointRestriction", { projectId, vpcEndpointId: waiting, acceptLockOut: true });
  });
});

describe("an endpoint that is waited for", () => {
  const declare = (vpcEndpointId: string) => up("PrivateEndpoint", { regionId: ONE, vpcEndpointId, waitForAccepted: true });

  it.each(["rejected", "failed"] as const)("ends the wait at once when it is %s, with the reason", async (becomes) => {
    await clear();
    const id = vpce();
    await plane.api.call("POST", "/x-palisade/test/vpc_endpoints", { vpc_endpoint_id: id, becomes, reason: "no such service" });
    await expect(declare(id)).rejects.toThrow(`${id} is ${becomes}: no such service`);
  });

  it("that was removed before is refused in the API's words, and not tried again", async () => {
    await clear();
    const { id, outs, inputs } = await declare(vpce());
    await provider.PrivateEndpoint.delete(id, { ...outs, release: true });
    // Gone by now: nothing is left to do.
    await provider.PrivateEndpoint.delete(id, { ...outs, release: true });
    const [, , endpointId = ""] = id.split("/");
    await expect(declare(endpointId)).rejects.toThrow(`VPC endpoint was removed and cannot be assigned again: ${endpointId}`);
    expect(inputs).toMatchObject({ vpcEndpointId: endpointId });
  });
});

test("an endpoint of Azure is assigned where the plane is embedded, and refused at check where the host is Neon's", async () => {
  const args = { regionId: "azure-gwc", azureResourceGuid: "6f1f2c1e-6a2f-4f5e-9f0a-2d1f5f0c7a11" };
  const { id, outs } = await up("PrivateEndpoint", { ...args, waitForAccepted: true });
  expect(id.endsWith("/azure-gwc/6f1f2c1e-6a2f-4f5e-9f0a-2d1f5f0c7a11")).toBe(true);
  expect(outs).toMatchObject({ state: "accepted", azureResourceGuid: args.azureResourceGuid });
  const atNeon = startProviderProcess({ ...plane.ready, apiUrl: "https://console.neon.tech/api/v2" }).hooks;
  const { failures } = await atNeon.PrivateEndpoint.check({}, { managedBy: "urn:x", ...args });
  expect(failures).toMatchObject([{ reason: expect.stringContaining("PAL_EXTENSION") as string }]);
  const aws = await atNeon.PrivateEndpoint.check({}, { managedBy: "urn:x", regionId: ONE, vpcEndpointId: "vpce-0a1b2c3d4e5f67890" });
  expect(aws.failures).toEqual([]);
});
