import { SHOP } from "./foreign.js";
import { ours, type Written, type WrittenChange, writtenChanges } from "./written.js";

const PROJECT = "quiet-lake-12345678";
const BRANCH = "br-quiet-lake-12345678";
const member = (role: string): Written => ({
  ...{ type: ours("OrganizationMember"), name: "person", id: "org-quiet-lake-1/1" },
  inputs: { email: "person@example.com", role },
});
const permission = (level: string): Written => ({
  ...{ type: ours("ProjectPermission"), name: "reader", id: `${PROJECT}/1` },
  inputs: { projectId: PROJECT, email: "person@example.com", level },
});
const grants = (tables: readonly string[], more: object = {}, name = "reading"): Written => ({
  ...{ type: ours("RoleGrants"), name, id: `${PROJECT}/${BRANCH}/neondb/reader` },
  inputs: {
    ...{ projectId: PROJECT, branchId: BRANCH, databaseName: "neondb", roleName: "reader" },
    ...{ schemas: [{ name: "public", privileges: ["USAGE"], tables }], ...more },
  },
});
const entry = (name: string, project: string, range = "198.51.100.7"): Written => ({
  ...{ type: ours("IpAllowlistEntry"), name, id: `${project}/${name}` },
  inputs: { projectId: project, ranges: [range] },
});
const ELSEWHERE = "calm-river-87654321";
const UNDECLARED = `${ELSEWHERE}/protected branches that the stack does not declare`;

const scratch = (expiresAt: string): Written => ({
  ...{ type: ours("Branch"), name: "scratch", id: `${PROJECT}/br-still-sea-12345678` },
  inputs: { projectId: PROJECT, name: "scratch", expiresAt },
});

/** What persons and roles may do, branches whose end is near the moment of judging, and entries in lists of other stacks: what the plane of the corpus has not, or only by SQL. */
export const people: readonly WrittenChange[] = [
  ...writtenChanges("data")([
    ["a branch deleted in its last week", [SHOP, scratch("2026-12-05T00:00:00Z")], [SHOP], "approve", ["branch-removed scratch"]],
    ["a branch deleted that is over", [SHOP, scratch("2026-11-05T00:00:00Z")], [SHOP], "approve", ["branch-removed scratch"]],
    ["a branch deleted a season before its end", [SHOP, scratch("2027-03-01T00:00:00Z")], [SHOP], "block", ["data-destroyed scratch"]],
  ]),
  ...writtenChanges("credentials")([
    ["a member who may do less", [SHOP, member("editor")], [SHOP, member("viewer")], "approve", ["member-may-do-less person"]],
    ["an administrator no longer", [SHOP, member("admin")], [SHOP, member("member")], "approve", ["member-may-do-less person"]],
    ["a member who may do more", [SHOP, member("viewer")], [SHOP, member("editor")], "needsReview", ["member-may-do-more person"]],
    ["a member who becomes an administrator", [SHOP, member("editor")], [SHOP, member("admin")], "block", ["member-promoted person"]],
    [
      "an administrator of a project no longer",
      [SHOP, permission("admin")],
      [SHOP, permission("viewer")],
      "approve",
      ["permission-narrowed reader"],
    ],
    ["fewer privileges", [SHOP, grants(["SELECT", "INSERT"])], [SHOP, grants(["SELECT"])], "approve", ["privileges-narrowed reading"]],
    ["further privileges", [SHOP, grants(["SELECT"])], [SHOP, grants(["SELECT", "INSERT"])], "needsReview", ["privileges-widened reading"]],
    [
      "other privileges",
      [SHOP, grants(["SELECT"])],
      [SHOP, grants(["INSERT"])],
      "needsReview",
      ["privileges-narrowed reading", "privileges-widened reading"],
    ],
    [
      "what comes later no longer",
      [SHOP, grants([], { schemas: [{ name: "public", privileges: ["USAGE"], tables: ["SELECT"], future: true }] })],
      [SHOP, grants(["SELECT"])],
      "approve",
      ["privileges-narrowed reading"],
    ],
    // The old ones go last, with all that the role has there.
    [
      "privileges renamed without an alias",
      [SHOP, grants(["SELECT"])],
      [SHOP, grants(["SELECT"], {}, "renamed")],
      "approve",
      ["privileges-taken reading", "renamed-without-alias renamed"],
    ],
  ]),
  ...writtenChanges("reachability")([
    [
      "an entry in another stack's list",
      [SHOP, entry("a", ELSEWHERE)],
      [SHOP, entry("a", ELSEWHERE), entry("b", ELSEWHERE, "192.0.2.7")],
      "needsReview",
      [`access-widened ${UNDECLARED}`],
    ],
    [
      "an entry in another stack's list no more",
      [SHOP, entry("a", ELSEWHERE), entry("b", ELSEWHERE, "192.0.2.7")],
      [SHOP, entry("a", ELSEWHERE)],
      "approve",
      [`access-narrowed ${UNDECLARED}`, "entries-removed b"],
    ],
  ]),
  ...writtenChanges("harmless")([
    ["privileges in another order", [SHOP, grants(["SELECT", "INSERT"])], [SHOP, grants(["INSERT", "SELECT"])], "approve"],
    [
      "another giver of the same privileges",
      [SHOP, grants(["SELECT"])],
      [SHOP, grants(["SELECT"], { grantorName: "neondb_owner" })],
      "approve",
    ],
  ]),
];
