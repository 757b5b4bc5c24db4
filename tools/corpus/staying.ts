import { MANAGED_SEPARATELY, type LabelledChange, labelled, list, listed, of, OFFICE, PROTECTED, shop } from "./change.js";

const HOME = "198.51.100.7";
const open = shop(listed(OFFICE));
const elsewhere = (more = "") => shop(MANAGED_SEPARATELY) + list(OFFICE, more);
const entry = (name: string, range: string) => of("IpAllowlistEntry", name, `ranges: ["${range}"]`, "dependsOn: [list]");
const guard = of("BranchProtection", "guard", 'branch: "default", protected: true');

const both = (constant: string, more = "") =>
  `${shop(MANAGED_SEPARATELY)}const q = new neon.Project("second", { name: "second", regionId: "aws-eu-central-1", network: { allow: "managedSeparately" } });
const list = new neon.IpAllowlist("list", { projectId: ${constant}.projectId, allow: "listed", ranges: [${OFFICE}], ${more} });\n`;

/** What goes from the program and stays, or goes although it seems to stay. */
export const staying: readonly LabelledChange[] = [
  ...labelled("reachability")([
    ["a list left to others, and nobody takes it over", open, shop(MANAGED_SEPARATELY), "needsReview", ["no-longer-managed shop"]],
    [
      "a list left to an allowlist that admits more",
      open,
      shop(MANAGED_SEPARATELY) + list(`${OFFICE}, "${HOME}"`),
      "needsReview",
      ["access-widened shop/main"],
    ],
    // The list goes last, after the project has said its own.
    [
      "a list handed back to the project, closed behind it",
      elsewhere('onDestroy: "nobody"'),
      open,
      "needsReview",
      ["allowlist-removed list", "closed-to-everyone shop/main"],
    ],
    [
      "a list handed back to the project, opened behind it",
      elsewhere('onDestroy: "anywhere"'),
      open,
      "block",
      ["allowlist-removed list", "opened-to-everyone shop/main"],
    ],
    [
      "one of two entries with the same range removed",
      elsewhere() + entry("a", HOME) + entry("b", HOME),
      elsewhere() + entry("b", HOME),
      "approve",
      ["access-narrowed shop/main", "entries-removed a"],
    ],
    [
      "an entry moved from one resource to another",
      elsewhere() + entry("a", HOME) + entry("b", "192.0.2.7"),
      elsewhere() + of("IpAllowlistEntry", "b", `ranges: ["192.0.2.7", "${HOME}"]`, "dependsOn: [list]"),
      "approve",
      ["access-narrowed shop/main", "entries-removed a"],
    ],
  ]),
  ...labelled("reachability")([
    [
      "an allowlist moved to another project, opened behind it",
      both("p", 'onDestroy: "anywhere"'),
      both("q", 'onDestroy: "anywhere"'),
      "block",
      ["access-widened second/main", "allowlist-removed list", "opened-to-everyone shop/main"],
    ],
    [
      "an allowlist moved to another project, the list kept",
      both("p"),
      both("q"),
      "needsReview",
      ["access-widened second/main", "no-longer-managed list"],
    ],
    [
      "an entry no longer declared, and left in the list",
      elsewhere() + of("IpAllowlistEntry", "extra", `ranges: ["${HOME}"]`, "dependsOn: [list], retainOnDelete: true"),
      elsewhere(),
      "needsReview",
      ["no-longer-managed extra"],
    ],
  ]),
  ...labelled("harmless")([
    [
      "one of two entries removed, whose range is within the other",
      elsewhere() + entry("a", HOME) + entry("b", "198.51.100.0/24"),
      elsewhere() + entry("b", "198.51.100.0/24"),
      "approve",
      ["entries-removed a"],
    ],
    ["a branch's protection moved from a BranchProtection to the project", open + guard, shop(listed(OFFICE), PROTECTED), "approve"],
  ]),
];
