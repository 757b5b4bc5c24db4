import { MANAGED_SEPARATELY, type LabelledChange, labelled, list, listed, NOBODY, of, OFFICE, shop } from "./change.js";

const open = shop(listed(OFFICE));
const shut = shop('{ allow: "nobody", privateEndpoints: "blocked" }');
const closing = (more: string) => shop(`{ allow: "nobody", ${more} }`);
/** An endpoint is assigned once in an organisation, so each change has its own. */
const assignment = (id: string, region = "aws-eu-central-1") =>
  `new neon.PrivateEndpoint("endpoint", { regionId: "${region}", vpcEndpointId: "vpce-000000000000000${id}" });\n`;
const restriction = (name: string, id: 1 | 2, more = "", options = "") =>
  of("VpcEndpointRestriction", name, `vpcEndpointId: "vpce-0000000000000000${id}"${more}`, options);
const ALL = ", allowAll: true";

/** Private endpoints: the address list does not hold them up. */
export const endpoints: readonly LabelledChange[] = [
  ...labelled("reachability")([
    ["a VPC endpoint assigned", "", assignment("e1", "aws-us-east-1"), "needsReview", ["endpoint-assigned endpoint"]],
    [
      "a VPC endpoint assigned in the region of an unrestricted project",
      open,
      open + assignment("e2"),
      "needsReview",
      ["endpoint-assigned endpoint", "private-access-widened shop/main"],
    ],
    [
      "a VPC endpoint assigned in the region of a restricted project",
      open + restriction("one", 1),
      open + restriction("one", 1) + assignment("e3"),
      "needsReview",
      ["endpoint-assigned endpoint"],
    ],
    [
      "a VPC endpoint assigned in the region of a project that blocks them",
      shut,
      shut + assignment("e4"),
      "needsReview",
      ["endpoint-assigned endpoint", "opened-latently shop/main"],
    ],
    [
      "a VPC endpoint assigned and the project restricted to another, in one change",
      open,
      open + assignment("e5") + restriction("one", 1),
      "block",
      ["endpoint-assigned endpoint", "open-for-a-moment shop/main", "private-access-narrowed shop/main"],
    ],
    [
      "the only restriction to another endpoint",
      open + restriction("one", 1, ALL),
      open + restriction("two", 2, ALL),
      "needsReview",
      ["private-access-widened shop/main", "restriction-removed one"],
    ],
    [
      "private endpoints allowed and restricted in one change",
      shut,
      closing('privateEndpoints: "allowed"') + restriction("one", 1),
      "block",
      ["open-for-a-moment shop/main", "private-access-widened shop/main"],
    ],
    [
      "private endpoints allowed where a restriction stands",
      shut + restriction("one", 1),
      closing('privateEndpoints: "allowed"') + restriction("one", 1),
      "needsReview",
      ["private-access-widened shop/main"],
    ],
    [
      "private endpoints allowed, where that was left open",
      shop(NOBODY),
      closing('privateEndpoints: "allowed"'),
      "needsReview",
      ["left-until-now shop"],
    ],
    [
      "private endpoints allowed by an allowlist, where that was left open",
      shop(MANAGED_SEPARATELY) + list(OFFICE),
      shop(MANAGED_SEPARATELY) + list(OFFICE, 'privateEndpoints: "allowed"'),
      "needsReview",
      ["left-until-now list"],
    ],
  ]),
  ...labelled("guards")([
    [
      "the last restriction may be removed",
      open + restriction("one", 1),
      open + restriction("one", 1, ALL),
      "needsReview",
      ["guard-released one"],
    ],
    [
      "the last restriction may be removed, and has another name by an alias",
      open + restriction("one", 1),
      open + restriction("uno", 1, ALL, 'aliases: [{ name: "one" }]'),
      "needsReview",
      ["guard-released uno"],
    ],
    [
      "the last restriction may be removed, and has another name without an alias",
      open + restriction("one", 1),
      open + restriction("uno", 1, ALL),
      "block",
      ["guard-released uno", "renamed-without-alias uno", "restriction-removed one", "vpc-restriction-lifted shop/main"],
    ],
  ]),
  ...labelled("harmless")([
    ["private endpoints blocked, where that was left open", shop(NOBODY), shut, "approve", ["private-access-narrowed shop/main"]],
    ["a restriction where private endpoints are blocked", shut, shut + restriction("one", 1), "approve"],
    [
      "two restrictions at once",
      open,
      open + restriction("one", 1) + restriction("two", 2),
      "approve",
      ["private-access-narrowed shop/main"],
    ],
    ["a label of a restriction", open + restriction("one", 1), open + restriction("one", 1, ', label: "ours"'), "approve"],
  ]),
];
