/** The part of the registry of errors (../errors.ts) that is about `palisade backup`. */
export const BACKUP_ERRORS = {
  PAL_BACKUP_CONFIG: {
    summary: "The configuration of the backups cannot be used",
    remedy: "Correct the field named here; docs/guides/backups.md lists them all",
  },
  PAL_BACKUP_TOOLS: {
    summary: "A client program of Postgres is missing or too old",
    remedy:
      "Put pg_dump and pg_restore of the server's major version or a newer one on PATH (Debian, Ubuntu: postgresql-client-18 of apt.postgresql.org; macOS: brew install libpq; in a checkout of Palisade: npm run client-tools)",
  },
  PAL_BACKUP_STORE: {
    summary: "A place of the backups did not do what was asked",
    remedy: "Correct the place, or what the identity that runs this may do there, and run the command again",
  },
  PAL_BACKUP_NO_PACKAGE: {
    summary: "A package that speaks to a place of the backups is not installed",
    remedy: "Run npm install with the name of the package, beside @palisade/neon",
  },
  PAL_BACKUP_UNKNOWN: { summary: "The store has no such backup", remedy: "Name one that palisade backup list shows" },
  PAL_BACKUP_UNSIGNED: {
    summary: "What the store says of its backups is not signed by this configuration's key",
    remedy: "Name the key that signed it in signingKey; if it is the right one, somebody else wrote into the store: trust nothing in it",
  },
  PAL_BACKUP_DAMAGED: {
    summary: "The backup is not what was written",
    remedy: "Restore an earlier one, and find out who changed the store; nothing of it was given to a server",
  },
  PAL_BACKUP_ROLLED_BACK: {
    summary: "The store says less than was known of it here",
    remedy:
      "Bring the objects below index/ back (the versions of the bucket have them). If the store was emptied on purpose, remove the file that the message names",
  },
  PAL_BACKUP_KEY_MISSING: {
    summary: "An erasure key of the backups is not where it has to be",
    remedy: "Copy it back from the other place at once: without both copies one mishap more loses the backup",
  },
  PAL_BACKUP_VERSIONED: {
    summary: "A place for erasure keys keeps what is deleted there",
    remedy: "Name a place without versions and without a lock: a key that stays behind undoes every erasure",
  },
  PAL_BACKUP_RATCHET: {
    summary: "Backups would be kept for less time than was promised of the newest one",
    remedy: "Give retentionDays at least that value: it only ever rises",
  },
  PAL_BACKUP_FAILED: {
    summary: "The backup was not taken or not restored",
    remedy: "Correct what the message says, then run the command again",
  },
  PAL_BACKUP_OPENS: {
    summary: "A branch for the restore would admit more than the one that was backed up",
    remedy:
      "Let the source have a compute that is not disabled, or restore when it has one: the new branch is closed as far as the API lets it",
  },
} as const;
