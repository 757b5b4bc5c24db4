import {
  MANAGED_SEPARATELY,
  type LabelledChange,
  labelChanges,
  declareAllowlist,
  allowListed,
  NOBODY,
  declareResource,
  OFFICE,
  declareShop,
} from "./labelledChange.js";

const open = declareShop(allowListed(OFFICE));
const blockedProject = declareShop('{ allow: "nobody", privateEndpoints: "blocked" }');
const declareClosedShop = (more: string) => declareShop(`{ allow: "nobody", ${more} }`);
/** An endpoint is assigned once in an organisation, so each change has its own. */
const declareAssignment = (id: string, region = "aws-eu-central-1") =>
  `new neon.PrivateEndpoint("endpoint", { regionId: "${region}", vpcEndpointId: "vpce-000000000000000${id}" });\n`;
const declareRestriction = (name: string, id: 1 | 2, more = "", options = "") =>
  declareResource("VpcEndpointRestriction", name, `vpcEndpointId: "vpce-0000000000000000${id}"${more}`, options);
const ALL = ", allowAll: true";

/** Private endpoints: the address list does not hold them up. */
export const endpoints: readonly LabelledChange[] = [
  ...labelChanges("reachability")([
    ["a VPC endpoint assigned", "", declareAssignment("e1", "aws-us-east-1"), "needsReview", ["endpoint-assigned endpoint"]],
    [
      "a VPC endpoint assigned in the region of an unrestricted project",
      open,
      open + declareAssignment("e2"),
      "needsReview",
      ["endpoint-assigned endpoint", "private-access-widened shop/main"],
    ],
    [
      "a VPC endpoint assigned in the region of a restricted project",
      open + declareRestriction("one", 1),
      open + declareRestriction("one", 1) + declareAssignment("e3"),
      "needsReview",
      ["endpoint-assigned endpoint"],
    ],
    [
      "a VPC endpoint assigned in the region of a project that blocks them",
      blockedProject,
      blockedProject + declareAssignment("e4"),
      "needsReview",
      ["endpoint-assigned endpoint", "opened-latently shop/main"],
    ],
    [
      "a VPC endpoint assigned and the project restricted to another, in one change",
      open,
      open + declareAssignment("e5") + declareRestriction("one", 1),
      "block",
      ["endpoint-assigned endpoint", "open-for-a-moment shop/main", "private-access-narrowed shop/main"],
    ],
    [
      "the only restriction to another endpoint",
      open + declareRestriction("one", 1, ALL),
      open + declareRestriction("two", 2, ALL),
      "needsReview",
      ["private-access-widened shop/main", "restriction-removed one"],
    ],
    [
      "private endpoints allowed and restricted in one change",
      blockedProject,
      declareClosedShop('privateEndpoints: "allowed"') + declareRestriction("one", 1),
      "block",
      ["open-for-a-moment shop/main", "private-access-widened shop/main"],
    ],
    [
      "private endpoints allowed where a restriction stands",
      blockedProject + declareRestriction("one", 1),
      declareClosedShop('privateEndpoints: "allowed"') + declareRestriction("one", 1),
      "needsReview",
      ["private-access-widened shop/main"],
    ],
    [
      "private endpoints allowed, where that was left open",
      declareShop(NOBODY),
      declareClosedShop('privateEndpoints: "allowed"'),
      "needsReview",
      ["left-until-now shop"],
    ],
    [
      "private endpoints allowed by an allowlist, where that was left open",
      declareShop(MANAGED_SEPARATELY) + declareAllowlist(OFFICE),
      declareShop(MANAGED_SEPARATELY) + declareAllowlist(OFFICE, 'privateEndpoints: "allowed"'),
      "needsReview",
      ["left-until-now list"],
    ],
  ]),
  ...labelChanges("guards")([
    [
      "the last restriction may be removed",
      open + declareRestriction("one", 1),
      open + declareRestriction("one", 1, ALL),
      "needsReview",
      ["guard-released one"],
    ],
    [
      "the last restriction may be removed, and has another name by an alias",
      open + declareRestriction("one", 1),
      open + declareRestriction("uno", 1, ALL, 'aliases: [{ name: "one" }]'),
      "needsReview",
      ["guard-released uno"],
    ],
    [
      "the last restriction may be removed, and has another name without an alias",
      open + declareRestriction("one", 1),
      open + declareRestriction("uno", 1, ALL),
      "block",
      ["guard-released uno", "renamed-without-alias uno", "restriction-removed one", "vpc-restriction-lifted shop/main"],
    ],
  ]),
  ...labelChanges("harmless")([
    [
      "private endpoints blocked, where that was left open",
      declareShop(NOBODY),
      blockedProject,
      "approve",
      ["private-access-narrowed shop/main"],
    ],
    ["a restriction where private endpoints are blocked", blockedProject, blockedProject + declareRestriction("one", 1), "approve"],
    [
      "two restrictions at once",
      open,
      open + declareRestriction("one", 1) + declareRestriction("two", 2),
      "approve",
      ["private-access-narrowed shop/main"],
    ],
    ["a label of a restriction", open + declareRestriction("one", 1), open + declareRestriction("one", 1, ', label: "ours"'), "approve"],
  ]),
];
