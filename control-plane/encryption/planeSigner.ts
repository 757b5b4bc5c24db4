import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { PalisadeError } from "@palisade/neon/contract/errors";
import { readSecretFile, writeSecretFile } from "@palisade/neon/encryption/secretFile";
import { KEYS_FOLDER } from "./keyStore.js";

/** Its first use were certificates of erasure, hence the name. */
const FILE = "certificate.pem";

/** What goes with a text that the plane has signed. */
export interface PlaneSignature {
  /** SPKI, DER, base64. */
  readonly public_key: string;
  /** SHA-256 of the public key's DER, hexadecimal: what a reader compares with what the plane itself says. */
  readonly fingerprint: string;
  /** Base64. */
  readonly signature: string;
}

/**
 * Signs what the plane states, certificates of erasure and places of the audit's chains, with a key of its own (Ed25519, 0600). What is signed says
 * itself which of them it is: one never passes as the other.
 */
export class PlaneSigner {
  private readonly publicKey: Buffer;
  readonly fingerprint: string;

  private constructor(private readonly privateKey: KeyObject) {
    this.publicKey = createPublicKey(privateKey).export({ type: "spki", format: "der" });
    this.fingerprint = createHash("sha256").update(this.publicKey).digest("hex");
  }

  /** Makes the key when there is none. @throws PAL_KEYRING when its file is not ours, or cannot be read */
  static async open(dataDirectory: string): Promise<PlaneSigner> {
    await mkdir(join(dataDirectory, KEYS_FOLDER), { recursive: true, mode: 0o700 });
    const path = join(dataDirectory, KEYS_FOLDER, FILE);
    let pem = await readSecretFile(path);
    if (pem === undefined) {
      pem = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString();
      await writeSecretFile(path, pem);
    }
    try {
      return new PlaneSigner(createPrivateKey(pem));
    } catch {
      throw new PalisadeError("PAL_KEYRING", `${path} is no private key`);
    }
  }

  sign(text: string): PlaneSignature {
    const signature = sign(null, Buffer.from(text), this.privateKey).toString("base64");
    return { public_key: this.publicKey.toString("base64"), fingerprint: this.fingerprint, signature };
  }
}
