import { BranchesPage, CreatedBranch } from "@palisade/neon/contract/wire/branch";
import type { Kind } from "../../../provider/resources/index.js";
import { startProviderProcess } from "../../../tools/reliability/providerProcess.js";
import { sharedPlane } from "../../support/plane.js";

/** A project's mark is on the branch that was its default one when it was made; another may be that by now. */
const plane = sharedPlane();

async function up(stack: string, kind: Kind, args: Record<string, unknown>) {
  const provider = startProviderProcess(plane.ready).hooks[kind];
  const managedBy = `urn:pulumi:${stack}::shop::pulumi-nodejs:dynamic/palisade:${kind}::${(args["name"] as string | undefined) ?? "list"}`;
  const { inputs, failures } = await provider.check({}, { managedBy, ...args });
  expect(failures).toEqual([]);
  const made = await provider.create(inputs);
  await plane.api.settled(made.id.split("/")[0] ?? "");
  return made;
}

const named = (name: string) => ({ name, regionId: "aws-us-east-2", network: { allow: "listed", ranges: ["192.0.2.1"] } });

/** A default branch with a mark of its own, and one without. */
async function moveDefault(projectId: string): Promise<string[]> {
  const declared = await up("mine", "Branch", { projectId, name: "declared" });
  const { branch } = await plane.api.ok(CreatedBranch, "POST", `/projects/${projectId}/branches`, { branch: { name: "by-hand" } });
  await plane.api.settled(projectId);
  return [declared.id.split("/")[1] ?? "", branch.id];
}

const setDefault = (projectId: string, branchId: string) =>
  plane.api.ok(CreatedBranch.pick({ branch: true }), "POST", `/projects/${projectId}/branches/${branchId}/set_as_default`);

it("keeps the network with the Project that declares it", async () => {
  const { id: projectId } = await up("mine", "Project", named("kept"));
  for (const branchId of await moveDefault(projectId)) {
    await setDefault(projectId, branchId);
    await expect(up("theirs", "IpAllowlist", { projectId, allow: "anywhere" })).rejects.toThrow("PAL_NETWORK_OWNED");
  }
});

it("keeps the project from being adopted by another stack", async () => {
  const { id: projectId } = await up("mine", "Project", named("shop"));
  for (const branchId of await moveDefault(projectId)) {
    await setDefault(projectId, branchId);
    const { branches } = await plane.api.ok(BranchesPage, "GET", `/projects/${projectId}/branches`);
    const defaultBranch = { name: branches.find((branch) => branch.default)?.name };
    await expect(up("theirs", "Project", { ...named("shop"), defaultBranch, adopt: projectId })).rejects.toThrow(/urn:pulumi:mine/);
  }
});
