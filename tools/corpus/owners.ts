import { branch, MANAGED_SEPARATELY, type LabelledChange, labelled, list, listed, NOBODY, of, OFFICE, PROTECTED, shop } from "./change.js";

const HOME = '"198.51.100.7"';
const open = shop(listed(OFFICE));
const declaring = shop(listed(OFFICE), PROTECTED);
const UNPROTECTED = "defaultBranch: { protected: false }";
const protection = (name: string, of_: string, value: boolean, options = "") =>
  of("BranchProtection", name, `branch: ${of_}, protected: ${String(value)}`, options);
const guard = protection("guard", '"default"', true);
const byId = (value: boolean) => protection("second", "p.defaultBranchId", value);
const elsewhere = shop(MANAGED_SEPARATELY) + list(OFFICE);
const renamed = (program: string) => program.replace('name: "shop"', 'name: "store"');
const second = (allow: string, options = "") =>
  `const second = new neon.IpAllowlist("second", { projectId: p.projectId, ${allow} }${options === "" ? "" : `, { ${options} }`});\n`;
const permission = (name: string, level: string) => of("ProjectPermission", name, `email: "member-1@palisade.test", level: "${level}"`);

/** Settings that two resources of the program declare: told at the one that newly does. What is unchanged is not applied: of two that disagree, the one that is written counts. */
export const owners: readonly LabelledChange[] = [
  ...labelled("guards")([
    [
      "a second protection of the default branch, by its id, that disagrees",
      open + guard,
      open + guard + byId(false),
      "block",
      ["declared-twice second", "unprotected shop/main"],
    ],
    [
      "two new protections of the default branch that disagree",
      open,
      open + guard + byId(false),
      "needsReview",
      ["declared-twice second", "left-until-now second"],
    ],
    [
      "a second protection of the default branch, by its id, that agrees",
      open + guard,
      open + guard + byId(true),
      "needsReview",
      ["declared-twice second"],
    ],
    [
      "one of two owners of a protection begins to disagree",
      open + guard + byId(true),
      open + guard + byId(false),
      "needsReview",
      ["declared-twice second", "unprotected shop/main"],
    ],
    [
      "protection taken by the project beside a BranchProtection",
      open + guard,
      shop(listed(OFFICE), UNPROTECTED) + guard,
      "block",
      ["declared-twice shop", "unprotected shop/main"],
    ],
    // Which of the two holds now nobody recorded; an update of the project sends its own word again.
    [
      "another field of a project whose unchanged BranchProtection disagrees",
      shop(listed(OFFICE), UNPROTECTED) + guard,
      renamed(shop(listed(OFFICE), UNPROTECTED) + guard),
      "needsReview",
      ["declared-twice guard", "unprotected store/main"],
      { unclear: true },
    ],
    [
      "an allowlist beside a project that declares the same list",
      elsewhere,
      shop(listed(OFFICE)) + list(OFFICE),
      "needsReview",
      ["declared-twice shop"],
    ],
    [
      "a third protection, by both ids, that disagrees",
      open + guard + byId(true),
      open + guard + byId(true) + protection("third", "pulumi.interpolate`${p.projectId}/${p.defaultBranchId}`", false),
      "block",
      ["declared-twice second", "declared-twice third", "unprotected shop/main"],
    ],
    [
      "a person shared with twice, at two levels",
      open + permission("one", "viewer"),
      open + permission("one", "viewer") + permission("two", "editor"),
      "needsReview",
      ["declared-twice two", "permission-given two"],
    ],
  ]),
  ...labelled("reachability")([
    [
      "everybody, by a project beside an unchanged allowlist",
      elsewhere,
      shop('{ allow: "anywhere" }') + list(OFFICE),
      "block",
      ["declared-twice shop", "opened-to-everyone shop/main"],
    ],
    [
      "an address more, by a project beside an unchanged allowlist",
      elsewhere,
      shop(listed(OFFICE, HOME)) + list(OFFICE),
      "needsReview",
      ["access-widened shop/main", "declared-twice shop"],
    ],
    [
      "nobody, by a project beside an unchanged allowlist",
      elsewhere,
      shop(NOBODY) + list(OFFICE),
      "needsReview",
      ["closed-to-everyone shop/main", "declared-twice shop"],
    ],
    [
      "everybody, by a second allowlist",
      elsewhere,
      elsewhere + second('allow: "anywhere"'),
      "block",
      ["declared-twice second", "opened-to-everyone shop/main"],
    ],
    // Last comes the list, and between the two everybody.
    [
      "everybody, by a second allowlist that the first follows",
      elsewhere,
      shop(MANAGED_SEPARATELY) + second('allow: "anywhere"') + list(`${OFFICE}, ${HOME}`, "", "dependsOn: [second]"),
      "block",
      ["access-widened shop/main", "declared-twice second", "open-for-a-moment shop/main"],
    ],
    [
      "a new project for everybody whose allowlist comes after it",
      "",
      shop('{ allow: "anywhere" }') + list(OFFICE),
      "block",
      ["declared-twice list", "new-branch shop/main", "open-for-a-moment shop/main"],
    ],
  ]),
  ...labelled("harmless")([
    [
      "another field of a project whose BranchProtection agrees",
      declaring + guard,
      renamed(declaring + guard),
      "approve",
      ["declared-twice guard"],
    ],
    // Neither of the two is applied, and the name of a branch is no matter of reach.
    [
      "another branch renamed where two owners of a protection disagree",
      declaring + protection("guard", '"default"', false) + branch("dev"),
      declaring + protection("guard", '"default"', false) + of("Branch", "dev", 'name: "development"'),
      "approve",
      ["declared-twice guard"],
    ],
    ["a BranchProtection removed where the project declares the same", declaring + guard, declaring, "approve"],
    ["protection left out of a project where a BranchProtection declares it", declaring + guard, open + guard, "approve"],
    ["the list handed back from an allowlist to the project", elsewhere, shop(listed(OFFICE)), "approve"],
    ["the list handed over from the project to an allowlist", shop(listed(OFFICE)), elsewhere, "approve"],
    ["the first of two protections by other words", open + guard + byId(true), open + byId(true), "approve"],
  ]),
];
