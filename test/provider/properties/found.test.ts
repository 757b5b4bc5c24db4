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
