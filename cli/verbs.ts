import type { Verb } from "./verb.js";

/** What the help says of a verb, and where it is. */
export interface VerbEntry {
  description: string;
  /** Its arguments, as the help writes them. */
  takes?: string;
  load: () => Promise<Verb>;
}

/** In the order of the help. A verb is loaded only when it is named. */
export const VERBS: Readonly<Record<string, VerbEntry>> = {
  init: {
    takes: "[directory]",
    description: "Writes a new Pulumi project: listed ranges, a protected branch and a role. Asks nothing, overwrites nothing.",
    load: async () => (await import("./verbs/init.js")).init,
  },
  dev: {
    description: "Runs the embedded control plane in the foreground: Neon's API on this machine, without an account.",
    load: async () => (await import("./verbs/dev.js")).dev,
  },
  status: {
    description:
      "Shows what runs: the API, projects, branches, computes and open sessions; of an embedded plane also where it keeps its data.",
    load: async () => (await import("./verbs/status.js")).status,
  },
  psql: {
    takes: "[branch] [words...]",
    description: "Opens psql on a branch, with everything checked and the password out of sight.",
    load: async () => (await import("./verbs/psql.js")).psql,
  },
  doctor: {
    description: "Checks that everything `pulumi up` needs is in place: engine, versions, control API, key, stack and its stored code.",
    load: async () => (await import("./verbs/doctor.js")).doctor,
  },
  "connection-string": {
    takes: "[-]",
    description: "Prints what a client needs to connect with verify-full: TLS, a certificate of a known authority, the right name in it.",
    load: async () => (await import("./verbs/connectionString.js")).connectionString,
  },
  "check-connection": {
    takes: "<uri>",
    description: "Connects as a client with verify-full does, step by step up to a query, and says which step fails and what to do.",
    load: async () => (await import("./verbs/checkConnection.js")).checkConnection,
  },
  "attest-path": {
    takes: "<uri>",
    description:
      "Proves from inside a network that a private endpoint leads to a project, and signs that, so that public access may be blocked.",
    load: async () => (await import("./verbs/attestPath.js")).attestPath,
  },
  scan: {
    description:
      "Reports for every project of an organisation who can reach its data, and what is wrong. Needs only a key; changes nothing.",
    load: async () => (await import("./verbs/scan.js")).scan,
  },
  posture: {
    description:
      "Shows on one page which controls hold, from what is live: findings with deadlines, clauses, evidence, who reaches what. Changes nothing.",
    load: async () => (await import("./verbs/posture.js")).posture,
  },
  review: {
    description:
      "Reports what a change of the program does to who can reach the data, before it is applied. Needs no API key; changes nothing.",
    load: async () => (await import("./verbs/review.js")).review,
  },
  approve: {
    takes: "<review>",
    description: "Signs what a review found, so that palisade guard lets exactly that through.",
    load: async () => (await import("./verbs/approve.js")).approve,
  },
  "approve-access": {
    takes: "<request>",
    description: "Signs a request for temporary access to a branch, so that exactly that is given, once, to whom it names.",
    load: async () => (await import("./verbs/approveAccess.js")).approveAccess,
  },
  guard: {
    takes: "<command...>",
    description: "Runs pulumi up when its change needs no approval, or when exactly this change was approved; judges again inside the run.",
    load: async () => (await import("./verbs/guard.js")).guard,
  },
  verdicts: {
    description: "Verifies the hash chain of the log of guarded updates, and prints the log.",
    load: async () => (await import("./verbs/verdicts.js")).verdicts,
  },
  rebind: {
    description:
      "Binds the state to branches that took the place of recorded ones, as a restore outside of Pulumi leaves it. Changes no branch.",
    load: async () => (await import("./verbs/rebind.js")).rebind,
  },
  drift: {
    description:
      "Reports what differs from what was applied and what nothing declares, in which direction, and who changed it. Changes nothing unless asked.",
    load: async () => (await import("./verbs/drift.js")).drift,
  },
  backup: {
    takes: "<action> [backup]",
    description: "Backs a branch up under your own key into your own store; restores, drills and prunes what is there.",
    load: async () => (await import("./verbs/backup.js")).backup,
  },
  erase: {
    takes: "<kind> <id>",
    description:
      "Makes the data of a branch or a project of an embedded plane unreadable by destroying its keys. Changes nothing without --yes.",
    load: async () => (await import("./verbs/erase.js")).erase,
  },
  audit: {
    takes: "[action]",
    description:
      "Prints what happened on an embedded plane: changes, connections, findings. audit verify proves that no row is missing or changed, audit head prints what to keep elsewhere for that.",
    load: async () => (await import("./verbs/audit.js")).audit,
  },
  "access-review": {
    description:
      "Lists who can get in and how far: keys, people, roles, grants, roles of the clouds; what explains each, what is unused or too broad, what changed since the last signed review. Changes nothing.",
    load: async () => (await import("./verbs/accessReview.js")).accessReview,
  },
  "verify-certificate": {
    takes: "<file>",
    description: "Checks the signature of a certificate of erasure, and says what it certifies. Needs no API key.",
    load: async () => (await import("./verbs/verifyCertificate.js")).verifyCertificate,
  },
  "security-txt": {
    description: "Writes a security.txt by RFC 9116 (where to report a vulnerability), or checks one. Needs no API key.",
    load: async () => (await import("./verbs/securityTxt.js")).securityTxt,
  },
  enforce: {
    description: "Removes allowlist entries whose removeAfter has passed from the live lists: one pulumi up of exactly these resources.",
    load: async () => (await import("./verbs/enforce.js")).enforce,
  },
  completion: {
    takes: "<shell>",
    description: "Prints a script with which a shell completes verbs, options and their values.",
    // Given what it completes, because it would else import what imports it.
    load: async () => (await import("./verbs/completion.js")).completion(VERBS),
  },
};
