import {
  declareBranch,
  MANAGED_SEPARATELY,
  type LabelledChange,
  labelChanges,
  declareAllowlist,
  allowListed,
  declareResource,
  OFFICE,
  declareOnMainBranch,
  PROTECTED,
  allowListedOnProtected,
  declareShop,
} from "./labelledChange.js";

const open = declareShop(allowListed(OFFICE));
const HOME = '"198.51.100.7"';
const guarded = declareShop(allowListedOnProtected(OFFICE), PROTECTED);
const separateAllowlist = declareShop(MANAGED_SEPARATELY) + declareAllowlist(OFFICE);
const closed = `const q = new neon.Project("second", { name: "second", regionId: "aws-eu-central-1", network: { allow: "managedSeparately" } });
const other = new neon.IpAllowlist("other", { projectId: q.projectId, allow: "listed", ranges: ["192.0.2.0/24"] });\n`;
const declareEntry = (project: string, ranges = HOME) =>
  `new neon.IpAllowlistEntry("entry", { projectId: ${project}.projectId, ranges: [${ranges}] }, { dependsOn: [list, other] });\n`;
const declarePermission = (email: string) => declareResource("ProjectPermission", "reader", `email: "${email}"`);
const declareForeignResource = (props: string) =>
  `new (class extends pulumi.dynamic.Resource { constructor() { super({ create: async (inputs) => ({ id: "1", outs: inputs }) }, N("foreign"), ${props}); } })();`;
const declareProtectedBranch = (more = "") => declareResource("ProtectedBranch", "prod", `name: "prod"${more}`);

/** Changes that hide a widening, and changes that only look like one. */
export const evasions: readonly LabelledChange[] = [
  ...labelChanges("addresses")([
    [
      "a network around two, one address wider",
      declareShop(allowListed('"203.0.113.0/25"', '"203.0.113.128/26"')),
      open,
      "needsReview",
      ["access-widened shop/main"],
    ],
    ["two networks joined into one", declareShop(allowListed('"203.0.113.0/25"', '"203.0.113.128/25"')), open, "approve"],
    [
      "one address past the end of a range",
      declareShop(allowListed('"203.0.113.0-203.0.113.254"')),
      open,
      "needsReview",
      ["access-widened shop/main"],
    ],
    [
      "an address among many that are the same",
      declareShop(allowListed(OFFICE, '"203.0.113.9"', '"203.0.113.10"')),
      declareShop(allowListed(OFFICE, '"203.0.114.9"', '"203.0.113.10"')),
      "needsReview",
      ["access-widened shop/main"],
    ],
    [
      "an entry for the whole list of another resource",
      separateAllowlist + closed + declareEntry("p", OFFICE),
      separateAllowlist + closed,
      "approve",
      ["entries-removed entry"],
    ],
  ]),
  ...labelChanges("reachability")([
    [
      "an additive entry moved to another project",
      separateAllowlist + closed + declareEntry("p"),
      separateAllowlist + closed + declareEntry("q"),
      "needsReview",
      ["access-narrowed shop/main", "access-widened second/main"],
    ],
    [
      "a protected branch as an ordinary one that says so",
      guarded + declareProtectedBranch(),
      guarded + declareBranch("prod", "protected: false"),
      "block",
      ["guard-option-removed prod", "opened-to-everyone shop/prod", "rows-widened shop/main", "unprotected shop/prod"],
    ],
    [
      "an address more on a list that guards protected branches",
      guarded,
      declareShop(allowListedOnProtected(OFFICE, HOME), PROTECTED),
      "needsReview",
      ["access-widened shop/main"],
    ],
  ]),
  ...labelChanges("credentials")([
    [
      "a permission handed to somebody else",
      open + declarePermission("one@example.com"),
      open + declarePermission("two@example.com"),
      "needsReview",
      ["permission-given reader", "permission-taken reader"],
    ],
    [
      "a password of one role no longer kept in the state",
      open + declareOnMainBranch("Role", "app", 'name: "app", revealPassword: true'),
      open + declareOnMainBranch("Role", "app", 'name: "app"'),
      "approve",
    ],
  ]),
  ...labelChanges("unknown")([
    [
      "a resource of another provider that has a network too",
      open,
      open + declareForeignResource('{ network: { allow: "anywhere" }, protected: false }'),
      "needsReview",
      [],
      { unclear: true },
    ],
    [
      "a list of an allowlist resource that comes from a new resource",
      separateAllowlist,
      `${declareShop(MANAGED_SEPARATELY)}${closed}${declareAllowlist("other.effectiveRanges.apply(([range]) => range)")}`,
      "needsReview",
      ["new-branch second/main"],
      { unclear: true },
    ],
  ]),
  ...labelChanges("harmless")([
    ["a project read by .get", open, `${open}neon.Project.get(N("seen"), p.id);`, "approve"],
    ["a comment in the program", open, `// the office\n${open}`, "approve"],
    [
      "a description of an additive entry",
      separateAllowlist + closed + declareEntry("p"),
      separateAllowlist + closed + declareEntry("p", '{ range: "198.51.100.7", description: "home" }'),
      "approve",
    ],
    [
      "protection said where the class says it",
      open + declareProtectedBranch(),
      open + declareProtectedBranch(", protected: true"),
      "approve",
    ],
    [
      "the scope said of a list where every branch is guarded",
      separateAllowlist,
      declareShop(MANAGED_SEPARATELY) + declareAllowlist(OFFICE, 'scope: "all"'),
      "approve",
    ],
  ]),
];
