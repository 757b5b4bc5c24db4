import fc from "fast-check";
import { AddressSet, parseAllowlist } from "../../contract/ranges.js";
import {
  getAddressSet,
  computeBranchReach,
  computeDataReach,
  computeLatentReach,
  computePrivateReach,
  computePublicReach,
  containsReach,
  mergeReach,
  listUnreadableEntries,
  type BranchFacts,
  type ComputeFacts,
  type ProjectFacts,
  type Reach,
} from "../../contract/reachability.js";

const project: ProjectFacts = {
  ips: ["10.0.0.0/24"],
  protectedBranchesOnly: false,
  blockPublicConnections: false,
  blockVpcConnections: false,
  vpcRestrictions: [],
  assignedVpcEndpoints: ["vpce-a", "vpce-b"],
};
const main: BranchFacts = { id: "br-main", protected: true };
const child: BranchFacts = { id: "br-child", parentId: "br-main", protected: false };
const compute = (branchId: string, disabled = false): ComputeFacts => ({ id: `ep-${branchId}`, branchId, disabled });
const ranges = (reach: Reach) => reach.public.toRanges();

describe("public reach", () => {
  const reach = (changes: Partial<ProjectFacts>, branch = main, disabled = false) =>
    computePublicReach({ ...project, ...changes }, branch, compute(branch.id, disabled)).toRanges();

  test("is the list", () => {
    expect(reach({})).toEqual(["10.0.0.0/24"]);
  });
  test("is everyone when the list is empty", () => {
    expect(reach({ ips: [] })).toEqual(["0.0.0.0/0", "::/0"]);
  });
  test("is everyone on an unprotected branch when the list is for protected ones", () => {
    expect(reach({ protectedBranchesOnly: true }, child)).toEqual(["0.0.0.0/0", "::/0"]);
    expect(reach({ protectedBranchesOnly: true }, main)).toEqual(["10.0.0.0/24"]);
  });
  test("is nobody when public connections are blocked, even with an empty list", () => {
    expect(reach({ ips: [], blockPublicConnections: true })).toEqual([]);
  });
  test("is nobody when the compute is disabled", () => {
    expect(reach({}, main, true)).toEqual([]);
  });
  test("is nobody when no entry can be read, and names them", () => {
    const ips = ["88.8.8", "10.0.0.300"];
    expect(reach({ ips })).toEqual([]);
    expect(listUnreadableEntries({ ...project, ips: [...ips, "10.0.0.1"] })).toEqual(ips);
  });
});

describe("private reach", () => {
  const reach = (changes: Partial<ProjectFacts>, disabled = false) => [
    ...computePrivateReach({ ...project, ...changes }, compute("br-main", disabled)),
  ];

  test("is every assigned endpoint without a restriction", () => {
    expect(reach({})).toEqual(["vpce-a", "vpce-b"]);
  });
  test("is the restricted endpoints where there are some", () => {
    expect(reach({ vpcRestrictions: ["vpce-b"] })).toEqual(["vpce-b"]);
  });
  test("is none when blocked or when the compute is disabled", () => {
    expect(reach({ blockVpcConnections: true })).toEqual([]);
    expect(reach({}, true)).toEqual([]);
  });
  test("heeds neither the address list nor the public block", () => {
    expect(reach({ ips: ["nonsense"], blockPublicConnections: true })).toEqual(["vpce-a", "vpce-b"]);
  });
});

describe("a branch", () => {
  test("without a compute is reached by nobody, and latently by the list", () => {
    expect(computeBranchReach(project, main, [compute("br-other")])).toEqual({ public: AddressSet.nobody, private: new Set() });
    expect(ranges(computeLatentReach(project, main))).toEqual(["10.0.0.0/24"]);
  });

  test("with one running compute of two is reached", () => {
    expect(ranges(computeBranchReach(project, main, [compute("br-main", true), compute("br-main")]))).toEqual(["10.0.0.0/24"]);
    expect(ranges(computeBranchReach(project, main, [compute("br-main"), compute("br-main", true)]))).toEqual(["10.0.0.0/24"]);
  });

  test("shows what a block hides in its latent reach", () => {
    const blocked = { ...project, ips: [], blockPublicConnections: true, blockVpcConnections: true };
    expect(computeBranchReach(blocked, main, [compute("br-main")])).toEqual({ public: AddressSet.nobody, private: new Set() });
    expect(computeLatentReach(blocked, main)).toEqual({ public: AddressSet.everyone, private: new Set(["vpce-a", "vpce-b"]) });
  });

  test("opens its parent's rows: a child of production under protectedBranches", () => {
    const scoped = { ...project, protectedBranchesOnly: true };
    const computes = [compute("br-main"), compute("br-child")];
    expect(ranges(computeBranchReach(scoped, main, computes))).toEqual(["10.0.0.0/24"]);
    expect(ranges(computeDataReach(scoped, main, [main, child], computes))).toEqual(["0.0.0.0/0", "::/0"]);
    expect(ranges(computeDataReach(scoped, main, [main, { ...child, schemaOnly: true }], computes))).toEqual(["10.0.0.0/24"]);
  });

  test("does not carry rows through a schema-only branch", () => {
    const scoped = { ...project, protectedBranchesOnly: true };
    const grandchild: BranchFacts = { id: "br-grandchild", parentId: "br-child", protected: false };
    const computes = [compute("br-main"), compute("br-grandchild")];
    expect(ranges(computeDataReach(scoped, main, [main, child, grandchild], computes))).toEqual(["0.0.0.0/0", "::/0"]);
    expect(ranges(computeDataReach(scoped, main, [main, { ...child, schemaOnly: true }, grandchild], computes))).toEqual(["10.0.0.0/24"]);
  });

  test("does not reach its parent's data from the child's side", () => {
    const scoped = { ...project, protectedBranchesOnly: true };
    expect(ranges(computeDataReach(scoped, child, [main, child], [compute("br-main")]))).toEqual([]);
  });
});

