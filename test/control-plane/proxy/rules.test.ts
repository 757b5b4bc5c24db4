import fc from "fast-check";
import { computePrivateReach, computePublicReach } from "@palisade/neon/contract/reachability";
import { buildProjectRules, findRefusal, buildEndpointRules } from "../../../control-plane/proxy/rules.js";

/** Few addresses and ids, so that lists and probes meet. */
const address = fc.constantFrom("192.0.2.1", "192.0.2.77", "198.51.100.9", "2001:db8::1", "2001:db8:1::1", "::1");
const entry = fc.oneof(
  address,
  fc.constantFrom("192.0.2.0/24", "192.0.2.0-192.0.2.80", "2001:db8::/48", "0.0.0.0/0", "88.8.8", "", "::/0"),
);
const endpoints = fc.uniqueArray(fc.constantFrom("vpce-1", "vpce-2", "vpce-3"));
const project = fc.record({
  ips: fc.array(entry, { maxLength: 4 }),
  protectedBranchesOnly: fc.boolean(),
  blockPublicConnections: fc.boolean(),
  blockVpcConnections: fc.boolean(),
  vpcRestrictions: endpoints,
  assignedVpcEndpoints: endpoints,
});
const branch = fc.record({ id: fc.constant("br-1"), protected: fc.boolean() });
const compute = fc.record({ id: fc.constant("ep-1"), branchId: fc.constant("br-1"), disabled: fc.boolean() });

describe("who passes the door", () => {
  it("is exactly who the contract says may try to authenticate, from public addresses", () => {
    fc.assert(
      fc.property(project, branch, compute, address, (p, b, c, from) => {
        const passes =
          findRefusal(buildEndpointRules(buildProjectRules("project-1", p, "org-1/region-1"), b, c), { address: from, via: "public" }) ===
          undefined;
        expect(passes).toBe(computePublicReach(p, b, c).has(from));
      }),
      { numRuns: 2_000 },
    );
  });

  it("and through private endpoints; one without an id never", () => {
    fc.assert(
      fc.property(project, branch, compute, fc.constantFrom("vpce-1", "vpce-2", "vpce-3", undefined), (p, b, c, id) => {
        // Of those alone that are accepted: a project may be restricted to an endpoint that was rejected since.
        const passes =
          findRefusal(buildEndpointRules(buildProjectRules("project-1", p, "org-1/region-1"), b, c), {
            address: "192.0.2.1",
            via: { privateEndpoint: id },
          }) === undefined;
        expect(passes).toBe(id !== undefined && computePrivateReach(p, c).has(id) && p.assignedVpcEndpoints.includes(id));
      }),
      { numRuns: 2_000 },
    );
  });

  it("learns of the first obstacle only, in Neon's order", () => {
    const closed = { protectedBranchesOnly: false, blockPublicConnections: true, blockVpcConnections: true };
    const rules = buildEndpointRules(
      buildProjectRules(
        "project-1",
        { ips: ["192.0.2.1"], vpcRestrictions: ["vpce-1"], assignedVpcEndpoints: ["vpce-1"], ...closed },
        "org-1/region-1",
      ),
      { id: "br-1", protected: false },
      { id: "ep-1", branchId: "br-1", disabled: true },
    );
    const reason = (from: Parameters<typeof findRefusal>[1], changed: Partial<typeof rules> = {}) =>
      findRefusal({ ...rules, ...changed }, from)?.reason;
    expect(reason({ address: "192.0.2.2", via: "public" })).toBe("ip-address-not-allowed");
    expect(reason({ address: "192.0.2.1", via: "public" })).toBe("network-not-allowed");
    expect(reason({ address: "192.0.2.1", via: "public" }, { blockPublic: false })).toBe("endpoint-disabled");
    expect(reason({ address: "192.0.2.2", via: { privateEndpoint: undefined } })).toBe("network-not-allowed");
    expect(reason({ address: "192.0.2.2", via: { privateEndpoint: undefined } }, { blockVpc: false })).toBe("missing-vpc-endpoint-id");
    expect(reason({ address: "192.0.2.2", via: { privateEndpoint: "vpce-2" } }, { blockVpc: false })).toBe("vpc-endpoint-id-not-allowed");
    expect(reason({ address: "192.0.2.2", via: { privateEndpoint: "vpce-1" } }, { blockVpc: false })).toBe("endpoint-disabled");
    // The same endpoint, as another organisation or another region has it.
    const foreign = { privateEndpoint: "vpce-1", owner: "org-2/region-1" };
    expect(reason({ address: "192.0.2.2", via: foreign }, { blockVpc: false })).toBe("vpc-endpoint-id-not-allowed");
  });
});
