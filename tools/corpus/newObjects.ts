import {
  branch,
  MANAGED_SEPARATELY,
  type LabelledChange,
  labelled,
  list,
  listed,
  NOBODY,
  of,
  OFFICE,
  PROTECTED,
  scoped,
  shop,
} from "./change.js";

const guarded = shop(scoped(OFFICE), PROTECTED);
const fresh = (...ranges: string[]) => shop(listed(...ranges));
const OPEN = ["born-open shop/main"];
const reader = (more = "") => of("ComputeEndpoint", "reader", `branchId: preview.branchId, type: "read_only"${more}`);
const BARE = 'compute: "none"';
const protection = (value: boolean) => of("BranchProtection", "guard", `branch: preview.branchId, protected: ${String(value)}`);
const elsewhere = shop(MANAGED_SEPARATELY) + list(OFFICE);

/** What is new is judged as what was closed so far. */
export const newObjects: readonly LabelledChange[] = [
  ...labelled("addresses")([
    ["a new project for 97 % of IPv4", "", fresh('"0.0.0.0-248.0.0.0"'), "block", OPEN],
    ["a new project for everybody but one address", "", fresh('"0.0.0.0-192.0.2.0"', '"192.0.2.2-255.255.255.255"'), "block", OPEN],
    ["a new project for a quarter of IPv4", "", fresh(OFFICE, '"0.0.0.0/2"'), "block", OPEN],
    ["a new project for half of the IPv6 in use", "", fresh('"2000::/4"'), "block", OPEN],
    [
      "a new project with a list, and an entry for a quarter of IPv4",
      "",
      elsewhere + of("IpAllowlistEntry", "entry", 'ranges: ["64.0.0.0/2"]', "dependsOn: [list]"),
      "block",
      OPEN,
    ],
  ]),
  ...labelled("reachability")([
    ["a new project whose list guards protected branches only, and none is", "", shop(scoped(OFFICE)), "block", OPEN],
    [
      "a new copy without a compute, and a compute for it",
      guarded,
      guarded + branch("preview", BARE) + reader(),
      "block",
      ["born-open shop/preview", "rows-widened shop/main"],
    ],
    [
      "a new protected copy whose protection another resource takes",
      guarded,
      guarded + branch("preview", "protected: true") + protection(false),
      "block",
      ["born-open shop/preview", "declared-twice guard", "rows-widened shop/main"],
    ],
    // The copy runs, and holds the rows, before its protection is made.
    [
      "a new copy that another resource protects afterwards",
      guarded,
      guarded + branch("preview") + protection(true),
      "block",
      ["new-branch shop/preview", "open-for-a-moment shop/preview"],
    ],
  ]),
  ...labelled("harmless")([
    [
      "a compute for a new copy that a BranchProtection follows",
      guarded,
      guarded +
        branch("preview", BARE) +
        protection(true) +
        of("ComputeEndpoint", "reader", 'branchId: preview.branchId, type: "read_only"', "dependsOn: [guard]"),
      "approve",
      ["new-branch shop/preview"],
    ],
    ["a new project for private IPv6", "", fresh('"fc00::/7"'), "approve", ["new-branch shop/main"]],
    ["a new project for a private network of IPv4", "", fresh('"10.0.0.0/8"'), "approve", ["new-branch shop/main"]],
    ["a new project whose list guards its protected branch", "", guarded, "approve", ["new-branch shop/main"]],
    [
      "three new protected copies at once",
      guarded,
      guarded + ["a", "b", "c"].map((name) => branch(name, "protected: true")).join(""),
      "approve",
      ["new-branch shop"],
    ],
    [
      "a new copy without a compute, and a disabled compute for it",
      guarded,
      guarded + branch("preview", BARE) + reader(", disabled: true"),
      "approve",
    ],
    ["a new copy of what nobody reaches publicly", shop(NOBODY), shop(NOBODY) + branch("preview"), "approve", ["new-branch shop/preview"]],
    [
      "a new copy of what nobody reaches",
      shop('{ allow: "nobody", privateEndpoints: "blocked" }'),
      shop('{ allow: "nobody", privateEndpoints: "blocked" }') + branch("preview"),
      "approve",
    ],
  ]),
];
