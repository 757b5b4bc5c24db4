import { IN_BRANCH, IN_BRANCH_CASES, type Rejected, TIME } from "./words.js";

/** What is in a branch: roles, what they may do, and databases. */
export const ROLES = {
  Database: {
    sound: { ...IN_BRANCH, name: "shop", ownerName: "shop_owner" },
    cases: [
      ...IN_BRANCH_CASES,
      ["name", { name: "é".repeat(32) }, "name", "must have at most 63 bytes"],
      ["name", { name: ".." }, "name", 'must not be "." or "..", which the API cannot address'],
      ["ownerName", { ownerName: "" }, "ownerName", "must not be empty"],
    ],
  },
  Role: {
    sound: { ...IN_BRANCH, name: "shop_app" },
    cases: [
      ...IN_BRANCH_CASES,
      ["name", { name: "shop/app" }, "name", "must not contain a slash"],
      ["login", { login: 0 }, "login", "expected boolean, received number"],
      ["revealPassword", { revealPassword: "yes" }, "revealPassword", "expected boolean, received string"],
      [
        "revealPassword",
        { login: false, revealPassword: true },
        "revealPassword",
        "a role that may not log in has no password: remove revealPassword or set login: true",
      ],
    ],
  },
  RoleGrants: {
    sound: { ...IN_BRANCH, databaseName: "shop", roleName: "reader", schemas: [{ name: "public", privileges: ["USAGE"] }] },
    cases: [
      ...IN_BRANCH_CASES,
      ["databaseName", { databaseName: "a/b" }, "databaseName", "must not contain a slash"],
      ["roleName", { roleName: "" }, "roleName", "must not be empty"],
      ["grantorName", { grantorName: "x".repeat(64) }, "grantorName", "must have at most 63 bytes"],
      ["database", { database: ["ALL"] }, "database[0]", 'must be "CONNECT", "CREATE", "TEMPORARY"'],
      ["schemas.name", { schemas: [{ name: "" }] }, "schemas[0].name", "must not be empty"],
      ["schemas.privileges", { schemas: [{ name: "a", privileges: ["ALL"] }] }, "schemas[0].privileges[0]", 'must be "USAGE", "CREATE"'],
      [
        "schemas.tables",
        { schemas: [{ name: "a", tables: ["READ"] }] },
        "schemas[0].tables[0]",
        'must be "SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"',
      ],
      [
        "schemas.sequences",
        { schemas: [{ name: "a", sequences: ["NEXT"] }] },
        "schemas[0].sequences[0]",
        'must be "USAGE", "SELECT", "UPDATE"',
      ],
      ["schemas.routines", { schemas: [{ name: "a", routines: ["CALL"] }] }, "schemas[0].routines[0]", 'must be "EXECUTE"'],
      ["schemas.future", { schemas: [{ name: "a", future: 1 }] }, "schemas[0].future", "expected boolean, received number"],
      ["schemas", { schemas: [{ name: "a" }, { name: "a" }] }, "schemas", "names a schema twice"],
      ["revokePublic", { revokePublic: false }, "revokePublic", "cannot give anything back to PUBLIC: remove it, or grant by SQL"],
      ["liveCheck", { liveCheck: "yes" }, "liveCheck", "expected boolean, received string"],
      ["revealPassword", { revealPassword: 1 }, "revealPassword", "expected boolean, received number"],
    ],
  },
  TemporaryAccess: {
    sound: {
      ...{ ...IN_BRANCH, databaseName: "shop", roleName: "visitor", privileges: { schemas: [{ name: "a", privileges: ["USAGE"] }] } },
      ...{ until: "2026-01-31T12:00:00Z", reason: "a look", requester: "ada@example.com" },
    },
    cases: [
      ...IN_BRANCH_CASES,
      ["databaseName", { databaseName: "" }, "databaseName", "must not be empty"],
      [
        "requester",
        { requester: "Ada <ada@example.com>" },
        "requester",
        "must be a name as in a list of allowed signers, such as ada@example.com",
      ],
      ["roleName", { roleName: "a/b" }, "roleName", "must not contain a slash"],
      ["privileges.database", { privileges: { database: ["ALL"] } }, "privileges.database[0]", 'must be "CONNECT", "CREATE", "TEMPORARY"'],
      ["privileges.schemas.name", { privileges: { schemas: [{ name: "" }] } }, "privileges.schemas[0].name", "must not be empty"],
      [
        "privileges.schemas.privileges",
        { privileges: { schemas: [{ name: "a", privileges: ["ALL"] }] } },
        "privileges.schemas[0].privileges[0]",
        'must be "USAGE", "CREATE"',
      ],
      [
        "privileges.schemas.tables",
        { privileges: { schemas: [{ name: "a", tables: ["READ"] }] } },
        "privileges.schemas[0].tables[0]",
        'must be "SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"',
      ],
      [
        "privileges.schemas.sequences",
        { privileges: { schemas: [{ name: "a", sequences: ["NEXT"] }] } },
        "privileges.schemas[0].sequences[0]",
        'must be "USAGE", "SELECT", "UPDATE"',
      ],
      [
        "privileges.schemas.routines",
        { privileges: { schemas: [{ name: "a", routines: ["CALL"] }] } },
        "privileges.schemas[0].routines[0]",
        'must be "EXECUTE"',
      ],
      ["until", { until: "tomorrow" }, "until", TIME],
      ["until", { until: "2999-01-01T00:00:00Z" }, "until", "must be at most 7 days ahead"],
      ["reason", { reason: "" }, "reason", "must not be empty"],
      ["requester", { requester: "x".repeat(255) }, "requester", "must have at most 254 characters"],
      ["approval", { approval: "yes" }, "approval", "was not written by palisade approve-access"],
      ["revealPassword", { revealPassword: 1 }, "revealPassword", "expected boolean, received number"],
    ],
  },
  RotatingRole: {
    sound: { ...IN_BRANCH, name: "shop_app", rotation: "2026-11" },
    cases: [
      ...IN_BRANCH_CASES,
      ["name", { name: "x".repeat(62) }, "name", "must have at most 61 bytes"],
      ["rotation", { rotation: undefined }, "rotation", "is required"],
      ["keepPreviousSeconds", { keepPreviousSeconds: -1 }, "keepPreviousSeconds", "must not be negative"],
      ["keepPreviousSeconds", { keepPreviousSeconds: 2_592_001 }, "keepPreviousSeconds", "must be at most 2592000 seconds (30 days)"],
      ["revealPassword", { revealPassword: 1 }, "revealPassword", "expected boolean, received number"],
    ],
  },
} satisfies Rejected;
