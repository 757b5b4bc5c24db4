import {
  MANAGED_SEPARATELY,
  type LabelledChange,
  labelChanges,
  declareAllowlist,
  allowListed,
  declareResource,
  OFFICE,
  PROTECTED,
  declareShop,
  declareEntry,
} from "./labelledChange.js";

const HOME = "198.51.100.7";
const open = declareShop(allowListed(OFFICE));
const declareSeparateAllowlist = (more = "") => declareShop(MANAGED_SEPARATELY) + declareAllowlist(OFFICE, more);
const guard = declareResource("BranchProtection", "guard", 'branch: "default", protected: true');

const declareTwoProjects = (constant: string, more = "") =>
  `${declareShop(MANAGED_SEPARATELY)}const q = new neon.Project("second", { name: "second", regionId: "aws-eu-central-1", network: { allow: "managedSeparately" } });
const list = new neon.IpAllowlist("list", { projectId: ${constant}.projectId, allow: "listed", ranges: [${OFFICE}], ${more} });\n`;

/** Settings handed from one resource to another: what stays live after its resource is gone, and what does not. */
export const handovers: readonly LabelledChange[] = [
  ...labelChanges("reachability")([
    ["a list left to others, and nobody takes it over", open, declareShop(MANAGED_SEPARATELY), "needsReview", ["no-longer-managed shop"]],
    [
      "a list left to an allowlist that admits more",
      open,
      declareShop(MANAGED_SEPARATELY) + declareAllowlist(`${OFFICE}, "${HOME}"`),
      "needsReview",
      ["access-widened shop/main"],
    ],
    // The list goes last, after the project has said its own.
    [
      "a list handed back to the project, closed behind it",
      declareSeparateAllowlist('onDestroy: "nobody"'),
      open,
      "needsReview",
      ["allowlist-removed list", "closed-to-everyone shop/main"],
    ],
    [
      "a list handed back to the project, opened behind it",
      declareSeparateAllowlist('onDestroy: "anywhere"'),
      open,
      "block",
      ["allowlist-removed list", "opened-to-everyone shop/main"],
    ],
    [
      "one of two entries with the same range removed",
      declareSeparateAllowlist() + declareEntry("a", HOME) + declareEntry("b", HOME),
      declareSeparateAllowlist() + declareEntry("b", HOME),
      "approve",
      ["access-narrowed shop/main", "entries-removed a"],
    ],
    [
      "an entry moved from one resource to another",
      declareSeparateAllowlist() + declareEntry("a", HOME) + declareEntry("b", "192.0.2.7"),
      declareSeparateAllowlist() + declareResource("IpAllowlistEntry", "b", `ranges: ["192.0.2.7", "${HOME}"]`, "dependsOn: [list]"),
      "approve",
      ["access-narrowed shop/main", "entries-removed a"],
    ],
  ]),
  ...labelChanges("reachability")([
    [
      "an allowlist moved to another project, opened behind it",
      declareTwoProjects("p", 'onDestroy: "anywhere"'),
      declareTwoProjects("q", 'onDestroy: "anywhere"'),
      "block",
      ["access-widened second/main", "allowlist-removed list", "opened-to-everyone shop/main"],
    ],
    [
      "an allowlist moved to another project, the list kept",
      declareTwoProjects("p"),
      declareTwoProjects("q"),
      "needsReview",
      ["access-widened second/main", "no-longer-managed list"],
    ],
    [
      "an entry no longer declared, and left in the list",
      declareSeparateAllowlist() +
        declareResource("IpAllowlistEntry", "extra", `ranges: ["${HOME}"]`, "dependsOn: [list], retainOnDelete: true"),
      declareSeparateAllowlist(),
      "needsReview",
      ["no-longer-managed extra"],
    ],
  ]),
  ...labelChanges("harmless")([
    [
      "one of two entries removed, whose range is within the other",
      declareSeparateAllowlist() + declareEntry("a", HOME) + declareEntry("b", "198.51.100.0/24"),
      declareSeparateAllowlist() + declareEntry("b", "198.51.100.0/24"),
      "approve",
      ["entries-removed a"],
    ],
    [
      "a branch's protection moved from a BranchProtection to the project",
      open + guard,
      declareShop(allowListed(OFFICE), PROTECTED),
      "approve",
    ],
  ]),
];
