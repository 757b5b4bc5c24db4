import { AddressSet } from "../../../contract/ranges.js";
import { parseAllowlist } from "../../../contract/ranges.js";
import type { Reach } from "../../../contract/reachability.js";
import type { BranchComparison } from "../../../review/change/compare.js";
import { toJson } from "../../../review/render/json.js";

const of = (ips: readonly string[], ...ids: string[]): Reach => ({
  public: ips.length === 0 ? AddressSet.nobody : parseAllowlist(ips).set,
  private: new Set(ids),
});
const reaches = (reach: Reach, latent = reach, dataReach = reach) => ({ reach, latent, dataReach });

function direction(before: BranchComparison["before"], after: BranchComparison["after"]): string | undefined {
  const facts = {
    ips: [],
    protectedBranchesOnly: false,
    blockPublicConnections: false,
    blockVpcConnections: false,
    vpcRestrictions: [],
    assignedVpcEndpoints: [],
  };
  const project = {
    key: "p",
    urn: "u",
    name: "shop",
    declared: true,
    networkDeclared: true,
    facts,
    branches: [],
    computes: [],
    names: new Map(),
  };
  const branch = { key: "b", origin: "declared", urn: "u", name: "main", parentKey: undefined, schemaOnly: false } as const;
  const review = { findings: [], unjudged: [], assumptions: [], notJudged: [], advisory: false, counts: {}, others: 0, policyPacks: {} };
  const { reach } = toJson(
    { ...review, verdict: "approve", comparisons: [{ project, projectBefore: undefined, branch, before, after, protection: undefined }] },
    "shop/prod",
  );
  return reach[0]?.direction;
}

const SOME = of(["192.0.2.0/24"]);
const FEW = of(["192.0.2.0/25"]);

it.each([
  ["the same, respelled", reaches(SOME), reaches(of(["192.0.2.0/25", "192.0.2.128/25"])), "neutral"],
  ["an address more", reaches(FEW), reaches(SOME), "opens"],
  ["an address less", reaches(SOME), reaches(FEW), "closes"],
  ["one for another", reaches(of(["192.0.2.1"])), reaches(of(["192.0.2.2"])), "opens"],
  ["an endpoint more", reaches(SOME), reaches(of(["192.0.2.0/24"], "vpce-1")), "opens"],
  ["more once unblocked, though fewer now", reaches(SOME), reaches(FEW, of(["0.0.0.0/0"])), "opens"],
  ["more to the rows alone", reaches(FEW), reaches(FEW, FEW, SOME), "opens"],
  ["a new branch that somebody reaches", undefined, reaches(FEW), "opens"],
  ["a new branch that nobody reaches", undefined, reaches(of([])), "neutral"],
  ["a branch that goes", reaches(FEW), undefined, "closes"],
])("a branch with %s: %#", (_, before, after, expected) => {
  expect(direction(before, after)).toBe(expected);
});
