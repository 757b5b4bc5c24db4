import { constants } from "node:fs";
import { mkdir, open, readdir, readFile, unlink } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { PalisadeError } from "../../contract/errors.js";
import { parseJson } from "../../contract/values.js";
import { computeDigest } from "./digest.js";
import { Intention } from "./intention.js";
import { ensureLogPath } from "./verdictLog.js";
import { assertOwnPath } from "./ownPath.js";
import type { VerifiedApproval } from "./signature.js";

/**
 * An approval is used once. Its use is a file beside the log, named after what was signed: whoever makes it first has the approval, for ever.
 * A second file says that the update failed and how it left things; whoever removes that one goes on. So at any time one run at most has an
 * approval, and one that was cut off, or that applied, leaves nothing to go on with.
 */

/** Who used an approval, and for what change. */
const Claim = z.strictObject({ version: z.literal(1), stack: z.string(), at: z.iso.datetime(), signer: z.string(), intention: Intention });

/** What a failed update left. */
const FailedUpdateState = z.strictObject({
  stack: z.string(),
  /** SHA-256 of what is recorded, and of the live objects; null where they could not be read. */
  state: z.string(),
  live: z.string().nullable(),
});
export type FailedUpdateState = z.output<typeof FailedUpdateState>;

export type ApprovalUse =
  | { readonly is: "unused" }
  /** It was applied, or nobody knows how it ended. */
  | { readonly is: "spent"; readonly at: string }
  /** Its update failed, and may go on. */
  | { readonly is: "open"; readonly at: string; readonly left: FailedUpdateState; readonly intention: Intention };

/** SHA-256 of what was signed; another signature under the same text is the same approval. */
export const computeApprovalDigest = ({ approval }: VerifiedApproval): string => computeDigest(approval);

/** How an approval has been used so far, by the log's own record. Throws PAL_OPEN_TO_OTHERS, PAL_LOG_BROKEN. */
export async function readApprovalUse(log: string, approved: VerifiedApproval): Promise<ApprovalUse> {
  const [claimFile, leftFile] = await getClaimFiles(log, computeApprovalDigest(approved));
  const claim = await readRecord(Claim, claimFile);
  if (claim === undefined) return { is: "unused" };
  const left = await readRecord(FailedUpdateState, leftFile);
  return left ? { is: "open", at: claim.at, left, intention: claim.intention } : { is: "spent", at: claim.at };
}

/** Takes an approval for this run, before its first call. Throws PAL_APPROVAL_USED where another run was faster. */
export async function claimApproval(log: string, approved: VerifiedApproval, use: ApprovalUse, intention: Intention): Promise<void> {
  const { approval, signer } = approved;
  const [claimFile, leftFile] = await getClaimFiles(log, computeApprovalDigest(approved));
  if (use.is === "spent") throw createUsedError(use.at);
  if (use.is === "open") {
    // Removing is atomic: of two runs that would go on, one finds nothing to remove.
    await unlink(leftFile).catch((error: unknown) => {
      throw getErrorCode(error) === "ENOENT" ? createUsedError("this moment, by another run") : error;
    });
    return;
  }
  const claim = { version: 1 as const, stack: approval.stack, at: new Date().toISOString(), signer, intention };
  await writeNewFile(claimFile, claim).catch((error: unknown) => {
    throw getErrorCode(error) === "EEXIST" ? createUsedError("this moment, by another run") : error;
  });
}

/** The update failed: the same approval may go on from here. */
export async function reopenApproval(log: string, approved: VerifiedApproval, left: FailedUpdateState): Promise<void> {
  const [, leftFile] = await getClaimFiles(log, computeApprovalDigest(approved));
  await writeNewFile(leftFile, left);
}

/** The stack was applied: nothing that failed before goes on any more. */
export async function closeApprovals(log: string, stack: string): Promise<void> {
  const folder = await ensureClaimsFolder(log);
  for (const name of await readdir(folder)) {
    const file = join(folder, name);
    if (name.endsWith(LEFT) && (await readRecord(FailedUpdateState, file))?.stack === stack) await unlink(file);
  }
}

const LEFT = ".failed";
const createUsedError = (at: string) => new PalisadeError("PAL_APPROVAL_USED", `at ${at}`);
const getErrorCode = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

async function ensureClaimsFolder(log: string): Promise<string> {
  const folder = `${await ensureLogPath(log)}.claims`;
  await mkdir(folder, { mode: 0o700 }).catch((error: unknown) => {
    if (getErrorCode(error) !== "EEXIST") throw error;
  });
  // A link to elsewhere would be a record that others keep.
  if (assertOwnPath(folder) !== folder) throw new PalisadeError("PAL_OPEN_TO_OTHERS", `${folder} is a link`);
  return folder;
}

async function getClaimFiles(log: string, digest: string): Promise<[claim: string, left: string]> {
  const folder = await ensureClaimsFolder(log);
  return [join(folder, digest), join(folder, `${digest}${LEFT}`)];
}

/** Makes a file that does not exist, follows no link, and is on disk when this resolves, its name as well. */
async function writeNewFile(file: string, value: unknown): Promise<void> {
  const { O_CREAT, O_EXCL, O_WRONLY, O_NOFOLLOW } = constants;
  const handle = await open(file, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW, 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(value)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  const folder = await open(join(file, ".."), "r");
  await folder.sync().finally(() => folder.close());
}

async function readRecord<T extends z.ZodType>(shape: T, file: string): Promise<z.output<T> | undefined> {
  let text;
  try {
    text = await readFile(file, { encoding: "utf8", flag: constants.O_RDONLY | constants.O_NOFOLLOW });
  } catch (error) {
    if (getErrorCode(error) === "ENOENT") return undefined;
    throw getErrorCode(error) === "ELOOP" ? new PalisadeError("PAL_OPEN_TO_OTHERS", `${file} is a link`) : error;
  }
  const found = shape.safeParse(parseJson(text));
  // A run that was cut off while it wrote has the approval all the same.
  if (!found.success) throw new PalisadeError("PAL_LOG_BROKEN", `${file} is not a record of an approval's use`);
  return found.data;
}
