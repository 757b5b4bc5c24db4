import { DAY_SECONDS } from "../../contract/durations.js";
import { isProperties, UNKNOWN } from "../../provider/introspection.js";
import { type Control, getList, createUnknownError, getValue } from "../control.js";

/** Who holds passwords, keys, tokens and privileges. */
export const accessControls: readonly Control[] = [
  {
    id: "passwords-not-stored",
    scope: "resource",
    kinds: ["Project"],
    level: "advisory",
    severity: "low",
    soc2: ["CC6.1"],
    iso27001: ["A.5.17"],
    privacy: "credentials",
    promises: [4, 12],
    requires: "Neon does not keep passwords of roles.",
    why: "What is kept can be revealed with an API key. Only RoleGrants needs it: it logs in as the owner of the database.",
    remedy: "Set storePasswords: false when the project is made; it cannot change afterwards.",
    *check(subject) {
      if (getValue(subject, "storePasswords") !== false) yield "storePasswords is not false.";
    },
  },
  {
    id: "passwords-not-revealed",
    scope: "resource",
    kinds: ["Role", "RotatingRole", "RoleGrants", "TemporaryAccess"],
    level: "advisory",
    severity: "medium",
    soc2: ["CC6.1"],
    iso27001: ["A.5.17"],
    privacy: "credentials",
    promises: [4],
    requires: "No password is an output of the stack.",
    why: "An output lies in the state, encrypted; whoever may read the stack's secrets may log in.",
    remedy: "Leave revealPassword out, and hand the password over outside of the stack.",
    *check(subject) {
      if (getValue(subject, "revealPassword") === true) yield "revealPassword is true.";
    },
  },
  {
    id: "logins-rotate",
    scope: "resource",
    kinds: ["Role"],
    level: "advisory",
    severity: "low",
    soc2: ["CC6.1"],
    iso27001: ["A.5.17"],
    privacy: "credentials",
    promises: [4, 12],
    requires: "Roles that log in have passwords that can be changed without an outage.",
    why: "A password that cannot be changed without an outage is not changed.",
    remedy: "Use RotatingRole for logins, and login: false for roles that only own things.",
    *check(subject) {
      if (getValue(subject, "login") !== false) yield "It is a login with one fixed password.";
    },
  },
  {
    id: "overlap-bounded",
    scope: "resource",
    kinds: ["RotatingRole"],
    level: "mandatory",
    severity: "low",
    soc2: ["CC6.1"],
    iso27001: ["A.5.17"],
    privacy: "credentials",
    promises: [4],
    requires: "After a rotation the previous password ends soon.",
    why: "A rotation answers a leak only when the leaked password stops working.",
    remedy: "Keep keepPreviousSeconds as short as the slowest deployment.",
    settings: { days: { type: "integer", minimum: 0, maximum: 30, default: 7, description: "Longest overlap, in days." } },
    *check(subject, { days }) {
      const seconds = getValue(subject, "keepPreviousSeconds");
      if (typeof seconds === "number" && seconds > Number(days) * DAY_SECONDS) yield `keepPreviousSeconds is ${seconds}.`;
    },
  },
  {
    id: "temporary-access-approved",
    scope: "resource",
    kinds: ["TemporaryAccess"],
    level: "mandatory",
    severity: "high",
    soc2: ["CC6.1", "CC6.2"],
    iso27001: ["A.5.18", "A.8.2"],
    privacy: "authorisation",
    promises: [13],
    requires: "Temporary access has the approval of a second person.",
    why: "At Neon nothing else asks for one: a role would be made on the word of whoever wants it.",
    remedy: "Let a second person sign the request (palisade approve-access), and give the file's text as approval.",
    *check(subject) {
      if (getValue(subject, "approval") === undefined) yield "It has no approval.";
    },
  },
  {
    id: "key-for-one-project",
    scope: "resource",
    kinds: ["ApiKey"],
    level: "mandatory",
    severity: "high",
    soc2: ["CC6.1", "CC6.3"],
    iso27001: ["A.5.15", "A.8.2"],
    privacy: "authorisation",
    promises: [12],
    requires: "Each API key opens one project.",
    why: "A key of an organisation is an administrator without a second factor: it opens and deletes every project.",
    remedy: 'Use scope: "project", and make one key for each project.',
    *check(subject) {
      if (!["project", undefined].includes(getValue(subject, "scope") as string | undefined)) yield "The key opens more than one project.";
    },
  },
  {
    id: "no-administrators-by-program",
    scope: "resource",
    kinds: ["OrganizationMember", "ProjectPermission"],
    level: "mandatory",
    severity: "high",
    soc2: ["CC6.2", "CC6.3"],
    iso27001: ["A.5.18", "A.8.2"],
    privacy: "authorisation",
    promises: [12, 13],
    requires: "No program makes a person an administrator of the organisation or of a project.",
    why: "An invitation goes to an address that nobody checks again, and whoever may change the program would appoint themselves.",
    remedy: "Choose a lower role, and appoint administrators by hand.",
    *check(subject) {
      if (getValue(subject, subject.kind === "OrganizationMember" ? "role" : "level") === "admin") yield "It makes an administrator.";
    },
  },
  {
    id: "grants-revoke-public",
    scope: "resource",
    kinds: ["RoleGrants"],
    level: "mandatory",
    severity: "medium",
    soc2: ["CC6.3"],
    iso27001: ["A.8.3"],
    privacy: "authorisation",
    promises: [12],
    requires: "What Postgres gives to everybody is taken away.",
    why: "Privileges of PUBLIC belong to every role, however little it is granted.",
    remedy: "Set revokePublic: true.",
    *check(subject) {
      if (getValue(subject, "revokePublic") !== true) yield "revokePublic is not true.";
    },
  },
  {
    id: "grants-make-nothing",
    scope: "resource",
    kinds: ["RoleGrants"],
    level: "mandatory",
    severity: "medium",
    soc2: ["CC6.3"],
    iso27001: ["A.8.2", "A.8.3"],
    privacy: "authorisation",
    promises: [12],
    requires: "A role with limited grants may make nothing in the database or in schema public.",
    why: "Who may create in public can put a function in the way of others, and have it run with their privileges.",
    remedy: "Remove CREATE, or give the role a schema of its own.",
    *check(subject) {
      const database = getList(subject, "database");
      if (database.includes("CREATE")) yield "database has CREATE.";
      const schemas = getList(subject, "schemas");
      for (const { name, privileges } of schemas.filter(isProperties)) {
        const words: readonly unknown[] = Array.isArray(privileges) ? privileges : [privileges];
        if (name === "public" && words.includes("CREATE")) yield "Schema public has CREATE.";
        else if ([name, ...words].includes(UNKNOWN)) throw createUnknownError("a privilege");
      }
      if ([...database, ...schemas].includes(UNKNOWN)) throw createUnknownError("a privilege");
    },
  },
  {
    id: "tokens-for-one-audience",
    scope: "resource",
    kinds: ["JwksUrl"],
    level: "mandatory",
    severity: "medium",
    soc2: ["CC6.1"],
    iso27001: ["A.8.5"],
    privacy: "credentials",
    promises: [12],
    requires: "Keys of a token provider come over https, and tokens are for an audience of ours.",
    why: "Without an audience a token that was made for another service opens the data.",
    remedy: "Use an https:// URL, and set audience.",
    *check(subject) {
      const [url, audience] = [getValue(subject, "jwksUrl"), getValue(subject, "audience")];
      if (typeof url !== "string" || !url.toLowerCase().startsWith("https://")) yield "jwksUrl is not an https:// URL.";
      if (audience === undefined) yield "audience is not set.";
    },
  },
];
