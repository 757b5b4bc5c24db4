import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PalisadeError } from "../../contract/errors.js";

/**
 * Signs with an SSH key, or with the agent when the key file holds the public half. Asks on the terminal for a passphrase.
 * @param namespace keeps a signature for one purpose from passing for another (`-n` of `ssh-keygen -Y`)
 * @throws PAL_SIGNING_FAILED
 */
export async function signText(text: string, keyFile: string, namespace: string): Promise<string> {
  const { code, stdout, stderr } = await runSshKeygen(["-Y", "sign", "-f", keyFile, "-n", namespace], text);
  if (code !== 0 || !stdout.includes("BEGIN SSH SIGNATURE")) throw new PalisadeError("PAL_SIGNING_FAILED", getLastLine(stderr));
  return stdout;
}

/** Why a text does not count as signed. */
export class BadSignatureError extends Error {}

/** Proves that one of the allowed signers signed the text. @returns who, as their list names them @throws BadSignatureError, PAL_SIGNING_FAILED without ssh-keygen */
export const verifyText = async (text: string, signature: string, allowedSigners: string, namespace: string): Promise<string> =>
  (await verifySigner(text, signature, { allowedSigners, namespace, others: [] })).signer;

/**
 * {@link verifyText}, and by which names the list has the same key: every name of every line of it, whether that line counts now or not, and which of
 * `others` a pattern of any line takes.
 */
export async function verifySigner(
  text: string,
  signature: string,
  { allowedSigners, namespace, others }: { allowedSigners: string; namespace: string; others: readonly string[] },
): Promise<{ signer: string; isAlso: string[] }> {
  const folder = await mkdtemp(join(tmpdir(), "palisade-signature-"));
  try {
    const signatureFile = join(folder, "text.sig");
    await writeFile(signatureFile, signature, { mode: 0o600 });
    const found = await runSshKeygen(["-Y", "find-principals", "-f", allowedSigners, "-s", signatureFile], "");
    const [signer = "", ...sameLine] = found.stdout.split("\n").map((line) => line.trim());
    if (found.code !== 0 || signer === "") throw new BadSignatureError(`its signer is not in ${allowedSigners}`);
    const verifyAs = (name: string) =>
      runSshKeygen(["-Y", "verify", "-f", allowedSigners, "-I", name, "-n", namespace, "-s", signatureFile], text);
    const { code, stderr, stdout } = await verifyAs(signer);
    if (code !== 0) throw new BadSignatureError(getLastLine(stderr || stdout) || "the signature does not fit");
    const names = new Set([...sameLine, ...listNames(await readFile(allowedSigners, "utf8"), signature)]);
    for (const name of others) if ((await verifyAs(name)).code === 0) names.add(name);
    return { signer, isAlso: [...names].filter((name) => name !== "" && name !== signer) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What a list has before the key that made a signature: `ssh-keygen` tells of the first such line alone. */
function listNames(list: string, signature: string): string[] {
  const bytes = Buffer.from(signature.replace(/-----[A-Z ]*-----/g, ""), "base64");
  // "SSHSIG", a version, and the key with its length before it.
  const key = bytes.length < KEY_AT ? "" : bytes.subarray(KEY_AT, KEY_AT + bytes.readUInt32BE(KEY_AT - 4)).toString("base64");
  const lines = list.split("\n").map((line) => line.trim().split(/[ \t]+/));
  return lines.filter((words) => key !== "" && words.includes(key)).flatMap(([names = ""]) => names.replaceAll('"', "").split(","));
}
const KEY_AT = 14;

/** `ssh-keygen` of OpenSSH, which teams have, whose keys they have, and which smart cards and agents work with. */
function runSshKeygen(args: readonly string[], input: string): Promise<{ code: number | null; stdout: string; stderr: string }> {
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

const getLastLine = (text: string): string => text.trim().split("\n").at(-1) ?? "";
