import { ApiKeys } from "@palisade/neon/contract/wire/apiKey";
import { LONGEST_NAME } from "../../../provider/resources/apiKey/schema.js";
import { fromTaggedName, toTaggedName } from "../../../provider/resources/apiKey/wire.js";
import { startProviderProcess } from "../../../tools/reliability/providerProcess.js";
import { hostOf } from "./host.js";

const host = hostOf("ApiKey");
const STACK_ID = "5f0c7a52-0f0e-4a5e-9a53-3a2f2ad0c001";

const wanted = (more: Record<string, unknown> = {}) =>
  host
    .checked({ branchId: undefined, name: "ci", projectId: host.projectId, ...more })
    .then((inputs) => ({ ...inputs, managedBy: `urn:${host.projectId}` }));
const keys = async () =>
  (await host.plane.api.ok(ApiKeys, "GET", `/organizations/${host.plane.ready.orgId}/api_keys`)).filter(
    ({ project_id }) => project_id === host.projectId,
  );
const processOf = (stackId?: string, apiKey = host.plane.ready.apiKey) =>
  startProviderProcess({ ...host.plane.ready, apiKey }, { stackId }).hooks.ApiKey;

it("is told once, works for its project alone, and is revoked", async () => {
  const { id, outs } = await host.hooks.create(await wanted());
  const mine = host.plane.api.withKey(outs["key"] as string);
  expect((await mine.call("GET", `/projects/${host.projectId}`)).status).toBe(200);
  expect((await mine.call("POST", "/projects", { project: {} })).status).toBe(403);
  const read = await host.hooks.read(id, outs);
  expect(read.props["key"]).toBe(outs["key"]);
  expect(read.inputs).toMatchObject({ name: "ci", scope: "project" });
  await host.hooks.delete(id, outs);
  expect((await mine.call("GET", `/projects/${host.projectId}`)).status).toBe(401);
  expect(await host.hooks.read(id, outs)).toEqual({ id: "", props: {} });
});

it("whose telling was lost is revoked and made anew in the same call: one key is left, and it is known", async () => {
  await host.plane.api.call("POST", "/x-palisade/test/faults", {
    method: "POST",
    path: "/organizations/*/api_keys",
    kind: "lost-after",
    times: 1,
  });
  const { outs } = await host.hooks.create(await wanted());
  expect((await host.plane.api.withKey(outs["key"] as string).call("GET", `/projects/${host.projectId}`)).status).toBe(200);
  expect(await keys()).toHaveLength(1);
});

it("left by a run that died is revoked by the next one of the same stack, and by no other", async () => {
  const inputs = await wanted();
  const orphan = await processOf(STACK_ID).create(inputs);
  const another = await processOf("0d7c4a52-0f0e-4a5e-9a53-3a2f2ad0c002").create(inputs);
  expect(await keys()).toHaveLength(2);
  const mine = await processOf(STACK_ID).create(inputs);
  expect((await keys()).map(({ id }) => `${host.plane.ready.orgId}/${id}`).sort()).toEqual([another.id, mine.id].sort());
  expect((await host.plane.api.withKey(orphan.outs["key"] as string).call("GET", "/auth")).status).toBe(401);
  await expect(processOf().create(inputs)).rejects.toThrow("PAL_LEFTOVER");
});

it("is not revoked by a command that runs with it", async () => {
  const { id, outs } = await host.hooks.create(await wanted({ scope: "personal", projectId: undefined }));
  await expect(processOf(undefined, outs["key"] as string).delete(id, outs)).rejects.toThrow("PAL_KEY_IN_USE");
  await host.hooks.delete(id, outs);
});

it("of an organisation is refused before the call without a personal key", async () => {
  const { outs } = await host.hooks.create(await wanted({ scope: "organization", projectId: undefined }));
  await expect(processOf(undefined, outs["key"] as string).create(await wanted())).rejects.toThrow("PAL_PERSONAL_KEY");
});

it("carries its mark behind its name", () => {
  const mark = { managedBy: "urn:pulumi:dev::shop::X::k", stackId: STACK_ID, nonce: "0123456789abcdef" };
  const name = "x".repeat(LONGEST_NAME);
  expect(toTaggedName(name, mark)).toHaveLength(64);
  expect(fromTaggedName(toTaggedName(name, mark), mark)).toEqual({ name, ownershipTag: mark });
  expect(fromTaggedName(toTaggedName(name, { ...mark, stackId: undefined }), mark).ownershipTag).toEqual({ ...mark, stackId: undefined });
  expect(fromTaggedName(toTaggedName(name, mark), { managedBy: "urn:other", stackId: "another" }).ownershipTag).not.toMatchObject({
    managedBy: mark.managedBy,
  });
  expect(fromTaggedName("by hand", mark)).toEqual({ name: "by hand" });
});
