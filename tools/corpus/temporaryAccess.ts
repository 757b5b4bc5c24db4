import { AccessTerms, buildApprovalText, formatSignedAccess } from "../../contract/temporaryAccess.js";
import { UNKNOWN } from "./joinParts.js";
import { SHOP } from "./unreviewedCode.js";
import { labelWrittenChanges, toTypeToken, type WrittenChange, type WrittenResource } from "./writtenChanges.js";

const PROJECT = "quiet-lake-12345678";
const [BRANCH, PRODUCTION] = ["br-quiet-lake-12345678", "br-still-sea-12345678"];
const FIRST = "00000000-0000-4000-8000-000000000001";
const SECOND = "00000000-0000-4000-8000-000000000002";

/** A schema, and what the role may do with its tables. */
const buildPrivileges = (tables: readonly string[], more: object = {}) => ({
  database: ["CONNECT"],
  schemas: [{ name: "shop", privileges: ["USAGE"], tables }],
  ...more,
});
const TERMS = {
  ...{ projectId: PROJECT, branchId: BRANCH, databaseName: "neondb", roleName: "visitor", privileges: buildPrivileges(["SELECT"]) },
  ...{ until: "2026-12-01T04:00:00.000Z", reason: "order 17 was charged twice", requester: "ada@example.com" },
};
/** What the second person signed; the signature itself is for the plane to prove, and no review sees whose it is. */
const approve = (terms: object, nonce: string): string =>
  formatSignedAccess(buildApprovalText(AccessTerms.parse({ ...TERMS, ...terms }), nonce, "2026-11-30T20:00:00.000Z"), "signed");

/** An access with its own approval, or with what is given in the place of one. */
const buildAccess = (terms: object = {}, more: object = {}, nonce = FIRST, name = "visit"): WrittenResource => ({
  type: toTypeToken("TemporaryAccess"),
  name,
  id: `${PROJECT}/${BRANCH}/visitor`,
  inputs: { ...TERMS, ...terms, revealPassword: false, approval: approve(terms, nonce), ...more },
  outputs: { status: "active" },
});
const buildChanged = (terms: object, more: object = {}) => buildAccess(terms, more, SECOND);
const LONGER = { until: "2026-12-02T00:00:00.000Z" };
const WIDER = { privileges: buildPrivileges(["SELECT", "DELETE"]) };
/** As near to neon_superuser as grants lead: everything there is a word for. */
const EVERYTHING = {
  privileges: {
    database: ["CONNECT", "CREATE", "TEMPORARY"],
    schemas: [
      {
        ...{ name: "shop", privileges: ["USAGE", "CREATE"], sequences: ["USAGE", "SELECT", "UPDATE"], routines: ["EXECUTE"] },
        tables: ["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"],
      },
    ],
  },
};

