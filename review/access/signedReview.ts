import { z } from "zod";
import { canonicalizeJson } from "../../contract/canonicalJson.js";
import { PalisadeError } from "../../contract/errors.js";
import { BadSignatureError, signText, verifyText } from "../../provider/client/sshSignature.js";
import { ACCESS_KINDS } from "./access.js";
import type { AccessReport } from "./report.js";

/** Keeps a signature for another purpose, such as an approval, from passing as one of a review (`-n` of `ssh-keygen -Y`). */
const NAMESPACE = "palisade-access-review@v1";
/** Bytes. A review of thousands of roles with their grants is smaller. */
const MOST_TEXT = 64 * 1024 * 1024;

const Signed = z.strictObject({ review: z.string().max(MOST_TEXT), signature: z.string().max(20_000) });
/** As much of a signed review as the next one is compared with. */
const Reviewed = z.object({
  version: z.literal(1),
  stack: z.string(),
  at: z.iso.datetime(),
  access: z.array(
    z.object({
      kind: z.enum(ACCESS_KINDS),
      id: z.string(),
      name: z.string(),
      place: z.string(),
      powers: z.array(z.string()),
      isWhole: z.boolean(),
    }),
  ),
  notLookedAt: z.array(z.object({ what: z.string(), why: z.string() })),
});
export type Reviewed = z.output<typeof Reviewed>;

/** A review as people signed it. */
export interface LastReview {
  readonly reviewed: Reviewed;
  /** Who signed, as the list of allowed signers names them. */
  readonly signer: string;
}

/** Signs the whole report with an SSH key, or with the agent where the file holds the public half. @throws PAL_SIGNING_FAILED */
export async function signReview(report: AccessReport, keyFile: string): Promise<string> {
  const review = canonicalizeJson(report);
  const signature = await signText(review, keyFile, NAMESPACE);
  return `${JSON.stringify({ review, signature } satisfies z.input<typeof Signed>, null, 1)}\n`;
}

/** Reads what {@link signReview} wrote, and proves that one of the allowed signers made it, of this stack. @throws PAL_REVIEW_REFUSED */
export async function verifyReview(file: string, allowedSigners: string, stack: string): Promise<LastReview> {
  const { review, signature } = parseShape(Signed, parseJson(file));
  const signer = await verifyText(review, signature, allowedSigners, NAMESPACE).catch((error: unknown) => {
    if (error instanceof BadSignatureError) throw createRefusal(error.message);
    throw error;
  });
  const reviewed = parseShape(Reviewed, parseJson(review));
  if (reviewed.stack !== stack) throw createRefusal(`it is of stack ${reviewed.stack}, not of ${stack}`);
  return { reviewed, signer };
}

const createRefusal = (why: string): PalisadeError => new PalisadeError("PAL_REVIEW_REFUSED", why);

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw createRefusal("it is not JSON");
  }
}

function parseShape<T extends z.ZodType>(shape: T, value: unknown): z.output<T> {
  const read = shape.safeParse(value);
  if (!read.success)
    throw createRefusal(`it was not written by palisade access-review --sign (${read.error.issues[0]?.path.join(".") ?? ""})`);
  return read.data;
}