/** A small world: three addresses, three endpoints, up to five branches; the model asks for each one alone. */
const ADDRESSES = ["10.0.0.1", "10.0.0.2", "2001:db8::1"];
const ENDPOINTS = ["vpce-a", "vpce-b", "vpce-c"];

const projects: fc.Arbitrary<ProjectFacts> = fc.record({
  ips: fc.array(fc.constantFrom(...ADDRESSES, "10.0.0.0/30", "nonsense"), { maxLength: 3 }),
  protectedBranchesOnly: fc.boolean(),
  blockPublicConnections: fc.boolean(),
  blockVpcConnections: fc.boolean(),
  vpcRestrictions: fc.subarray(ENDPOINTS),
  assignedVpcEndpoints: fc.subarray(ENDPOINTS),
});

const branchLists: fc.Arbitrary<BranchFacts[]> = fc
  .array(fc.record({ parent: fc.nat(4), protected: fc.boolean(), schemaOnly: fc.boolean() }), { minLength: 1, maxLength: 5 })
  .map((drawn) =>
    drawn.map((branch, at) => ({
      id: `br-${at}`,
      protected: branch.protected,
      ...(at > 0 && { parentId: `br-${branch.parent % at}`, schemaOnly: branch.schemaOnly }),
    })),
  );

const computeLists: fc.Arbitrary<ComputeFacts[]> = fc
  .array(fc.record({ branch: fc.nat(4), disabled: fc.boolean() }), { maxLength: 6 })
  .map((drawn) => drawn.map(({ branch, disabled }, at) => ({ id: `ep-${at}`, branchId: `br-${branch}`, disabled })));

const worlds = fc.record({ project: projects, branches: branchLists, computes: computeLists });

const MATCHES: Record<string, string[]> = {
  "10.0.0.1": ["10.0.0.1"],
  "10.0.0.2": ["10.0.0.2"],
  "2001:db8::1": ["2001:db8::1"],
  "10.0.0.0/30": ["10.0.0.1", "10.0.0.2"],
  nonsense: [],
};
const admits = ({ ips }: ProjectFacts, address: string) => ips.length === 0 || ips.some((entry) => MATCHES[entry]?.includes(address));

function addressGetsIn(p: ProjectFacts, branch: BranchFacts, c: ComputeFacts, address: string): boolean {
  if (c.branchId !== branch.id || c.disabled || p.blockPublicConnections) return false;
  return (p.protectedBranchesOnly && !branch.protected) || admits(p, address);
}

function endpointGetsIn(p: ProjectFacts, branch: BranchFacts, c: ComputeFacts, id: string): boolean {
  if (c.branchId !== branch.id || c.disabled || p.blockVpcConnections) return false;
  return p.vpcRestrictions.length === 0 ? p.assignedVpcEndpoints.includes(id) : p.vpcRestrictions.includes(id);
}

/** From the carrier upwards, whereas the code walks downwards. */
function carriesRowsOf(ancestor: BranchFacts, branch: BranchFacts, branches: BranchFacts[]): boolean {
  if (branch.id === ancestor.id) return true;
  const parent = branches.find(({ id }) => id === branch.parentId);
  return parent !== undefined && branch.schemaOnly !== true && carriesRowsOf(ancestor, parent, branches);
}

const members = (reach: Reach) => ({
  addresses: ADDRESSES.filter((a) => reach.public.has(a)),
  endpoints: ENDPOINTS.filter((id) => reach.private.has(id)),
});

