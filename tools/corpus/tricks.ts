import {
  branch,
  MANAGED_SEPARATELY,
  type LabelledChange,
  labelled,
  list,
  listed,
  of,
  OFFICE,
  onMain,
  PROTECTED,
  scoped,
  shop,
} from "./change.js";

const open = shop(listed(OFFICE));
const HOME = '"198.51.100.7"';
const guarded = shop(scoped(OFFICE), PROTECTED);
const elsewhere = shop(MANAGED_SEPARATELY) + list(OFFICE);
const closed = `const q = new neon.Project("second", { name: "second", regionId: "aws-eu-central-1", network: { allow: "managedSeparately" } });
const other = new neon.IpAllowlist("other", { projectId: q.projectId, allow: "listed", ranges: ["192.0.2.0/24"] });\n`;
const entry = (project: string, ranges = HOME) =>
  `new neon.IpAllowlistEntry("entry", { projectId: ${project}.projectId, ranges: [${ranges}] }, { dependsOn: [list, other] });\n`;
const permission = (email: string) => of("ProjectPermission", "reader", `email: "${email}"`);
const foreign = (props: string) =>
  `new (class extends pulumi.dynamic.Resource { constructor() { super({ create: async (inputs) => ({ id: "1", outs: inputs }) }, N("foreign"), ${props}); } })();`;
const protectedBranch = (more = "") => of("ProtectedBranch", "prod", `name: "prod"${more}`);

/** What somebody might try, and what only looks as if. */
export const tricks: readonly LabelledChange[] = [
  ...labelled("addresses")([
    [
      "a network around two, one address wider",
      shop(listed('"203.0.113.0/25"', '"203.0.113.128/26"')),
      open,
      "needsReview",
      ["access-widened shop/main"],
    ],
    ["two networks joined into one", shop(listed('"203.0.113.0/25"', '"203.0.113.128/25"')), open, "approve"],
    ["one address past the end of a range", shop(listed('"203.0.113.0-203.0.113.254"')), open, "needsReview", ["access-widened shop/main"]],
    [
      "an address among many that are the same",
      shop(listed(OFFICE, '"203.0.113.9"', '"203.0.113.10"')),
      shop(listed(OFFICE, '"203.0.114.9"', '"203.0.113.10"')),
      "needsReview",
      ["access-widened shop/main"],
    ],
    [
      "an entry for the whole list of another resource",
      elsewhere + closed + entry("p", OFFICE),
      elsewhere + closed,
      "approve",
      ["entries-removed entry"],
    ],
  ]),
  ...labelled("reachability")([
    [
      "an additive entry moved to another project",
      elsewhere + closed + entry("p"),
      elsewhere + closed + entry("q"),
      "needsReview",
      ["access-narrowed shop/main", "access-widened second/main"],
    ],
    [
      "a protected branch as an ordinary one that says so",
      guarded + protectedBranch(),
      guarded + branch("prod", "protected: false"),
      "block",
      ["guard-option-removed prod", "opened-to-everyone shop/prod", "rows-widened shop/main", "unprotected shop/prod"],
    ],
    [
      "an address more on a list that guards protected branches",
      guarded,
      shop(scoped(OFFICE, HOME), PROTECTED),
      "needsReview",
      ["access-widened shop/main"],
    ],
  ]),
  ...labelled("credentials")([
    [
      "a permission handed to somebody else",
      open + permission("one@example.com"),
      open + permission("two@example.com"),
      "needsReview",
      ["permission-given reader", "permission-taken reader"],
    ],
    [
      "a password of one role no longer kept in the state",
      open + onMain("Role", "app", 'name: "app", revealPassword: true'),
      open + onMain("Role", "app", 'name: "app"'),
      "approve",
    ],
  ]),
  ...labelled("unknown")([
    [
      "a resource of another provider that has a network too",
      open,
      open + foreign('{ network: { allow: "anywhere" }, protected: false }'),
      "needsReview",
      [],
      { unclear: true },
    ],
    [
      "a list of an allowlist resource that comes from a new resource",
      elsewhere,
      `${shop(MANAGED_SEPARATELY)}${closed}${list("other.effectiveRanges.apply(([range]) => range)")}`,
      "needsReview",
      ["new-branch second/main"],
      { unclear: true },
    ],
  ]),
  ...labelled("harmless")([
    ["a project read by .get", open, `${open}neon.Project.get(N("seen"), p.id);`, "approve"],
    ["a comment in the program", open, `// the office\n${open}`, "approve"],
    [
      "a description of an additive entry",
      elsewhere + closed + entry("p"),
      elsewhere + closed + entry("p", '{ range: "198.51.100.7", description: "home" }'),
      "approve",
    ],
    ["protection said where the class says it", open + protectedBranch(), open + protectedBranch(", protected: true"), "approve"],
    [
      "the scope said of a list where every branch is guarded",
      elsewhere,
      shop(MANAGED_SEPARATELY) + list(OFFICE, 'scope: "all"'),
      "approve",
    ],
  ]),
];
