import { type Case, NOT_AN_ID, ORG_ID, RANGE_CASES, type Rejected, TIME, VPCE_ID } from "./words.js";

const GUID = "6f1f2c1e-6a2f-4f5e-9f0a-2d1f5f0c7a11";

/** Who may come: allowlists and private endpoints. */
export const NETWORKS = {
  IpAllowlist: {
    sound: { projectId: "quiet-lake-12345678", allow: "listed", ranges: ["203.0.113.0/24"] },
    cases: [
      ["projectId", { projectId: "" }, "projectId", NOT_AN_ID],
      ["allow", { allow: "managedSeparately" }, "allow", 'must be "listed", "anywhere" or "nobody"'],
      ["acceptLockOut", { acceptLockOut: "yes" }, "acceptLockOut", "must be true, or left out"],
      [
        "pathAttestation.attestation",
        { pathAttestation: { attestation: "", allowedSigners: "a" } },
        "pathAttestation.attestation",
        "must not be empty",
      ],
      [
        "pathAttestation.allowedSigners",
        { pathAttestation: { attestation: "a", allowedSigners: "" } },
        "pathAttestation.allowedSigners",
        "must not be empty",
      ],
      ...RANGE_CASES.map(([range, reason]): Case => ["ranges", { ranges: [range] }, "ranges[0]", reason]),
      [
        "ranges",
        { ranges: [] },
        "ranges",
        'allow: "listed" needs at least one range; to admit nobody write allow: "nobody", to admit every address allow: "anywhere"',
      ],
      [
        "ranges",
        { ranges: ["::/1", "8000::/1"] },
        "ranges",
        'these ranges admit every IPv4 or every IPv6 address; if that is meant, write allow: "anywhere"',
      ],
      ["ranges.range", { ranges: [{ range: " 192.0.2.1" }] }, "ranges[0].range", '" 192.0.2.1" has white space in it: write 192.0.2.1'],
      ["ranges.removeAfter", { ranges: [{ range: "192.0.2.1", removeAfter: "tomorrow" }] }, "ranges[0].removeAfter", TIME],
      ["ranges.description", { ranges: [{ range: "192.0.2.1", note: "x" }] }, "ranges[0].note", "is not a field of this resource"],
      [
        "scope",
        { allow: "anywhere", ranges: undefined, scope: "all" },
        "scope",
        'scope belongs to allow: "listed"; remove it or write allow: "listed"',
      ],
      ["privateEndpoints", { privateEndpoints: "no" }, "privateEndpoints", 'expected one of "allowed"|"blocked"'],
      ["onDestroy", { onDestroy: "open" }, "onDestroy", 'must be "keep", "nobody" or "anywhere"'],
    ],
  },
  IpAllowlistEntry: {
    sound: { projectId: "quiet-lake-12345678", ranges: ["203.0.113.7"] },
    cases: [
      ["projectId", { projectId: "" }, "projectId", NOT_AN_ID],
      ["ranges", { ranges: [] }, "ranges", "needs at least one range"],
      ...[["0.0.0.0/0"], ["::/0"], ["0.0.0.0/1", { range: "128.0.0.0/1", description: "rest" }]].map((ranges): Case => [
        "ranges",
        { ranges },
        "ranges",
        'these ranges admit every IPv4 or every IPv6 address; if that is meant, declare an IpAllowlist (or the Project\'s network) with allow: "anywhere"',
      ]),
      ...RANGE_CASES.map(([range, reason]): Case => ["ranges", { ranges: [range] }, "ranges[0]", reason]),
      [
        "ranges.range",
        { ranges: [{ range: "" }] },
        "ranges[0].range",
        "An empty entry admits nobody: write an address (192.0.2.1), a network (192.0.2.0/24) or a range (192.0.2.10-192.0.2.20)",
      ],
      ["ranges.removeAfter", { ranges: [{ range: "192.0.2.1", removeAfter: "tomorrow" }] }, "ranges[0].removeAfter", TIME],
      [
        "ranges.description",
        { ranges: [{ range: "192.0.2.1", description: 5 }] },
        "ranges[0].description",
        "expected string, received number",
      ],
    ],
  },
  PrivateEndpoint: {
    sound: { regionId: "aws-eu-central-1", vpcEndpointId: "vpce-0a1b2c3d4e5f67890" },
    cases: [
      ["orgId", { orgId: "shop" }, "orgId", ORG_ID],
      [
        "regionId",
        { regionId: "aws-eu-centrl-1" },
        "regionId",
        '"aws-eu-centrl-1" is not a region of Neon that has private networking; did you mean "aws-eu-central-1"?',
      ],
      ["vpcEndpointId", { vpcEndpointId: "vpc-0a1b2c3d" }, "vpcEndpointId", VPCE_ID],
      ["no endpoint", { vpcEndpointId: undefined }, "vpcEndpointId", "or azureResourceGuid must be there, and not both"],
      ["an endpoint of each cloud", { azureResourceGuid: GUID }, "vpcEndpointId", "or azureResourceGuid must be there, and not both"],
      ["an endpoint of AWS in a region of Azure", { regionId: "azure-gwc" }, "vpcEndpointId", "is of AWS, and the region of another cloud"],
      [
        "an endpoint of Azure in a region of AWS",
        { vpcEndpointId: undefined, azureResourceGuid: GUID },
        "azureResourceGuid",
        "is of Azure, and the region of another cloud",
      ],
      [
        "azureResourceGuid",
        { vpcEndpointId: undefined, regionId: "azure-gwc", azureResourceGuid: GUID.toUpperCase() },
        "azureResourceGuid",
        "is not the resourceGuid of a private endpoint such as 6f1f2c1e-6a2f-4f5e-9f0a-2d1f5f0c7a11 (lower case)",
      ],
      ["label", { label: "x".repeat(257) }, "label", "must have at most 256 characters"],
      ["waitForAccepted", { waitForAccepted: "yes" }, "waitForAccepted", "expected boolean, received string"],
      ["release", { release: 1 }, "release", "expected boolean, received number"],
    ],
  },
  VpcEndpointRestriction: {
    sound: { projectId: "quiet-lake-12345678", vpcEndpointId: "vpce-0a1b2c3d4e5f67890" },
    cases: [
      ["projectId", { projectId: "" }, "projectId", NOT_AN_ID],
      ["vpcEndpointId", { vpcEndpointId: "" }, "vpcEndpointId", `${VPCE_ID}, and no resourceGuid of an Azure private endpoint`],
      ["label", { label: 1 }, "label", "expected string, received number"],
      ["allowAll", { allowAll: "yes" }, "allowAll", "expected boolean, received string"],
      ["acceptLockOut", { acceptLockOut: false }, "acceptLockOut", "must be true, or left out"],
    ],
  },
} satisfies Rejected;
