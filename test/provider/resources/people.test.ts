import type { Kind } from "../../../provider/resources/index.js";
import { type ProviderProcess, startProviderProcess } from "../../../tools/reliability/providerProcess.js";
import { sharedPlane } from "../../support/plane.js";

const plane = sharedPlane({ seed: { users: [{ name: "Mona", email: "mona@palisade.test", role: "editor" }] } });
let provider: ProviderProcess["hooks"];

beforeAll(startAnew);

/** A new process of the provider. */
function startAnew(): void {
  provider = startProviderProcess(plane.ready).hooks;
}

async function up(kind: Kind, args: Record<string, unknown>) {
  const { inputs, failures } = await provider[kind].check({}, { managedBy: "urn:x", ...args });
  expect(failures).toEqual([]);
  return { inputs, ...(await provider[kind].create(inputs)) };
}

describe("a member of the organisation", () => {
  const mona = { email: "mona@palisade.test", role: "editor" };

  it("who exists is adopted, changed and removed", async () => {
    await expect(up("OrganizationMember", mona)).rejects.toThrow("PAL_NAME_HELD");
    const id = `${plane.ready.orgId}/${mona.email}`;
    const { inputs, outs } = await up("OrganizationMember", { ...mona, adopt: id });
    expect(outs).toMatchObject({ state: "member" });
    startAnew();
    const changed = await provider.OrganizationMember.update(id, outs, { ...inputs, role: "viewer" });
    expect((await provider.OrganizationMember.read(id, changed.outs)).inputs).toMatchObject({ role: "viewer" });
    await provider.OrganizationMember.delete(id, changed.outs);
    expect(await provider.OrganizationMember.read(id, changed.outs)).toEqual({ id: "", props: {} });
  });

  it("who is new is invited; an invitation can be changed and not be taken back", async () => {
    const { id, inputs, outs } = await up("OrganizationMember", { email: "ada@palisade.test", role: "viewer" });
    expect(outs).toMatchObject({ state: "invited" });
    await provider.OrganizationMember.update(id, outs, { ...inputs, role: "editor" });
    expect((await provider.OrganizationMember.read(id, outs)).inputs).toMatchObject({ role: "editor" });
    await expect(provider.OrganizationMember.delete(id, outs)).rejects.toThrow("PAL_INVITED");
  });

  it("is never the last administrator to go", async () => {
    const { body } = await plane.api.call("GET", "/users/me");
    const { email } = body as { email: string };
    const id = `${plane.ready.orgId}/${email}`;
    const { outs } = await up("OrganizationMember", { email, role: "admin", adopt: id });
    startAnew();
    await expect(provider.OrganizationMember.delete(id, outs)).rejects.toThrow("PAL_REFUSED");
  });
});

describe("a permission for a project", () => {
  it("is given, has a level for members alone, and is taken away", async () => {
    const { project } = await plane.api.project();
    const { email } = (await plane.api.call("GET", "/users/me")).body as { email: string };
    const { id, inputs, outs } = await up("ProjectPermission", { projectId: project.id, email, level: "viewer" });
    expect((await provider.ProjectPermission.read(id, outs)).inputs).toMatchObject({ email, level: "viewer" });
    const changed = await provider.ProjectPermission.update(id, outs, { ...inputs, level: "editor" });
    expect((await provider.ProjectPermission.read(id, changed.outs)).inputs).toMatchObject({ level: "editor" });
    await provider.ProjectPermission.delete(id, changed.outs);
    expect(await provider.ProjectPermission.read(id, changed.outs)).toEqual({ id: "", props: {} });
    await expect(up("ProjectPermission", { projectId: project.id, email: "guest@palisade.test", level: "viewer" })).rejects.toThrow(
      "PAL_NOT_A_MEMBER",
    );
  });
});

describe("a provider of tokens", () => {
  it("is trusted, and no longer", async () => {
    const { project, branch } = await plane.api.project();
    const args = { projectId: project.id, jwksUrl: "https://keys.palisade.test/jwks", providerName: "palisade" };
    const { id, outs } = await up("JwksUrl", args);
    await expect(up("JwksUrl", args)).rejects.toThrow("PAL_NAME_HELD");
    await up("JwksUrl", { ...args, branchId: branch.id, roleNames: ["reader", "writer"], audience: "palisade" });
    expect((await provider.JwksUrl.read(id, outs)).inputs).toMatchObject({ providerName: "palisade" });
    await provider.JwksUrl.delete(id, outs);
    expect(await provider.JwksUrl.read(id, outs)).toEqual({ id: "", props: {} });
  });
});

describe("a VPC endpoint of the organisation", () => {
  const args = { regionId: "aws-eu-central-1", vpcEndpointId: "vpce-0a1b2c3d4e5f67890", label: "production" };

  it("is assigned, waited for, renamed, and kept when the resource goes", async () => {
    const { id, inputs, outs } = await up("PrivateEndpoint", { ...args, waitForAccepted: true });
    expect(id).toBe(`${plane.ready.orgId}/aws-eu-central-1/vpce-0a1b2c3d4e5f67890`);
    expect(outs).toMatchObject({ state: "accepted", restrictedProjectCount: 0 });
    const renamed = await provider.PrivateEndpoint.update(id, outs, { ...inputs, label: "staging" });
    await provider.PrivateEndpoint.delete(id, renamed.outs);
    expect((await provider.PrivateEndpoint.read(id, renamed.outs)).inputs).toMatchObject({ label: "staging" });
  });

  it("goes for ever with release, and not while a project is restricted to it", async () => {
    const released = { ...args, vpcEndpointId: "vpce-0a1b2c3d4e5f67891", release: true };
    const { id, outs } = await up("PrivateEndpoint", released);
    const { project } = await plane.api.project({ region_id: "aws-eu-central-1" });
    const restriction = await up("VpcEndpointRestriction", { projectId: project.id, vpcEndpointId: released.vpcEndpointId });
    expect((await provider.PrivateEndpoint.read(id, outs)).props).toMatchObject({ restrictedProjectCount: 1 });
    await expect(provider.PrivateEndpoint.delete(id, outs)).rejects.toThrow("PAL_REFUSED");
    await expect(provider.VpcEndpointRestriction.delete(restriction.id, restriction.outs)).rejects.toThrow("PAL_LAST_RESTRICTION");
    await provider.VpcEndpointRestriction.delete(restriction.id, { ...restriction.outs, allowAll: true });
    await provider.PrivateEndpoint.delete(id, outs);
    expect(await provider.PrivateEndpoint.read(id, outs)).toEqual({ id: "", props: {} });
    await expect(up("PrivateEndpoint", released)).rejects.toThrow("cannot be assigned again");
  });
});
