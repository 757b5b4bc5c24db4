import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, hkdfSync, type KeyObject, sign, verify } from "node:crypto";
import { z } from "zod";
import { formatErrorMessage, PalisadeError } from "../../contract/errors.js";
import { canonicalizeJson } from "../../contract/canonicalJson.js";
import { readSecretFile, writeSecretFile } from "../../encryption/secretFile.js";

const Signed = z.strictObject({ body: z.unknown(), fingerprint: z.string(), signature: z.base64() });

export const computeSha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

/** Signs what lies beside the dumps (Ed25519, over the body as JSON with sorted keys), and takes nothing that another key signed. */
export class DocumentSigner {
  private readonly publicKey: KeyObject;
  /** SHA-256 of the public key, hexadecimal. */
  readonly fingerprint: string;

  private constructor(private readonly privateKey: KeyObject) {
    this.publicKey = createPublicKey(privateKey);
    this.fingerprint = computeSha256(this.publicKey.export({ type: "spki", format: "der" }));
  }

  /**
   * @param path of a private key in PEM form, 0600 @param mayMake makes one where there is none
   * @throws PAL_BACKUP_CONFIG when there is none, PAL_KEYRING when it is not this user's alone
   */
  static async open(path: string, mayMake: boolean): Promise<DocumentSigner> {
    let pem = await readSecretFile(path);
    if (pem === undefined && !mayMake)
      throw new PalisadeError("PAL_BACKUP_CONFIG", `signingKey: ${path} does not exist, and the store has backups that its key signed`);
    if (pem === undefined) {
      pem = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString();
      await writeSecretFile(path, pem);
    }
    try {
      const key = createPrivateKey(pem);
      if (key.asymmetricKeyType === "ed25519") return new DocumentSigner(key);
    } catch {
      // Told below: what a parser says of a key may quote it.
    }
    throw new PalisadeError("PAL_BACKUP_CONFIG", `signingKey: ${path} holds no Ed25519 private key in PEM form`);
  }

  sign(body: object): Buffer {
    const signature = sign(null, Buffer.from(canonicalizeJson(body)), this.privateKey).toString("base64");
    return Buffer.from(`${JSON.stringify({ body, fingerprint: this.fingerprint, signature })}\n`);
  }

  /** @param what names it in messages @throws PAL_BACKUP_UNSIGNED, PAL_BACKUP_DAMAGED */
  verify<S extends z.ZodType>(shape: S, bytes: Buffer, what: string): z.output<S> {
    const { body, fingerprint, signature } = parseSigned(bytes, what);
    if (fingerprint !== this.fingerprint)
      throw new PalisadeError("PAL_BACKUP_UNSIGNED", `${what} says it is signed by ${fingerprint.slice(0, 64)}, not ${this.fingerprint}`);
    if (!verify(null, Buffer.from(canonicalizeJson(body)), this.publicKey, Buffer.from(signature, "base64")))
      throw new PalisadeError("PAL_BACKUP_UNSIGNED", `the signature of ${what} does not match its content`);
    const read = shape.safeParse(body);
    if (read.success) return read.data;
    throw new PalisadeError("PAL_BACKUP_DAMAGED", `${what} is of another kind or release: ${formatIssue(read.error)}`);
  }

  /** A word that only who has the key can make of this text: 16 hexadecimal digits. */
  createTag(text: string): string {
    const secret = this.privateKey.export({ type: "pkcs8", format: "der" });
    return Buffer.from(hkdfSync("sha256", secret, Buffer.alloc(0), `palisade-backup-tag ${text}`, 8)).toString("hex");
  }
}

const formatIssue = ({ issues: [issue] }: z.ZodError): string => (issue ? `${issue.path.join(".")}: ${issue.message}` : "");

function parseSigned(bytes: Buffer, what: string): z.infer<typeof Signed> {
  try {
    return Signed.parse(JSON.parse(bytes.toString("utf8")));
  } catch (error) {
    throw new PalisadeError(
      "PAL_BACKUP_UNSIGNED",
      `${what} is no signed document (${formatErrorMessage(error).split("\n")[0]?.slice(0, 80) ?? ""})`,
    );
  }
}
