import { branch, MANAGED_SEPARATELY, labelled, list, listed, NOBODY, of, OFFICE, PROTECTED, scoped, shop } from "./change.js";

const all = shop(listed(OFFICE), PROTECTED);
const guarded = shop(scoped(OFFICE), PROTECTED);
const open = shop(listed(OFFICE));
const PROTECT = "protected: true";
const dev = (more = "") => branch("dev", more);
const compute = (disabled: boolean) =>
  of("ComputeEndpoint", "reader", `branchId: dev.branchId, type: "read_only", disabled: ${String(disabled)}`);
const restriction = (name: string, id: string) => of("VpcEndpointRestriction", name, `vpcEndpointId: "${id}", allowAll: true`);
const [one, two] = [restriction("one", "vpce-00000000000000001"), restriction("two", "vpce-00000000000000002")];
const elsewhere = (more = "") => shop(MANAGED_SEPARATELY, PROTECTED) + list(OFFICE, more);
const OPENED_DEV = ["opened-to-everyone shop/dev", "rows-widened shop/main"];

export const reachability = labelled("reachability")([
  ["the list guards protected branches only, and none is", open, shop(scoped(OFFICE)), "block", ["opened-to-everyone shop/main"]],
  // Nobody knows from the stack whether there are other branches.
  [
    "the list guards protected branches only, and the only branch is",
    all,
    guarded,
    "needsReview",
    ["opened-to-everyone shop/other branches that the stack does not declare"],
  ],
  ["the same with an unprotected copy", all + dev(), guarded + dev(), "block", OPENED_DEV],
  [
    "the same with an unprotected copy of the schema alone",
    all + dev('initSource: "schema-only"'),
    guarded + dev('initSource: "schema-only"'),
    "block",
    ["opened-to-everyone shop/dev"],
  ],
  [
    "the same with an unprotected copy without a compute",
    all + dev('compute: "none"'),
    guarded + dev('compute: "none"'),
    "needsReview",
    ["opened-latently shop/dev", "opened-to-everyone shop/other branches that the stack does not declare"],
  ],
  [
    "the same with a protected copy",
    all + dev(PROTECT),
    guarded + dev(PROTECT),
    "needsReview",
    ["opened-to-everyone shop/other branches that the stack does not declare"],
  ],
  ["the list guards every branch again", guarded + dev(), all + dev(), "approve", ["access-narrowed shop/dev"]],
  [
    "protection taken from a branch that the list guards by it",
    guarded,
    shop(scoped(OFFICE), "defaultBranch: { protected: false }"),
    "block",
    ["unprotected shop/main", "opened-to-everyone shop/main"],
  ],
  [
    "protection taken from a branch",
    all,
    shop(listed(OFFICE), "defaultBranch: { protected: false }"),
    "needsReview",
    ["unprotected shop/main"],
  ],
  ["protection given", open, all, "approve", ["protected shop/main"]],
  [
    "protection taken together with a new name",
    open + branch("prod", PROTECT),
    open + of("Branch", "prod", 'name: "production", protected: false'),
    "needsReview",
    ["unprotected shop/production"],
  ],
  ["protection left out where it was declared", open + branch("prod", PROTECT), open + branch("prod"), "approve"],
  ["no protection, said instead of left out", open + dev(), open + dev("protected: false"), "needsReview", ["left-until-now dev"]],
  [
    "protection taken by a BranchProtection",
    open + of("BranchProtection", "guard", 'branch: "default", protected: true'),
    open + of("BranchProtection", "guard", 'branch: "default", protected: false'),
    "needsReview",
    ["unprotected shop/main"],
  ],
  [
    "protection given by a BranchProtection",
    open,
    open + of("BranchProtection", "guard", 'branch: "default", protected: true'),
    "approve",
    ["protected shop/main"],
  ],
  [
    "a new unprotected copy of what the list guards",
    guarded,
    guarded + branch("preview"),
    "block",
    ["born-open shop/preview", "rows-widened shop/main"],
  ],
  ["a new protected copy of what the list guards", guarded, guarded + branch("preview", PROTECT), "approve", ["new-branch shop/preview"]],
  [
    "a new copy of the schema alone beside what the list guards",
    guarded,
    guarded + branch("preview", 'initSource: "schema-only"'),
    "block",
    ["born-open shop/preview"],
  ],
  ["a new copy without a compute", guarded, guarded + branch("preview", 'compute: "none"'), "approve"],
  ["a new copy where the list guards every branch", all, all + branch("preview"), "approve", ["new-branch shop/preview"]],
  [
    "a copy of a copy",
    guarded + branch("staging", PROTECT),
    guarded + branch("staging", PROTECT) + branch("preview", "parentBranchId: staging.branchId"),
    "block",
    ["born-open shop/preview", "rows-widened shop"],
  ],
  [
    "a compute for a copy that the list does not guard",
    guarded + dev('compute: "none"'),
    guarded + dev("compute: { minCu: 0.25 }"),
    "block",
    [...OPENED_DEV, "private-access-widened shop/dev"],
  ],
  [
    "a disabled compute turned on",
    open + dev('compute: "none"') + compute(true),
    open + dev('compute: "none"') + compute(false),
    "needsReview",
    ["access-widened shop/dev", "private-access-widened shop/dev"],
  ],
  [
    "the only compute disabled",
    open + dev('compute: "none"') + compute(false),
    open + dev('compute: "none"') + compute(true),
    "needsReview",
    ["closed-to-everyone shop/dev", "private-access-narrowed shop/dev"],
  ],
  ["a second compute", open + dev(), open + dev() + compute(false), "approve"],
  [
    "private endpoints allowed",
    shop('{ allow: "nobody", privateEndpoints: "blocked" }'),
    shop('{ allow: "nobody", privateEndpoints: "allowed" }'),
    "needsReview",
    ["private-access-widened shop/main"],
  ],
  [
    "private endpoints blocked",
    shop('{ allow: "nobody", privateEndpoints: "allowed" }'),
    shop('{ allow: "nobody", privateEndpoints: "blocked" }'),
    "approve",
    ["private-access-narrowed shop/main"],
  ],
  ["the block of private endpoints left out", shop('{ allow: "nobody", privateEndpoints: "blocked" }'), shop(NOBODY), "approve"],
  ["scope all, said instead of left out", open, shop('{ allow: "listed", ranges: ["203.0.113.0/24"], scope: "all" }'), "approve"],
  ["the scope left out", guarded + dev(), shop(listed(OFFICE), PROTECTED) + dev(), "approve", ["access-narrowed shop/dev"]],
  ["the last VPC restriction removed", open + one, open, "block", ["vpc-restriction-lifted shop/main", "restriction-removed one"]],
  [
    "one of two VPC restrictions removed",
    open + one + two,
    open + one,
    "approve",
    ["private-access-narrowed shop/main", "restriction-removed two"],
  ],
  ["the first VPC restriction", open, open + one, "approve", ["private-access-narrowed shop/main"]],
  ["one VPC restriction more", open + one, open + one + two, "needsReview", ["private-access-widened shop/main"]],
  [
    "the allowlist resource deleted, the list kept",
    elsewhere(),
    shop(MANAGED_SEPARATELY, PROTECTED),
    "needsReview",
    ["no-longer-managed list"],
  ],
  [
    "the allowlist resource deleted, closed behind it",
    elsewhere('onDestroy: "nobody"'),
    shop(MANAGED_SEPARATELY, PROTECTED),
    "needsReview",
    ["allowlist-removed list", "closed-to-everyone shop/main"],
  ],
  [
    "the allowlist resource deleted, opened behind it",
    elsewhere('onDestroy: "anywhere"'),
    shop(MANAGED_SEPARATELY, PROTECTED),
    "block",
    ["allowlist-removed list", "opened-to-everyone shop/main"],
  ],
  [
    "the allowlist opened",
    elsewhere(),
    shop(MANAGED_SEPARATELY, PROTECTED) + of("IpAllowlist", "list", 'allow: "anywhere"'),
    "block",
    ["opened-to-everyone shop/main"],
  ],
  ["the scope moved in an allowlist resource", elsewhere() + dev(), elsewhere('scope: "protectedBranches"') + dev(), "block", OPENED_DEV],
  [
    "a new project that is closed",
    open,
    `${open}new neon.Project("two", { name: "two", regionId: "aws-eu-central-1", network: { allow: "nobody", privateEndpoints: "blocked" } });`,
    "approve",
  ],
  [
    "a new project with a list",
    open,
    `${open}new neon.Project("two", { name: "two", regionId: "aws-eu-central-1", network: ${listed(OFFICE)} });`,
    "approve",
    ["new-branch two/main"],
  ],
  [
    "a new project open to everybody",
    open,
    `${open}new neon.Project("two", { name: "two", regionId: "aws-eu-central-1", network: { allow: "anywhere" } });`,
    "block",
    ["born-open two/main"],
  ],
  [
    "a new project, known by its reference, with an unprotected copy that the list does not guard",
    "",
    guarded + branch("preview"),
    "block",
    ["new-branch shop/main", "born-open shop/preview"],
  ],
]);
