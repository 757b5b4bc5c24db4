import {
  declareBranch,
  MANAGED_SEPARATELY,
  type LabelledChange,
  labelChanges,
  declareAllowlist,
  allowListed,
  NOBODY,
  declareResource,
  OFFICE,
  PROTECTED,
  allowListedOnProtected,
  declareShop,
} from "./labelledChange.js";

const guarded = declareShop(allowListedOnProtected(OFFICE), PROTECTED);
const declareListedShop = (...ranges: string[]) => declareShop(allowListed(...ranges));
const OPEN = ["born-open shop/main"];
const declareReader = (more = "") => declareResource("ComputeEndpoint", "reader", `branchId: preview.branchId, type: "read_only"${more}`);
const BARE = 'compute: "none"';
const declareProtection = (value: boolean) =>
  declareResource("BranchProtection", "guard", `branch: preview.branchId, protected: ${String(value)}`);
const separateAllowlist = declareShop(MANAGED_SEPARATELY) + declareAllowlist(OFFICE);

/** What is new is judged as what was closed so far. */
export const newObjects: readonly LabelledChange[] = [
  ...labelChanges("addresses")([
    ["a new project for 97 % of IPv4", "", declareListedShop('"0.0.0.0-248.0.0.0"'), "block", OPEN],
    [
      "a new project for everybody but one address",
      "",
      declareListedShop('"0.0.0.0-192.0.2.0"', '"192.0.2.2-255.255.255.255"'),
      "block",
      OPEN,
    ],
    ["a new project for a quarter of IPv4", "", declareListedShop(OFFICE, '"0.0.0.0/2"'), "block", OPEN],
    ["a new project for half of the IPv6 in use", "", declareListedShop('"2000::/4"'), "block", OPEN],
    [
      "a new project with a list, and an entry for a quarter of IPv4",
      "",
      separateAllowlist + declareResource("IpAllowlistEntry", "entry", 'ranges: ["64.0.0.0/2"]', "dependsOn: [list]"),
      "block",
      OPEN,
    ],
  ]),
  ...labelChanges("reachability")([
    [
      "a new project whose list guards protected branches only, and none is",
      "",
      declareShop(allowListedOnProtected(OFFICE)),
      "block",
      OPEN,
    ],
    [
      "a new copy without a compute, and a compute for it",
      guarded,
      guarded + declareBranch("preview", BARE) + declareReader(),
      "block",
      ["born-open shop/preview", "rows-widened shop/main"],
    ],
    [
      "a new protected copy whose protection another resource takes",
      guarded,
      guarded + declareBranch("preview", "protected: true") + declareProtection(false),
      "block",
      ["born-open shop/preview", "declared-twice guard", "rows-widened shop/main"],
    ],
    // The copy runs, and holds the rows, before its protection is made.
    [
      "a new copy that another resource protects afterwards",
      guarded,
      guarded + declareBranch("preview") + declareProtection(true),
      "block",
      ["new-branch shop/preview", "open-for-a-moment shop/preview"],
    ],
  ]),
  ...labelChanges("harmless")([
    [
      "a compute for a new copy that a BranchProtection follows",
      guarded,
      guarded +
        declareBranch("preview", BARE) +
        declareProtection(true) +
        declareResource("ComputeEndpoint", "reader", 'branchId: preview.branchId, type: "read_only"', "dependsOn: [guard]"),
      "approve",
      ["new-branch shop/preview"],
    ],
    ["a new project for private IPv6", "", declareListedShop('"fc00::/7"'), "approve", ["new-branch shop/main"]],
    ["a new project for a private network of IPv4", "", declareListedShop('"10.0.0.0/8"'), "approve", ["new-branch shop/main"]],
    ["a new project whose list guards its protected branch", "", guarded, "approve", ["new-branch shop/main"]],
    [
      "three new protected copies at once",
      guarded,
      guarded + ["a", "b", "c"].map((name) => declareBranch(name, "protected: true")).join(""),
      "approve",
      ["new-branch shop"],
    ],
    [
      "a new copy without a compute, and a disabled compute for it",
      guarded,
      guarded + declareBranch("preview", BARE) + declareReader(", disabled: true"),
      "approve",
    ],
    [
      "a new copy of what nobody reaches publicly",
      declareShop(NOBODY),
      declareShop(NOBODY) + declareBranch("preview"),
      "approve",
      ["new-branch shop/preview"],
    ],
    [
      "a new copy of what nobody reaches",
      declareShop('{ allow: "nobody", privateEndpoints: "blocked" }'),
      declareShop('{ allow: "nobody", privateEndpoints: "blocked" }') + declareBranch("preview"),
      "approve",
    ],
  ]),
];
