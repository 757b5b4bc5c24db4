import { computeChanges, findObjectSchema, listFields } from "../../../provider/engine/fields.js";
import { catalogue } from "../../../provider/resources/index.js";
import { withPlane } from "../../../tools/reliability/testPlane.js";
import { startProviderProcess } from "../../../tools/reliability/providerProcess.js";
import { SiteFactory } from "../../../tools/reliability/site.js";
import { createEmptyState, runUp } from "../../../tools/reliability/pulumiUp.js";
import { start } from "../../reliability/start.js";

/** What the properties have found. */

test("a branch loses its compute and is protected in one up: the plane keeps the compute of a protected branch", async () => {
  await withPlane(start, async ({ ready }) => {
    const site = await new SiteFactory(ready).createSite({ title: "Branch", kind: "Branch", phases: [] });
    const state = createEmptyState();
    const program = { projectId: site.place.projectId, name: "dev", managedBy: "urn:dev" };
    await runUp(startProviderProcess(ready), "Branch", state, { ...program, protected: false });
    await runUp(startProviderProcess(ready), "Branch", state, { ...program, protected: true, compute: "none" });
    expect(state.current?.outs).toMatchObject({ protected: true, compute: "none" });
    expect(state.current?.outs["host"]).toBeUndefined();
    await site.clear();
  });
}, 30_000);

test("what a program begins to say of the default branch is so afterwards", async () => {
  await withPlane(start, async ({ ready }) => {
    const site = await new SiteFactory(ready).createSite({ title: "Project", kind: "Project", phases: [] });
    const state = createEmptyState();
    const program = { name: "shop", regionId: "aws-eu-central-1", network: { allow: "anywhere" }, managedBy: "urn:shop" };
    const defaultBranch = { name: "production", protected: true, compute: { minCu: 0.5, maxCu: 2, disabled: true } };
    await runUp(startProviderProcess(ready), "Project", state, program);
    await runUp(startProviderProcess(ready), "Project", state, { ...program, defaultBranch });
    const { id = "", outs = {} } = state.current ?? {};
    const live = await startProviderProcess(ready).hooks.Project.read(id, outs);
    expect(live.inputs).toMatchObject({ defaultBranch });
    await site.clear();
  });
}, 30_000);

/** Objects inside of which each field changes by itself. */
const NESTED = Object.values(catalogue).flatMap(({ kind, inputs }) =>
  listFields(inputs).flatMap(([name, field]) => {
    const nested = field.meta()?.onChange === undefined ? findObjectSchema(field) : undefined;
    return nested ? [{ kind, inputs, name, nested }] : [];
  }),
);

test.each(NESTED)("$kind: what $name begins to say is told by the fields that it says", ({ inputs, name, nested }) => {
  const said = listFields(nested).filter(([, field]) => field.meta()?.onChange !== "ignored" && findObjectSchema(field) === undefined);
  for (const [child] of said)
    expect(computeChanges(inputs, {}, { [name]: { [child]: "said" } }).map(({ path }) => path)).toEqual([`${name}.${child}`]);
});
