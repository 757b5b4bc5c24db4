import { statSync } from "node:fs";
import { resolve } from "node:path";
import { PalisadeError } from "../../contract/errors.js";
import { inputText } from "../inputFile.js";
import { ownPath } from "../../review/approval/ownPath.js";
import { type Verified, verify } from "../../review/approval/signature.js";
import { real } from "./paths.js";

export interface ApprovalOptions {
  /** What `palisade approve` wrote. */
  readonly approval?: string;
  readonly allowedSigners?: string;
}

/** The approval of the command line, proved; undefined where none is given. `root` is the repository. Throws PAL_USAGE, PAL_OPEN_TO_OTHERS, PAL_APPROVAL_REFUSED. */
export async function approvalOf({ approval, allowedSigners }: ApprovalOptions, root: string): Promise<Verified | undefined> {
  if (approval === undefined) return undefined;
  if (allowedSigners === undefined) throw new PalisadeError("PAL_USAGE", "--approval needs --allowed-signers: who may approve");
  const signers = real(resolve(allowedSigners));
  if (signers.startsWith(`${real(root)}/`))
    throw new PalisadeError(
      "PAL_USAGE",
      "--allowed-signers must lie outside of the repository: whoever changes the program could add themselves",
    );
  const found = statSync(signers, { throwIfNoEntry: false });
  if (!found) throw new PalisadeError("PAL_USAGE", `--allowed-signers: ${signers} does not exist`);
  if (!found.isFile()) throw new PalisadeError("PAL_USAGE", `--allowed-signers: ${signers} is no file`);
  const text = await inputText("--approval", approval);
  return verify(text, ownPath(signers));
}
