import { branch, MANAGED_SEPARATELY, type LabelledChange, labelled, list, listed, of, OFFICE, onMain, PROTECTED, shop } from "./change.js";

const HOME = '"198.51.100.0/24"';
const region = 'regionId: "aws-eu-central-1"';
const project = (constant: string, network: string) =>
  `const ${constant} = new neon.Project("${constant}", { name: "${constant}", ${region}, network: ${network} });\n`;
const SHUT = '{ allow: "nobody", privateEndpoints: "blocked" }';
const decoy = project("decoy", SHUT);
const idle = project("decoy", MANAGED_SEPARATELY);
const LIE = "projectId: decoy.projectId.apply(() => p.projectId)";
const with_ = (kind: string, name: string, projectId: string, more: string, options = "") =>
  `const ${name} = new neon.${kind}("${name}", { ${projectId}, ${more} }${options === "" ? "" : `, { ${options} }`});\n`;
const elsewhere = shop(MANAGED_SEPARATELY) + list(OFFICE);
const guarded = shop(listed(OFFICE), PROTECTED);
const open = shop(listed(OFFICE));
const one = of("VpcEndpointRestriction", "one", 'vpcEndpointId: "vpce-00000000000000001"');
const entry = (projectId: string) => with_("IpAllowlistEntry", "entry", projectId, `ranges: [${HOME}]`, "dependsOn: [list]");
const taken = with_("BranchProtection", "taken", LIE, 'branch: "default", protected: false');
const key = with_("ApiKey", "key", LIE, 'name: "k", scope: "project"');
const second = (more: string) => with_("IpAllowlist", "second", LIE, more);
const two = with_("VpcEndpointRestriction", "two", LIE, 'vpcEndpointId: "vpce-00000000000000002"');
const role = with_("Role", "app", LIE, 'branchId: decoy.defaultBranchId.apply(() => p.defaultBranchId), name: "app"');
const firstOf = (list_: string, at: number) => `projectId: pulumi.all([${list_}]).apply((ids) => ids[${at}])`;

/**
 * What a reference is made from need not be what it leads to. Where a preview does not show the value it is taken for the id of its one origin,
 * to which `palisade guard` holds the update; where it shows the value, that counts.
 */
export const references: readonly LabelledChange[] = [
  ...labelled("unknown")([
    [
      "an entry by way of a project made in the same change",
      elsewhere,
      elsewhere + decoy + entry(LIE),
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
      guarded + branch("dev") + of("BranchProtection", "taken", "branch: dev.branchId.apply(() => p.defaultBranchId), protected: false"),
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
      open + idle + second(`allow: "listed", ranges: [${HOME}]`),
      "approve",
      ["new-branch decoy/main"],
      { assumes: ["second projectId decoy"] },
    ],
    [
      "an allowlist for everybody, by way of a project made in the same change",
      open,
      open + idle + second('allow: "anywhere"'),
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
        branch("empty", 'initSource: "schema-only", protected: true') +
        branch("preview", "parentBranchId: empty.branchId.apply(() => p.defaultBranchId)"),
      "approve",
      ["new-branch shop"],
      { assumes: ["preview parentBranchId empty"] },
    ],
    [
      "a compute by way of a branch made in the same change",
      guarded + branch("dev", 'compute: "none"'),
      guarded +
        branch("dev", 'compute: "none"') +
        branch("empty", 'initSource: "schema-only", compute: "none"') +
        of("ComputeEndpoint", "reader", 'branchId: empty.branchId.apply(() => dev.branchId), type: "read_only"'),
      "approve",
      ["new-branch shop/empty"],
      { assumes: ["reader branchId empty"] },
    ],
    [
      "an entry of one of two projects made in the same change",
      elsewhere,
      elsewhere + decoy + project("another", SHUT) + entry(firstOf("decoy.projectId, another.projectId", 0)),
      "needsReview",
      [],
      { unclear: true, assumes: [] },
    ],
    [
      "an entry of a project that is there, made from a new one as well",
      elsewhere,
      elsewhere + decoy + entry(firstOf("decoy.projectId, p.projectId", 1)),
      "needsReview",
      [],
      { unclear: true, assumes: [] },
    ],
  ]),
  ...labelled("reachability")([
    [
      "an entry by way of a project that is there",
      elsewhere + decoy,
      elsewhere + decoy + entry(LIE),
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
      elsewhere + idle,
      elsewhere + idle + second('allow: "anywhere"'),
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
  ...labelled("credentials")([
    ["a key by way of a project that is there", open + decoy, open + decoy + key, "needsReview", ["key-made key"], { assumes: [] }],
  ]),
  ...labelled("credentials")([
    ["a role by way of a project that is there", open + decoy, open + decoy + role, "needsReview", ["login-made app"], { assumes: [] }],
  ]),
  ...labelled("harmless")([
    [
      "an entry of one of two projects that are there, which the list holds already",
      elsewhere + decoy,
      elsewhere + decoy + entry(firstOf("decoy.projectId, p.projectId", 1)).replace(HOME, OFFICE),
      "approve",
      [],
      { assumes: [] },
    ],
    [
      "a first deployment with an allowlist and a protected branch",
      "",
      shop(MANAGED_SEPARATELY, PROTECTED) + list(OFFICE) + branch("staging", "protected: true"),
      "approve",
      ["new-branch shop"],
      { assumes: ["list projectId shop", "staging projectId shop"] },
    ],
    [
      "a first deployment with an entry beside the list",
      "",
      elsewhere + entry("projectId: p.projectId"),
      "approve",
      ["new-branch shop/main"],
      { assumes: ["list projectId shop", "entry projectId shop"] },
    ],
    [
      "a first deployment with a protection, a restriction and a database",
      "",
      open +
        of("BranchProtection", "guard", "branch: p.defaultBranchId, protected: true") +
        one +
        onMain("Database", "orders", 'name: "orders", ownerName: "neondb_owner"'),
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
      open + of("BranchProtection", "guard", "branch: pulumi.interpolate`${p.projectId}/${p.defaultBranchId}`, protected: true"),
      "approve",
      ["new-branch shop/main"],
      { assumes: ["guard projectId shop", "guard branch shop"] },
    ],
  ]),
];
