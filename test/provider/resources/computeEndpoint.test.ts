import { EndpointsResponse } from "@palisade/neon/contract/wire/endpoint";
import { fromTagName, toTagName } from "../../../provider/resources/shared/ownershipTagName.js";
import { startProviderProcess } from "../../../tools/reliability/providerProcess.js";
import { hostOf } from "./host.js";

const host = hostOf("ComputeEndpoint");
const STACK_ID = "5f0c7a52-0f0e-4a5e-9a53-3a2f2ad0c001";

const replicas = async () => {
  const { endpoints } = await host.plane.api.ok(EndpointsResponse, "GET", `/projects/${host.projectId}/endpoints`);
  return endpoints.filter(({ type }) => type === "read_only");
};

it("is made with its settings, changes them, and goes", async () => {
  const inputs = await host.checked({ type: "read_only", maxCu: 2, settings: { pgSettings: { work_mem: "8MB" } } });
  const { id, outs } = await host.hooks.create(inputs);
  expect(outs).toMatchObject({ host: "localhost", pooledHost: "localhost" });
  expect((await host.hooks.read(id, outs)).inputs).toMatchObject({ type: "read_only", maxCu: 2 });
  await host.hooks.update(id, outs, { ...inputs, disabled: true, suspendTimeoutSeconds: "never" });
  expect(await replicas()).toMatchObject([
    { disabled: true, suspend_timeout_seconds: -1, autoscaling_limit_max_cu: 2, settings: { pg_settings: { work_mem: "8MB" } } },
  ]);
  await host.hooks.delete(id, outs);
  expect(await host.hooks.read(id, outs)).toEqual({ id: "", props: {} });
});

it("leaves alone what the program does not say", async () => {
  const inputs = await host.checked({ type: "read_only" });
  const { id, outs } = await host.hooks.create(inputs);
  await host.plane.api.call("PATCH", `/projects/${host.projectId}/endpoints/${id.split("/")[1] ?? ""}`, { endpoint: { disabled: true } });
  await host.plane.api.settled(host.projectId);
  await host.hooks.update(id, outs, { ...inputs, maxCu: 1 });
  expect(await replicas()).toMatchObject([{ disabled: true, autoscaling_limit_max_cu: 1 }]);
});

it.each(["lost-before", "lost-after"])(
  "is there once when the answer of its creation is lost (%s)",
  async (kind) => {
    await host.plane.api.call("POST", "/x-palisade/test/faults", { method: "POST", path: "/projects/*/endpoints", times: 1, kind });
    const inputs = await host.checked({ type: "read_only" });
    const first = await host.hooks.create(inputs).then(
      () => undefined,
      (error: unknown) => String(error),
    );
    if (kind === "lost-before") {
      expect(first).toContain("PAL_ANSWER_LOST");
      await host.hooks.create(inputs);
    } else expect(first).toBeUndefined();
    expect(await replicas()).toHaveLength(1);
  },
  30_000,
);

it("left by a process that died is taken over by its own stack, and by no other", async () => {
  const processOf = (stackId: string) => startProviderProcess(host.plane.ready, { stackId }).hooks.ComputeEndpoint;
  const inputs = await host.checked({ type: "read_only" });
  const { id } = await processOf(STACK_ID).create(inputs);
  expect((await processOf(STACK_ID).create(inputs)).id).toBe(id);
  expect((await processOf("0d7c4a52-0f0e-4a5e-9a53-3a2f2ad0c002").create(inputs)).id).not.toBe(id);
  expect(await replicas()).toHaveLength(2);
});

it("carries its mark in a name that fits", () => {
  const mark = {
    managedBy: "urn:pulumi:dev::shop::pulumi-nodejs:dynamic/palisade:ComputeEndpoint::replica",
    stackId: STACK_ID,
    nonce: "0123456789abcdef",
  };
  expect(toTagName(mark)).toHaveLength(64);
  expect(fromTagName(toTagName(mark), mark.managedBy)).toEqual(mark);
  expect(fromTagName(toTagName({ ...mark, stackId: undefined }), mark.managedBy)).toEqual({ ...mark, stackId: undefined });
  expect(fromTagName(toTagName(mark), "urn:another")?.managedBy).not.toBe(mark.managedBy);
  expect(fromTagName("main", mark.managedBy)).toBeUndefined();
});
