/** The part of the registry of errors (../errors.ts) that is about what was reviewed, approved and applied. */
export const REVIEW_ERRORS = {
  PAL_PREVIEW_UNREADABLE: {
    summary: "The event stream cannot be read",
    remedy: "Make it with PULUMI_ENABLE_STREAMING_JSON_PREVIEW=true pulumi preview --json, and give it unchanged",
  },
  PAL_PREVIEW_INCOMPLETE: {
    summary: "The event stream is incomplete, so it proves nothing",
    remedy: "Create it again, and make sure that nothing truncates it or adds to it",
  },
  PAL_STACK_LOCKED: {
    summary: "Another run holds the stack",
    remedy:
      "Wait until it has ended, and run the command again. `pulumi cancel` takes its lock away: only where that run surely works no more, as on a machine that went down",
  },
  PAL_PREVIEW_FAILED: {
    summary: "The preview failed, so there is nothing to judge",
    remedy: "Fix the program until pulumi preview succeeds",
  },
  PAL_STATE_UNREADABLE: {
    summary: "The file of the recorded state or of the plan cannot be read",
    remedy: "Make the state with pulumi stack export, and the plan with pulumi preview --save-plan",
  },
  PAL_BRANCH_REPLACED: {
    summary: "Another branch holds the name now",
    remedy: "Where the branch was restored outside of Pulumi, run palisade rebind; otherwise choose another name",
  },
  PAL_CANNOT_REBIND: {
    summary: "The state cannot be bound to other branches",
    remedy: "Correct what the message names; nothing was changed",
  },
  PAL_NOT_A_COMMIT: {
    summary: "The program is not what a commit holds",
    remedy: "Commit it, so that an approval can name exactly what it approves",
  },
  PAL_SIGNING_FAILED: {
    summary: "The approval could not be signed",
    remedy: "Give an SSH key with --key that ssh-keygen can use, OpenSSH 8.2 or newer",
  },
  PAL_APPROVAL_REFUSED: {
    summary: "The approval is not valid",
    remedy: "Run palisade review --live again, read what it says now, and have that approved",
  },
  PAL_APPROVAL_USED: {
    summary: "The approval has been used",
    remedy: "An approval is for one update: run palisade review again, and have what it says now approved",
  },
  PAL_REVIEW_REFUSED: {
    summary: "The signed access review is not valid",
    remedy: "Name with --last what palisade access-review --sign wrote for this stack, and with --allowed-signers who may have signed it",
  },
  PAL_OPEN_TO_OTHERS: {
    summary: "Somebody else can change a file that approvals rest on",
    remedy: "Keep it where it and every directory above belong to you or root, and run chmod go-w on them",
  },
  PAL_LOG_BUSY: {
    summary: "Another guard writes to the log of verdicts",
    remedy: "Run the command again when it has ended; where none runs, one was killed while it wrote: remove the lock file",
  },
  PAL_LOG_BROKEN: {
    summary: "The log of verdicts is inconsistent",
    remedy: "It was changed: compare it with a copy kept elsewhere, and start a new one with --log",
  },
  PAL_ENFORCE_FAILED: {
    summary: "Overdue allowlist entries could not be removed",
    remedy: "Fix what pulumi reports, then run palisade enforce again: until then these addresses may still connect",
  },
  PAL_STILL_OVERDUE: {
    summary: "pulumi up succeeded, and entries are still overdue",
    remedy: "Check that the program still declares these resources without ignoreChanges on their ranges",
  },
  PAL_BAD_APPLIED: {
    summary: "The record of what was applied cannot be read",
    remedy: "Recreate it right after a pulumi up: palisade drift --record",
  },
  PAL_BAD_IGNORE: {
    summary: "The file of ignored findings or exceptions cannot be read",
    remedy: "Give each entry rule, resource, reason and expires (a date): docs/guides/drift.md and docs/guides/posture.md have examples",
  },
  PAL_BAD_HISTORY: {
    summary: "A saved run of palisade posture cannot be read",
    remedy:
      "Keep nothing but its own files in the folder of --history, and let nobody else write there; remove the file that the message names",
  },
  PAL_BAD_FINDINGS: {
    summary: "A file of exported findings cannot be read",
    remedy: "Export it again, all pages and unchanged; docs/guides/posture.md has the commands whose output is taken",
  },
  PAL_NO_SECURITY_TXT: {
    summary: "No security.txt could be read there",
    remedy: "Serve it at /.well-known/security.txt with status 200, or name the place where it is",
  },
  PAL_TOO_MANY_REPAIRS: {
    summary: "The repair would change more than --max-changes allows, so nothing was changed",
    remedy: "Look at the plan with --repair closing alone; raise --max-changes if all of it is meant",
  },
} as const satisfies Record<string, { summary: string; remedy: string }>;
