import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { PalisadeError } from "../../contract/errors.js";
import { canonical } from "./canonical.js";
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
  const text = canonical(approval);
  const { code, stdout, stderr } = await sshKeygen(["-Y", "sign", "-f", keyFile, "-n", NAMESPACE], text);
  if (code !== 0 || !stdout.includes("BEGIN SSH SIGNATURE")) throw new PalisadeError("PAL_SIGNING_FAILED", lastLine(stderr));
  return `${JSON.stringify({ approval: text, signature: stdout } satisfies z.input<typeof Signed>, null, 1)}\n`;
}

export interface Verified {
  readonly approval: Approval;
  /** Who signed, as the list of allowed signers names them. */
  readonly signer: string;
}

/** Reads an approval and proves that one of the allowed signers made it. Throws PAL_APPROVAL_REFUSED. */
export async function verify(file: string, allowedSigners: string): Promise<Verified> {
  const { approval, signature } = parsed(Signed, json(file));
  const folder = await mkdtemp(join(tmpdir(), "palisade-approval-"));
  try {
    const signatureFile = join(folder, "approval.sig");
    await writeFile(signatureFile, signature, { mode: 0o600 });
    const found = await sshKeygen(["-Y", "find-principals", "-f", allowedSigners, "-s", signatureFile], "");
    const signer = found.stdout.split("\n", 1)[0]?.trim() ?? "";
    if (found.code !== 0 || signer === "") throw refused(`its signer is not in ${allowedSigners}`);
    const words = ["-Y", "verify", "-f", allowedSigners, "-I", signer, "-n", NAMESPACE, "-s", signatureFile];
    const { code, stderr, stdout } = await sshKeygen(words, approval);
    if (code !== 0) throw refused(lastLine(stderr || stdout) || "the signature does not fit");
    return { approval: parsed(Approval, json(approval)), signer };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const refused = (why: string): PalisadeError => new PalisadeError("PAL_APPROVAL_REFUSED", why);

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw refused("it is not JSON");
  }
}

function parsed<T extends z.ZodType>(shape: T, value: unknown): z.output<T> {
  const read = shape.safeParse(value);
  if (!read.success) throw refused(`it is not an approval of this version (${read.error.issues[0]?.path.join(".") ?? ""})`);
  return read.data;
}

/** `ssh-keygen` of OpenSSH, which teams have, whose keys they have, and which smart cards and agents work with. */
function sshKeygen(args: readonly string[], input: string): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn("ssh-keygen", args, { stdio: "pipe" });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
  // One that ends early does not read its input; what it says of that is in its exit code.
  child.stdin.on("error", () => undefined).end(input);
  return new Promise((done, fail) => {
    child
      .once("error", (error) => {
        fail(new PalisadeError("PAL_SIGNING_FAILED", `ssh-keygen: ${error.message}`));
      })
      .once("close", (code) => {
        done({ code, stdout, stderr });
      });
  });
}

const lastLine = (text: string): string => text.trim().split("\n").at(-1) ?? "";
