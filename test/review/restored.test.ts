import { dataReach } from "../../contract/reachability.js";
import { computeFacts, factsOf } from "../../review/scan/view.js";

test("the rows of a protected branch are found in a branch that was made of its snapshot", () => {
  const shared = { project_id: "p", current_state: "ready", default: false } as never as object;
  const production = { ...shared, id: "br-production", protected: true } as never;
  const restored = { ...shared, id: "br-look", protected: false, restored_as: "br-production", restored_from: "snap-one" } as never;
  const facts = {
    ...{ ips: ["192.0.2.1"], protectedBranchesOnly: true, blockPublicConnections: false, blockVpcConnections: false },
    ...{ vpcRestrictions: [], assignedVpcEndpoints: [] },
  };
  const computes = [computeFacts({ id: "ep-look", branch_id: "br-look", disabled: false } as never)];
  const reach = dataReach(facts, factsOf(production), [factsOf(production), factsOf(restored)], computes);
  expect(reach.public.isEmpty).toBe(false);
  expect(reach).toEqual(dataReach(facts, factsOf(restored), [factsOf(restored)], computes));
});
