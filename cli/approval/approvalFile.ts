import { statSync } from "node:fs";
import { resolve } from "node:path";
import { PalisadeError } from "../../contract/errors.js";
import { readInputFile } from "../inputFile.js";
import { assertOwnPath } from "../../review/approval/ownPath.js";
import { type VerifiedApproval, verify } from "../../review/approval/signature.js";
import { resolveLinks } from "./resolveLinks.js";

export interface ApprovalOptions {
  /** What `palisade approve` wrote. */
  readonly approval?: string;
  readonly allowedSigners?: string;
}

/** The approval of the command line, proved; undefined where none is given. `root` is the repository. Throws PAL_USAGE, PAL_OPEN_TO_OTHERS, PAL_APPROVAL_REFUSED. */
export async function readApproval({ approval, allowedSigners }: ApprovalOptions, root: string): Promise<VerifiedApproval | undefined> {
  if (approval === undefined) return undefined;
  if (allowedSigners === undefined) throw new PalisadeError("PAL_USAGE", "--approval needs --allowed-signers: who may approve");
  const signers = resolveAllowedSigners(allowedSigners, root);
  return verify(await readInputFile("--approval", approval), signers);
}

/** The file of `--allowed-signers`, which nobody who changes the program may write. @throws PAL_USAGE, PAL_OPEN_TO_OTHERS */
export function resolveAllowedSigners(allowedSigners: string, root: string): string {
  const signers = resolveLinks(resolve(allowedSigners));
  if (signers.startsWith(`${resolveLinks(root)}/`))
    throw new PalisadeError(
      "PAL_USAGE",
      "--allowed-signers must lie outside of the repository: whoever changes the program could add themselves",
    );
  const found = statSync(signers, { throwIfNoEntry: false });
  if (!found) throw new PalisadeError("PAL_USAGE", `--allowed-signers: ${signers} does not exist`);
  if (!found.isFile()) throw new PalisadeError("PAL_USAGE", `--allowed-signers: ${signers} is not a file`);
  return assertOwnPath(signers);
}