/** Access that ends, approved by a second person. By hand: each approval is of the ids of its very project. */
export const temporaryAccess: readonly WrittenChange[] = [
  ...labelWrittenChanges("credentials")([
    ["access that a second person signed", [SHOP], [SHOP, buildAccess()], "needsReview", ["temporary-access-given visit"]],
    [
      "access with every privilege there is a word for",
      [SHOP],
      [SHOP, buildAccess(EVERYTHING)],
      "needsReview",
      ["temporary-access-given visit"],
    ],
    ["access that nobody signed", [SHOP], [SHOP, buildAccess({}, { approval: undefined })], "block", ["access-unapproved visit"]],
    [
      "access with an approval of a shorter one",
      [SHOP],
      [SHOP, buildAccess(LONGER, { approval: approve({}, FIRST) })],
      "block",
      ["access-unapproved visit"],
    ],
    [
      "access with an approval of another branch",
      [SHOP],
      [SHOP, buildAccess({ branchId: PRODUCTION }, { approval: approve({}, FIRST) })],
      "block",
      ["access-unapproved visit"],
    ],
    [
      "access with an approval for somebody else",
      [SHOP],
      [SHOP, buildAccess({ requester: "eve@example.com" }, { approval: approve({}, FIRST) })],
      "block",
      ["access-unapproved visit"],
    ],
    // The plane refuses both: whose key signed, and what was used, no program shows.
    [
      "access with an approval that may be the requester's own",
      [SHOP],
      [SHOP, buildAccess({ requester: "bob@example.com" })],
      "needsReview",
      ["temporary-access-given visit"],
    ],
    [
      "access again, with the approval of the one that is removed",
      [SHOP, buildAccess()],
      [SHOP, buildAccess({}, {}, FIRST, "again")],
      "needsReview",
      ["renamed-without-alias again", "temporary-access-ended visit", "temporary-access-given again"],
    ],
    [
      "access that is over already",
      [SHOP],
      [SHOP, buildAccess({ until: "2026-11-30T00:00:00.000Z" })],
      "needsReview",
      ["temporary-access-given visit"],
    ],
    ["access for longer", [SHOP, buildAccess()], [SHOP, buildChanged(LONGER)], "needsReview", ["access-prolonged visit"]],
    ["access with further privileges", [SHOP, buildAccess()], [SHOP, buildChanged(WIDER)], "needsReview", ["privileges-widened visit"]],
    [
      "access for longer, with further privileges, that nobody signed",
      [SHOP, buildAccess()],
      [SHOP, buildChanged({ ...LONGER, ...WIDER }, { approval: undefined })],
      "block",
      ["access-prolonged visit", "access-unapproved visit", "privileges-widened visit"],
    ],
    [
      "access to another database",
      [SHOP, buildAccess()],
      [SHOP, buildChanged({ databaseName: "payments" })],
      "needsReview",
      ["access-moved visit"],
    ],
    [
      "access for another person",
      [SHOP, buildAccess()],
      [SHOP, buildChanged({ requester: "eve@example.com" })],
      "needsReview",
      ["access-for-another visit"],
    ],
    [
      "access of which the password is kept",
      [SHOP, buildAccess()],
      [SHOP, buildAccess({}, { revealPassword: true })],
      "needsReview",
      ["password-kept-in-state visit"],
    ],
    ["access with fewer privileges", [SHOP, buildAccess(WIDER)], [SHOP, buildChanged({})], "approve", ["privileges-narrowed visit"]],
    ["access that is taken away", [SHOP, buildAccess()], [SHOP], "approve", ["temporary-access-ended visit"]],
  ]),
  ...labelWrittenChanges("guards")([
    // A locked field: the update is refused, and the access stays where it was.
    ["access moved to the branch of production", [SHOP, buildAccess()], [SHOP, buildChanged({ branchId: PRODUCTION })], "approve"],
    [
      "access given anew on the branch of production",
      [SHOP, buildAccess()],
      [SHOP, { ...buildAccess({ branchId: PRODUCTION }, {}, SECOND, "again"), id: `${PROJECT}/${PRODUCTION}/visitor` }],
      "needsReview",
      ["temporary-access-ended visit", "temporary-access-given again"],
    ],
  ]),
  ...labelWrittenChanges("unknown")([
    [
      "access until a time that is known only after the update",
      [SHOP],
      [SHOP, buildAccess({}, { until: UNKNOWN })],
      "needsReview",
      ["temporary-access-given visit"],
      { unclear: true },
    ],
    [
      "access with an approval that is known only after the update",
      [SHOP],
      [SHOP, buildAccess({}, { approval: UNKNOWN })],
      "needsReview",
      ["temporary-access-given visit"],
      { unclear: true },
    ],
    [
      "privileges of an access that are known only after the update",
      [SHOP, buildAccess()],
      [SHOP, buildChanged({}, { privileges: UNKNOWN })],
      "needsReview",
      [],
      { unclear: true },
    ],
  ]),
  ...labelWrittenChanges("harmless")([
    ["access that ends sooner", [SHOP, buildAccess(LONGER)], [SHOP, buildChanged({})], "approve"],
    ["access in other words", [SHOP, buildAccess()], [SHOP, buildChanged({ reason: "order 18 as well" })], "approve"],
    ["the same access, signed again", [SHOP, buildAccess()], [SHOP, buildChanged({})], "approve"],
    ["an end in another spelling", [SHOP, buildAccess()], [SHOP, buildAccess({}, { until: "2026-12-01T05:00:00+01:00" })], "approve"],
  ]),
];
