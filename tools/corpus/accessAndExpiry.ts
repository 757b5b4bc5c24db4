import { SHOP } from "./unreviewedCode.js";
import { toTypeToken, type WrittenResource, type WrittenChange, labelWrittenChanges } from "./writtenChanges.js";

const PROJECT = "quiet-lake-12345678";
const BRANCH = "br-quiet-lake-12345678";
const buildMember = (role: string): WrittenResource => ({
  type: toTypeToken("OrganizationMember"),
  name: "person",
  id: "org-quiet-lake-1/1",
  inputs: { email: "person@example.com", role },
});
const buildPermission = (level: string): WrittenResource => ({
  type: toTypeToken("ProjectPermission"),
  name: "reader",
  id: `${PROJECT}/1`,
  inputs: { projectId: PROJECT, email: "person@example.com", level },
});
const buildGrants = (tables: readonly string[], more: object = {}, name = "reading"): WrittenResource => ({
  type: toTypeToken("RoleGrants"),
  name,
  id: `${PROJECT}/${BRANCH}/neondb/reader`,
  inputs: {
    projectId: PROJECT,
    branchId: BRANCH,
    databaseName: "neondb",
    roleName: "reader",
    schemas: [{ name: "public", privileges: ["USAGE"], tables }],
    ...more,
  },
});
const buildEntry = (name: string, project: string, range = "198.51.100.7"): WrittenResource => ({
  type: toTypeToken("IpAllowlistEntry"),
  name,
  id: `${project}/${name}`,
  inputs: { projectId: project, ranges: [range] },
});
const OTHER_PROJECT = "calm-river-87654321";
const UNDECLARED = `${OTHER_PROJECT}/protected branches that the stack does not declare`;

const buildScratchBranch = (expiresAt: string): WrittenResource => ({
  type: toTypeToken("Branch"),
  name: "scratch",
  id: `${PROJECT}/br-still-sea-12345678`,
  inputs: { projectId: PROJECT, name: "scratch", expiresAt },
});

/** What persons and roles may do, branches whose end is near the moment of judging, and entries in lists of other stacks: what the plane of the corpus has not, or only by SQL. */
export const accessAndExpiry: readonly WrittenChange[] = [
  ...labelWrittenChanges("data")([
    [
      "a branch deleted in its last week",
      [SHOP, buildScratchBranch("2026-12-05T00:00:00Z")],
      [SHOP],
      "approve",
      ["branch-removed scratch"],
    ],
    ["a branch deleted that is over", [SHOP, buildScratchBranch("2026-11-05T00:00:00Z")], [SHOP], "approve", ["branch-removed scratch"]],
    [
      "a branch deleted a season before its end",
      [SHOP, buildScratchBranch("2027-03-01T00:00:00Z")],
      [SHOP],
      "block",
      ["data-destroyed scratch"],
    ],
  ]),
  ...labelWrittenChanges("credentials")([
    ["a member who may do less", [SHOP, buildMember("editor")], [SHOP, buildMember("viewer")], "approve", ["member-may-do-less person"]],
    ["an administrator no longer", [SHOP, buildMember("admin")], [SHOP, buildMember("member")], "approve", ["member-may-do-less person"]],
    [
      "a member who may do more",
      [SHOP, buildMember("viewer")],
      [SHOP, buildMember("editor")],
      "needsReview",
      ["member-may-do-more person"],
    ],
    [
      "a member who becomes an administrator",
      [SHOP, buildMember("editor")],
      [SHOP, buildMember("admin")],
      "block",
      ["member-promoted person"],
    ],
    [
      "an administrator of a project no longer",
      [SHOP, buildPermission("admin")],
      [SHOP, buildPermission("viewer")],
      "approve",
      ["permission-narrowed reader"],
    ],
    [
      "fewer privileges",
      [SHOP, buildGrants(["SELECT", "INSERT"])],
      [SHOP, buildGrants(["SELECT"])],
      "approve",
      ["privileges-narrowed reading"],
    ],
    [
      "further privileges",
      [SHOP, buildGrants(["SELECT"])],
      [SHOP, buildGrants(["SELECT", "INSERT"])],
      "needsReview",
      ["privileges-widened reading"],
    ],
    [
      "other privileges",
      [SHOP, buildGrants(["SELECT"])],
      [SHOP, buildGrants(["INSERT"])],
      "needsReview",
      ["privileges-narrowed reading", "privileges-widened reading"],
    ],
    [
      "what comes later no longer",
      [SHOP, buildGrants([], { schemas: [{ name: "public", privileges: ["USAGE"], tables: ["SELECT"], future: true }] })],
      [SHOP, buildGrants(["SELECT"])],
      "approve",
      ["privileges-narrowed reading"],
    ],
    // The old ones go last, with all that the role has there.
    [
      "privileges renamed without an alias",
      [SHOP, buildGrants(["SELECT"])],
      [SHOP, buildGrants(["SELECT"], {}, "renamed")],
      "approve",
      ["privileges-taken reading", "renamed-without-alias renamed"],
    ],
  ]),
  ...labelWrittenChanges("reachability")([
    [
      "an entry in another stack's list",
      [SHOP, buildEntry("a", OTHER_PROJECT)],
      [SHOP, buildEntry("a", OTHER_PROJECT), buildEntry("b", OTHER_PROJECT, "192.0.2.7")],
      "needsReview",
      [`access-widened ${UNDECLARED}`],
    ],
    [
      "an entry in another stack's list no more",
      [SHOP, buildEntry("a", OTHER_PROJECT), buildEntry("b", OTHER_PROJECT, "192.0.2.7")],
      [SHOP, buildEntry("a", OTHER_PROJECT)],
      "approve",
      [`access-narrowed ${UNDECLARED}`, "entries-removed b"],
    ],
  ]),
  ...labelWrittenChanges("harmless")([
    ["privileges in another order", [SHOP, buildGrants(["SELECT", "INSERT"])], [SHOP, buildGrants(["INSERT", "SELECT"])], "approve"],
    [
      "another giver of the same privileges",
      [SHOP, buildGrants(["SELECT"])],
      [SHOP, buildGrants(["SELECT"], { grantorName: "neondb_owner" })],
      "approve",
    ],
  ]),
];
