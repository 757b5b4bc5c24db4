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
  declareShop,
} from "./labelledChange.js";

const HOME = '"198.51.100.0/24"';
const region = 'regionId: "aws-eu-central-1"';
const declareProject = (constant: string, network: string) =>
  `const ${constant} = new neon.Project("${constant}", { name: "${constant}", ${region}, network: ${network} });\n`;
const BLOCKED = '{ allow: "nobody", privateEndpoints: "blocked" }';
const decoy = declareProject("decoy", BLOCKED);
const idle = declareProject("decoy", MANAGED_SEPARATELY);
const REDIRECTED_PROJECT = "projectId: decoy.projectId.apply(() => p.projectId)";
const declareInProject = (kind: string, name: string, projectId: string, more: string, options = "") =>
  `const ${name} = new neon.${kind}("${name}", { ${projectId}, ${more} }${options === "" ? "" : `, { ${options} }`});\n`;
const separateAllowlist = declareShop(MANAGED_SEPARATELY) + declareAllowlist(OFFICE);
const guarded = declareShop(allowListed(OFFICE), PROTECTED);
const open = declareShop(allowListed(OFFICE));
const one = declareResource("VpcEndpointRestriction", "one", 'vpcEndpointId: "vpce-00000000000000001"');
const declareEntry = (projectId: string) =>
  declareInProject("IpAllowlistEntry", "entry", projectId, `ranges: [${HOME}]`, "dependsOn: [list]");
const taken = declareInProject("BranchProtection", "taken", REDIRECTED_PROJECT, 'branch: "default", protected: false');
const key = declareInProject("ApiKey", "key", REDIRECTED_PROJECT, 'name: "k", scope: "project"');
const declareSecondAllowlist = (more: string) => declareInProject("IpAllowlist", "second", REDIRECTED_PROJECT, more);
const two = declareInProject("VpcEndpointRestriction", "two", REDIRECTED_PROJECT, 'vpcEndpointId: "vpce-00000000000000002"');
const role = declareInProject(
  "Role",
  "app",
  REDIRECTED_PROJECT,
  'branchId: decoy.defaultBranchId.apply(() => p.defaultBranchId), name: "app"',
);
const selectProjectId = (list_: string, at: number) => `projectId: pulumi.all([${list_}]).apply((ids) => ids[${at}])`;

/**
 * A reference need not resolve to the object it is derived from. Where a preview does not show the value it is taken for the id of its one origin,
 * to which `palisade guard` holds the update; where it shows the value, that counts.
 */
