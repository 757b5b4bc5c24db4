import { withPlane } from "../../../tools/reliability/plane.js";
import { startProcess } from "../../../tools/reliability/process.js";
import { Lane } from "../../../tools/reliability/site.js";
import { emptyState, up } from "../../../tools/reliability/up.js";
import { start } from "../../reliability/start.js";

/** What the properties have found. */

test("a branch loses its compute and is protected in one up: the plane keeps the compute of a protected branch", async () => {
  await withPlane(start, async ({ ready }) => {
    const site = await new Lane(ready).site({ title: "Branch", kind: "Branch", phases: [] });
    const state = emptyState();
    const program = { projectId: site.place.projectId, name: "dev", managedBy: "urn:dev" };
    await up(startProcess(ready), "Branch", state, { ...program, protected: false });
    await up(startProcess(ready), "Branch", state, { ...program, protected: true, compute: "none" });
    expect(state.current?.outs).toMatchObject({ protected: true, compute: "none" });
    expect(state.current?.outs["host"]).toBeUndefined();
    await site.clear();
  });
}, 30_000);
