import { z } from "zod";
import { PalisadeError } from "../../contract/errors.js";
import { BadSignatureError, signText, verifyText } from "../../provider/client/sshSignature.js";
import { canonicalizeJson } from "../../contract/canonicalJson.js";
import { Subject } from "./subject.js";

/** Keeps a signature for another purpose from passing as an approval (`-n` of `ssh-keygen -Y`). */
const NAMESPACE = "palisade-approval@v1";

/** What is signed. */
export const Approval = Subject.extend({
  version: z.literal(1),
  /** Why, in the approver's words. */
  reason: z.string().max(500).optional(),
  issuedAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
});
export type Approval = z.output<typeof Approval>;

/** The file: the signed text as it is, and the signature beside it. */
const Signed = z.strictObject({ approval: z.string().max(10_000), signature: z.string().max(20_000) });

/** Signs with an SSH key, or with the agent when the key file holds the public half. Asks on the terminal for a passphrase. Throws PAL_SIGNING_FAILED. */
export async function sign(approval: Approval, keyFile: string): Promise<string> {
  const text = canonicalizeJson(approval);
  const signature = await signText(text, keyFile, NAMESPACE);
  return `${JSON.stringify({ approval: text, signature } satisfies z.input<typeof Signed>, null, 1)}\n`;
}

export interface VerifiedApproval {
  readonly approval: Approval;
  /** Who signed, as the list of allowed signers names them. */
  readonly signer: string;
}

/** Reads an approval and proves that one of the allowed signers made it. Throws PAL_APPROVAL_REFUSED. */
export async function verify(file: string, allowedSigners: string): Promise<VerifiedApproval> {
  const { approval, signature } = parseShape(Signed, parseJson(file));
  try {
    const signer = await verifyText(approval, signature, allowedSigners, NAMESPACE);
    return { approval: parseShape(Approval, parseJson(approval)), signer };
  } catch (error) {
    if (error instanceof BadSignatureError) throw createRefusedError(error.message);
    throw error;
  }
}

const createRefusedError = (why: string): PalisadeError => new PalisadeError("PAL_APPROVAL_REFUSED", why);

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw createRefusedError("it is not JSON");
  }
}

function parseShape<T extends z.ZodType>(shape: T, value: unknown): z.output<T> {
  const read = shape.safeParse(value);
  if (!read.success) throw createRefusedError(`it is not an approval of this version (${read.error.issues[0]?.path.join(".") ?? ""})`);
  return read.data;
}
