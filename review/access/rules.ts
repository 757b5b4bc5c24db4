import type { Direction, Severity } from "../../contract/findings.js";
import { EVERYBODY } from "../change/clouds/keyAccess.js";
import type { Finding } from "../finding.js";
import { type Access, isPublic } from "./access.js";
import { listSuperPowers } from "./readRoles.js";

export interface AccessRule {
  readonly id: string;
  readonly severity: Severity;
  readonly direction: Direction;
  /** One sentence: what is so where the rule finds something. */
  readonly says: string;
  readonly remedy: string;
  /** What exactly; undefined where the rule finds nothing. */
  readonly find: (access: Access, context: AccessContext) => string | undefined;
}

interface AccessContext {
  readonly all: readonly Access[];
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

const DAY_MS = 86_400_000;
export const UNUSED_DAYS = 90;
export const OLD_KEY_DAYS = 90;
/** Enough that one may be away and one may lose the phone. */
export const MOST_ADMINISTRATORS = 3;
const ADMINISTRATOR = "admin of the organisation";
/** What Postgres gives everybody by itself: of schemas to `public` alone. Without spaces in a database's name, so that no schema passes for it. */
const DEFAULTS_OF_PUBLIC = /^(?:(?:CONNECT|TEMPORARY) on database |USAGE on schema public of database \S+$|EXECUTE on routines in )/;

/** The most severe first. */
export const ACCESS_RULES: readonly AccessRule[] = [
  {
    id: "key-open-to-everybody",
    severity: "high",
    direction: "opens",
    says: "A key policy of a cloud lets everybody use the key, or decide who may.",
    remedy: "Name the roles that need the key.",
    find: ({ kind, name, powers }) => (kind === "keyPrincipal" && name === EVERYBODY ? powers.join(", ") : undefined),
  },
  {
    id: "cloud-role-too-broad",
    severity: "high",
    direction: "opens",
    says: "A role of the cloud may do everything, or may be assumed by everybody.",
    remedy: "Name the actions that it needs and who may assume it.",
    find: ({ kind, powers }) => {
      const broad = kind === "cloudRole" ? powers.filter((power) => BROAD_IN_CLOUD.test(power)) : [];
      return broad.length > 0 ? broad.join(", ") : undefined;
    },
  },
  {
    id: "key-of-whole-organization",
    severity: "medium",
    direction: "opens",
    says: "An API key opens a whole organisation, or all that a person may see, where a key of one project may do.",
    remedy: 'Make one key for each project (ApiKey with scope: "project"), then revoke this one.',
    find: ({ kind, powers }) =>
      kind === "apiKey" && !powers.some((power) => power.startsWith("API: project ")) ? powers.join() : undefined,
  },
  {
    id: "many-administrators",
    severity: "medium",
    direction: "opens",
    says: `More than ${MOST_ADMINISTRATORS} people do everything in the organisation.`,
    remedy: "Give those who administer nothing another level (OrganizationMember).",
    find: ({ kind, powers, place }, { all }) => {
      if (kind !== "member" || !powers.includes(ADMINISTRATOR)) return undefined;
      const count = all.filter((one) => one.kind === "member" && one.place === place && one.powers.includes(ADMINISTRATOR)).length;
      return count > MOST_ADMINISTRATORS ? `one of ${count}` : undefined;
    },
  },
  {
    id: "superuser-like-role",
    severity: "medium",
    direction: "opens",
    says: "A role that may log in does nearly everything on its branch, whatever is granted to it. Every role that Neon's API makes is one.",
    remedy: "Let applications log in with a role of RoleGrants, which has what it is given and nothing else.",
    find: ({ kind, powers }) => {
      const mighty = kind === "role" && powers.includes("login") ? listSuperPowers(powers) : [];
      return mighty.length > 0 ? mighty.join(", ") : undefined;
    },
  },
  {
    id: "public-grant",
    severity: "medium",
    direction: "opens",
    says: "Every role, those made later included, has privileges beyond what Postgres gives by itself.",
    remedy: "Revoke them from PUBLIC (RoleGrants with revokePublic: true), and grant to the roles that need them.",
    find: (access) => {
      const wide = isPublic(access) ? access.powers.filter((power) => !DEFAULTS_OF_PUBLIC.test(power)) : [];
      return wide.length > 0 ? wide.join(", ") : undefined;
    },
  },
  {
    id: "unused-access",
    severity: "medium",
    direction: "neutral",
    says: `Nobody has used it for more than ${UNUSED_DAYS} days.`,
    remedy: "Remove it: what nobody uses is missed by nobody but who steals it.",
    find: ({ lastUsed, since }, { nowMs }) => {
      if (lastUsed === undefined) return undefined;
      const last = lastUsed === "never" ? since : lastUsed;
      if (last === undefined || !isOlderThan(last, UNUSED_DAYS, nowMs)) return undefined;
      return lastUsed === "never" ? `never, since ${last}` : `last ${last}`;
    },
  },
  {
    id: "key-without-end",
    severity: "low",
    direction: "neutral",
    says: `Keys of Neon's API have no end, and this one was made more than ${OLD_KEY_DAYS} days ago.`,
    remedy: "Replace it: a change of ApiKey makes the new key before the old one is revoked.",
    find: ({ kind, since }, { nowMs }) =>
      kind === "apiKey" && since !== undefined && isOlderThan(since, OLD_KEY_DAYS, nowMs) ? `made ${since}` : undefined,
  },
  {
    id: "undeclared-access",
    severity: "low",
    direction: "unknown",
    says: "Nothing in the stack declares it: no review has seen it come, and no commit explains it.",
    remedy: "Take it over (`adopt`), or remove it; where another stack declares it, review that one as well.",
    find: (access) => (access.declaredBy.length === 0 && !isPublic(access) ? access.can : undefined),
  },
];

/** Case means nothing in actions, and stars may stand for letters anywhere: `IAM:*` and `*:*` are as broad. */
const BROAD_IN_CLOUD =
  /^(?:[*?]+(?::[*?]+)?|[a-z*?]*[*?]:\*|iam:\*+|kms:\*+|all actions but some|assumed by \*|policy arn:aws[a-z-]*:iam::aws:policy\/AdministratorAccess)(?: |$)/i;

const isOlderThan = (instant: string, days: number, nowMs: number): boolean => nowMs - Date.parse(instant) > days * DAY_MS;

/** Rule by rule, the most severe first. */
export const judgeAccess = (all: readonly Access[], nowMs: number): Finding[] =>
  ACCESS_RULES.flatMap(({ id, severity, direction, remedy, find }) =>
    all.flatMap((access): Finding[] => {
      const after = find(access, { all, nowMs });
      const resource = { kind: access.kind, id: access.id, name: access.name };
      return after === undefined ? [] : [{ rule: id, severity, direction, resource, after, remedy }];
    }),
  );