describe("against a brute-force model", () => {
  test("branch reach and data reach admit exactly whom the model admits", () => {
    fc.assert(
      fc.property(worlds, ({ project: p, branches, computes }) => {
        for (const branch of branches) {
          const modelled = (carriers: BranchFacts[]) => ({
            addresses: ADDRESSES.filter((a) => carriers.some((b) => computes.some((c) => addressGetsIn(p, b, c, a)))),
            endpoints: ENDPOINTS.filter((id) => carriers.some((b) => computes.some((c) => endpointGetsIn(p, b, c, id)))),
          });
          expect(members(computeBranchReach(p, branch, computes))).toEqual(modelled([branch]));
          expect(members(computeDataReach(p, branch, branches, computes))).toEqual(
            modelled(branches.filter((b) => carriesRowsOf(branch, b, branches))),
          );
        }
      }),
    );
  });

  test("branch reach is within data reach and within latent reach", () => {
    fc.assert(
      fc.property(worlds, ({ project: p, branches, computes }) => {
        for (const branch of branches) {
          const reach = computeBranchReach(p, branch, computes);
          expect(containsReach(computeDataReach(p, branch, branches, computes), reach)).toBe(true);
          expect(containsReach(computeLatentReach(p, branch), reach)).toBe(true);
        }
      }),
    );
  });

  test("latent reach is the branch reach of an enabled compute in a project without blocks", () => {
    fc.assert(
      fc.property(worlds, ({ project: p, branches: [branch = main] }) => {
        const open = computeBranchReach({ ...p, blockPublicConnections: false, blockVpcConnections: false }, branch, [compute(branch.id)]);
        expect(computeLatentReach(p, branch)).toEqual(open);
      }),
    );
  });

  test("a longer list reaches more, unless it was empty, which reaches everyone", () => {
    fc.assert(
      fc.property(worlds, fc.constantFrom(...Object.keys(MATCHES)), ({ project: p, branches: [branch = main], computes }, entry) => {
        const [shorter, longer] = [p, { ...p, ips: [...p.ips, entry] }].map((facts) => computeBranchReach(facts, branch, computes));
        if (shorter === undefined || longer === undefined) throw new Error("two reaches");
        expect(p.ips.length === 0 ? containsReach(shorter, longer) : containsReach(longer, shorter)).toBe(true);
      }),
    );
  });

  test("protection matters only under protectedBranchesOnly, and only narrows", () => {
    fc.assert(
      fc.property(worlds, ({ project: p, branches: [branch = main], computes }) => {
        const closed = computeBranchReach(p, { ...branch, protected: true }, computes);
        const open = computeBranchReach(p, { ...branch, protected: false }, computes);
        expect(containsReach(open, closed)).toBe(true);
        if (!p.protectedBranchesOnly) expect(open).toEqual(closed);
      }),
    );
  });

  test("blocks leave nobody on their side and everyone on the other", () => {
    fc.assert(
      fc.property(worlds, ({ project: p, branches: [branch = main], computes }) => {
        const free = computeBranchReach({ ...p, blockPublicConnections: false, blockVpcConnections: false }, branch, computes);
        const noPublic = computeBranchReach({ ...p, blockPublicConnections: true, blockVpcConnections: false }, branch, computes);
        const noPrivate = computeBranchReach({ ...p, blockPublicConnections: false, blockVpcConnections: true }, branch, computes);
        expect(noPublic).toEqual({ public: AddressSet.nobody, private: free.private });
        expect(noPrivate).toEqual({ public: free.public, private: new Set() });
      }),
    );
  });

  test("a union contains its parts and nothing else; containment both ways is equality", () => {
    const reaches: fc.Arbitrary<Reach> = fc.record({
      public: fc.array(fc.constantFrom(...ADDRESSES, "10.0.0.0/30"), { minLength: 1 }).map((ips) => parseAllowlist(ips).set),
      private: fc.subarray(ENDPOINTS).map((ids) => new Set(ids)),
    });
    fc.assert(
      fc.property(reaches, reaches, (a, b) => {
        const both = mergeReach(a, b);
        expect(containsReach(both, a) && containsReach(both, b)).toBe(true);
        expect(ADDRESSES.filter((x) => both.public.has(x))).toEqual(ADDRESSES.filter((x) => a.public.has(x) || b.public.has(x)));
        expect([...both.private].sort()).toEqual([...new Set([...a.private, ...b.private])].sort());
        const equal = a.public.equals(b.public) && [...a.private].sort().join() === [...b.private].sort().join();
        expect(containsReach(a, b) && containsReach(b, a)).toBe(equal);
      }),
    );
  });
});

test("a cycle in what the plane says about parents does not hang", () => {
  const loop: BranchFacts[] = [
    { id: "br-a", parentId: "br-b", protected: false },
    { id: "br-b", parentId: "br-a", protected: false },
  ];
  expect(ranges(computeDataReach(project, loop[0] ?? main, loop, [compute("br-b")]))).toEqual(["10.0.0.0/24"]);
});

test("a list that has changed since it was read is read anew", () => {
  const ips = ["192.0.2.1"];
  expect(getAddressSet(ips).has("192.0.2.7")).toBe(false);
  ips[0] = "192.0.2.7";
  expect([getAddressSet(ips).has("192.0.2.1"), getAddressSet(ips).has("192.0.2.7")]).toEqual([false, true]);
  ips.push("192.0.2.8");
  expect(getAddressSet(ips).has("192.0.2.8")).toBe(true);
});
