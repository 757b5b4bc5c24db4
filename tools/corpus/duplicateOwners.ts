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
  declareShop,
} from "./labelledChange.js";

const HOME = '"198.51.100.7"';
const open = declareShop(allowListed(OFFICE));
const declaring = declareShop(allowListed(OFFICE), PROTECTED);
const UNPROTECTED = "defaultBranch: { protected: false }";
const declareProtection = (name: string, of_: string, value: boolean, options = "") =>
  declareResource("BranchProtection", name, `branch: ${of_}, protected: ${String(value)}`, options);
const guard = declareProtection("guard", '"default"', true);
const declareProtectionById = (value: boolean) => declareProtection("second", "p.defaultBranchId", value);
const separateAllowlist = declareShop(MANAGED_SEPARATELY) + declareAllowlist(OFFICE);
const renameProject = (program: string) => program.replace('name: "shop"', 'name: "store"');
const declareSecondAllowlist = (allow: string, options = "") =>
  `const second = new neon.IpAllowlist("second", { projectId: p.projectId, ${allow} }${options === "" ? "" : `, { ${options} }`});\n`;
const declarePermission = (name: string, level: string) =>
  declareResource("ProjectPermission", name, `email: "member-1@palisade.test", level: "${level}"`);

/** Settings that two resources of the program declare: reported at the one that newly does. What is unchanged is not applied: of two that disagree, the one that is written counts. */
export const duplicateOwners: readonly LabelledChange[] = [
  ...labelChanges("guards")([
    [
      "a second protection of the default branch, by its id, that disagrees",
      open + guard,
      open + guard + declareProtectionById(false),
      "block",
      ["declared-twice second", "unprotected shop/main"],
    ],
    [
      "two new protections of the default branch that disagree",
      open,
      open + guard + declareProtectionById(false),
      "needsReview",
      ["declared-twice second", "left-until-now second"],
    ],
    [
      "a second protection of the default branch, by its id, that agrees",
      open + guard,
      open + guard + declareProtectionById(true),
      "needsReview",
      ["declared-twice second"],
    ],
    [
      "one of two owners of a protection begins to disagree",
      open + guard + declareProtectionById(true),
      open + guard + declareProtectionById(false),
      "needsReview",
      ["declared-twice second", "unprotected shop/main"],
    ],
    [
      "protection taken by the project beside a BranchProtection",
      open + guard,
      declareShop(allowListed(OFFICE), UNPROTECTED) + guard,
      "block",
      ["declared-twice shop", "unprotected shop/main"],
    ],
    // Which of the two holds now nobody recorded; an update of the project sends its own word again.
    [
      "another field of a project whose unchanged BranchProtection disagrees",
      declareShop(allowListed(OFFICE), UNPROTECTED) + guard,
      renameProject(declareShop(allowListed(OFFICE), UNPROTECTED) + guard),
      "needsReview",
      ["declared-twice guard", "unprotected store/main"],
      { unclear: true },
    ],
    [
      "an allowlist beside a project that declares the same list",
      separateAllowlist,
      declareShop(allowListed(OFFICE)) + declareAllowlist(OFFICE),
      "needsReview",
      ["declared-twice shop"],
    ],
    [
      "a third protection, by both ids, that disagrees",
      open + guard + declareProtectionById(true),
      open +
        guard +
        declareProtectionById(true) +
        declareProtection("third", "pulumi.interpolate`${p.projectId}/${p.defaultBranchId}`", false),
      "block",
      ["declared-twice second", "declared-twice third", "unprotected shop/main"],
    ],
    [
      "a person shared with twice, at two levels",
      open + declarePermission("one", "viewer"),
      open + declarePermission("one", "viewer") + declarePermission("two", "editor"),
      "needsReview",
      ["declared-twice two", "permission-given two"],
    ],
  ]),
  ...labelChanges("reachability")([
    [
      "everybody, by a project beside an unchanged allowlist",
      separateAllowlist,
      declareShop('{ allow: "anywhere" }') + declareAllowlist(OFFICE),
      "block",
      ["declared-twice shop", "opened-to-everyone shop/main"],
    ],
    [
      "an address more, by a project beside an unchanged allowlist",
      separateAllowlist,
      declareShop(allowListed(OFFICE, HOME)) + declareAllowlist(OFFICE),
      "needsReview",
      ["access-widened shop/main", "declared-twice shop"],
    ],
    [
      "nobody, by a project beside an unchanged allowlist",
      separateAllowlist,
      declareShop(NOBODY) + declareAllowlist(OFFICE),
      "needsReview",
      ["closed-to-everyone shop/main", "declared-twice shop"],
    ],
    [
      "everybody, by a second allowlist",
      separateAllowlist,
      separateAllowlist + declareSecondAllowlist('allow: "anywhere"'),
      "block",
      ["declared-twice second", "opened-to-everyone shop/main"],
    ],
    // Last comes the list, and between the two everybody.
    [
      "everybody, by a second allowlist that the first follows",
      separateAllowlist,
      declareShop(MANAGED_SEPARATELY) +
        declareSecondAllowlist('allow: "anywhere"') +
        declareAllowlist(`${OFFICE}, ${HOME}`, "", "dependsOn: [second]"),
      "block",
      ["access-widened shop/main", "declared-twice second", "open-for-a-moment shop/main"],
    ],
    [
      "a new project for everybody whose allowlist comes after it",
      "",
      declareShop('{ allow: "anywhere" }') + declareAllowlist(OFFICE),
      "block",
      ["declared-twice list", "new-branch shop/main", "open-for-a-moment shop/main"],
    ],
  ]),
  ...labelChanges("harmless")([
    [
      "another field of a project whose BranchProtection agrees",
      declaring + guard,
      renameProject(declaring + guard),
      "approve",
      ["declared-twice guard"],
    ],
    // Neither of the two is applied, and the name of a branch is no matter of reach.
    [
      "another branch renamed where two owners of a protection disagree",
      declaring + declareProtection("guard", '"default"', false) + declareBranch("dev"),
      declaring + declareProtection("guard", '"default"', false) + declareResource("Branch", "dev", 'name: "development"'),
      "approve",
      ["declared-twice guard"],
    ],
    ["a BranchProtection removed where the project declares the same", declaring + guard, declaring, "approve"],
    ["protection left out of a project where a BranchProtection declares it", declaring + guard, open + guard, "approve"],
    ["the list handed back from an allowlist to the project", separateAllowlist, declareShop(allowListed(OFFICE)), "approve"],
    ["the list handed over from the project to an allowlist", declareShop(allowListed(OFFICE)), separateAllowlist, "approve"],
    [
      "the first of two protections by other words",
      open + guard + declareProtectionById(true),
      open + declareProtectionById(true),
      "approve",
    ],
  ]),
];