export const references: readonly LabelledChange[] = [
  ...labelChanges("unknown")([
    [
      "an entry by way of a project made in the same change",
      separateAllowlist,
      separateAllowlist + decoy + declareEntry(REDIRECTED_PROJECT),
      "approve",
      [],
      { assumes: ["entry projectId decoy"] },
    ],
    [
      "a protection taken by way of a project made in the same change",
      guarded,
      guarded + decoy + taken,
      "approve",
      [],
      { assumes: ["taken projectId decoy"] },
    ],
    [
      "a protection of another branch, by way of one made in the same change",
      guarded,
      guarded +
        declareBranch("dev") +
        declareResource("BranchProtection", "taken", "branch: dev.branchId.apply(() => p.defaultBranchId), protected: false"),
      "approve",
      ["new-branch shop/dev"],
      { assumes: ["taken branch dev"] },
    ],
    [
      "a key by way of a project made in the same change",
      open,
      open + decoy + key,
      "needsReview",
      ["key-made key"],
      { assumes: ["key projectId decoy"] },
    ],
    [
      "an allowlist by way of a project made in the same change",
      open,
      open + idle + declareSecondAllowlist(`allow: "listed", ranges: [${HOME}]`),
      "approve",
      ["new-branch decoy/main"],
      { assumes: ["second projectId decoy"] },
    ],
    [
      "an allowlist for everybody, by way of a project made in the same change",
      open,
      open + idle + declareSecondAllowlist('allow: "anywhere"'),
      "block",
      ["born-open decoy/main"],
      { assumes: ["second projectId decoy"] },
    ],
    [
      "a restriction by way of a project made in the same change",
      open + one,
      open + one + decoy + two,
      "approve",
      [],
      { assumes: ["two projectId decoy"] },
    ],
    [
      "a role by way of a project made in the same change",
      open,
      open + decoy + role,
      "needsReview",
      ["login-made app"],
      { assumes: ["app projectId decoy", "app branchId decoy"] },
    ],
    [
      "a copy of a branch, by way of one made in the same change",
      guarded,
      guarded +
        declareBranch("empty", 'initSource: "schema-only", protected: true') +
        declareBranch("preview", "parentBranchId: empty.branchId.apply(() => p.defaultBranchId)"),
      "approve",
      ["new-branch shop"],
      { assumes: ["preview parentBranchId empty"] },
    ],
    [
      "a compute by way of a branch made in the same change",
      guarded + declareBranch("dev", 'compute: "none"'),
      guarded +
        declareBranch("dev", 'compute: "none"') +
        declareBranch("empty", 'initSource: "schema-only", compute: "none"') +
        declareResource("ComputeEndpoint", "reader", 'branchId: empty.branchId.apply(() => dev.branchId), type: "read_only"'),
      "approve",
      ["new-branch shop/empty"],
      { assumes: ["reader branchId empty"] },
    ],
    [
      "an entry of one of two projects made in the same change",
      separateAllowlist,
      separateAllowlist +
        decoy +
        declareProject("another", BLOCKED) +
        declareEntry(selectProjectId("decoy.projectId, another.projectId", 0)),
      "needsReview",
      [],
      { unclear: true, assumes: [] },
    ],
    [
      "an entry of a project that is there, made from a new one as well",
      separateAllowlist,
      separateAllowlist + decoy + declareEntry(selectProjectId("decoy.projectId, p.projectId", 1)),
      "needsReview",
      [],
      { unclear: true, assumes: [] },
    ],
  ]),
  ...labelChanges("reachability")([
    [
      "an entry by way of a project that is there",
      separateAllowlist + decoy,
      separateAllowlist + decoy + declareEntry(REDIRECTED_PROJECT),
      "needsReview",
      ["access-widened shop/main"],
      { assumes: [] },
    ],
    [
      "a protection taken by way of a project that is there",
      guarded + decoy,
      guarded + decoy + taken,
      "block",
      ["declared-twice taken", "unprotected shop/main"],
      { assumes: [] },
    ],
    [
      "an allowlist for everybody, by way of a project that is there",
      separateAllowlist + idle,
      separateAllowlist + idle + declareSecondAllowlist('allow: "anywhere"'),
      "block",
      ["declared-twice second", "opened-to-everyone shop/main"],
      { assumes: [] },
    ],
    [
      "a restriction by way of a project that is there",
      open + one + decoy,
      open + one + decoy + two,
      "needsReview",
      ["private-access-widened shop/main"],
      { assumes: [] },
    ],
  ]),
  ...labelChanges("credentials")([
    ["a key by way of a project that is there", open + decoy, open + decoy + key, "needsReview", ["key-made key"], { assumes: [] }],
  ]),
  ...labelChanges("credentials")([
    ["a role by way of a project that is there", open + decoy, open + decoy + role, "needsReview", ["login-made app"], { assumes: [] }],
  ]),
  ...labelChanges("harmless")([
    [
      "an entry of one of two projects that are there, which the list holds already",
      separateAllowlist + decoy,
      separateAllowlist + decoy + declareEntry(selectProjectId("decoy.projectId, p.projectId", 1)).replace(HOME, OFFICE),
      "approve",
      [],
      { assumes: [] },
    ],
    [
      "a first deployment with an allowlist and a protected branch",
      "",
      declareShop(MANAGED_SEPARATELY, PROTECTED) + declareAllowlist(OFFICE) + declareBranch("staging", "protected: true"),
      "approve",
      ["new-branch shop"],
      { assumes: ["list projectId shop", "staging projectId shop"] },
    ],
    [
      "a first deployment with an entry beside the list",
      "",
      separateAllowlist + declareEntry("projectId: p.projectId"),
      "approve",
      ["new-branch shop/main"],
      { assumes: ["list projectId shop", "entry projectId shop"] },
    ],
    [
      "a first deployment with a protection, a restriction and a database",
      "",
      open +
        declareResource("BranchProtection", "guard", "branch: p.defaultBranchId, protected: true") +
        one +
        declareOnMainBranch("Database", "orders", 'name: "orders", ownerName: "neondb_owner"'),
      "approve",
      ["new-branch shop/main"],
      {
        assumes: [
          ...["guard projectId shop", "guard branch shop", "one projectId shop"],
          ...["orders projectId shop", "orders branchId shop"],
        ],
      },
    ],
    [
      "a first deployment with a branch named by both ids",
      "",
      open +
        declareResource("BranchProtection", "guard", "branch: pulumi.interpolate`${p.projectId}/${p.defaultBranchId}`, protected: true"),
      "approve",
      ["new-branch shop/main"],
      { assumes: ["guard projectId shop", "guard branch shop"] },
    ],
  ]),
];
