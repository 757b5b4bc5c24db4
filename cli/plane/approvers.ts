import { isPalisadeError } from "../../contract/errors.js";
import { ACCESS_NAMESPACE } from "../../contract/temporaryAccess.js";
import type { PlaneOptions } from "../../contract/plane.js";
import { BadSignatureError, verifySigner } from "../../provider/client/sshSignature.js";
import { assertOwnPath } from "../../review/approval/ownPath.js";
import { assertReadable } from "../inputFile.js";

/**
 * What proves approvals of temporary access by the operator's list, as `ssh-keygen -Y verify` reads it. The list is looked at for each approval: who
 * is taken off it approves nothing from then on. @throws PAL_USAGE, PAL_OPEN_TO_OTHERS where somebody else may write it
 */
export async function createApprovalVerifier(file: string): Promise<NonNullable<PlaneOptions["verifyApproval"]>> {
  await assertReadable("--approvers", file);
  assertOwnPath(file);
  return async (text, signature, others) => {
    try {
      const found = await verifySigner(text, signature, { allowedSigners: assertOwnPath(file), namespace: ACCESS_NAMESPACE, others });
      // ssh-keygen takes patterns; who approved must be a person, and another one than who asks.
      if (/[*?!]/.test(found.signer)) return { why: `the list of approvers names nobody by ${JSON.stringify(found.signer)}` };
      return found;
    } catch (error) {
      if (error instanceof BadSignatureError) return { why: "no approver of this plane has signed it" };
      // The operator's to mend: until then nobody approves.
      if (isPalisadeError(error)) return { why: "this plane cannot read its list of approvers, or has no ssh-keygen" };
      throw error;
    }
  };
}
