import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { PalisadeError } from "@palisade/neon/contract/errors";
import { canonicalizeJson, type CertificateBody, type ErasureCertificate } from "@palisade/neon/contract/wire/erasure";
import { readSecretFile, writeSecretFile } from "@palisade/neon/encryption/secretFile";
import { KEYS_FOLDER } from "./keyStore.js";

const FILE = "certificate.pem";

/** Signs what the plane says it has erased, with a key of its own (Ed25519, 0600), which the certificates carry the public part of. */
export class CertificateSigner {
  private constructor(private readonly privateKey: KeyObject) {}

  /** Makes the key when there is none. @throws PAL_KEYRING when its file is not ours, or cannot be read */
  static async open(dataDirectory: string): Promise<CertificateSigner> {
    await mkdir(join(dataDirectory, KEYS_FOLDER), { recursive: true, mode: 0o700 });
    const path = join(dataDirectory, KEYS_FOLDER, FILE);
    let pem = await readSecretFile(path);
    if (pem === undefined) {
      pem = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString();
      await writeSecretFile(path, pem);
    }
    try {
      return new CertificateSigner(createPrivateKey(pem));
    } catch {
      throw new PalisadeError("PAL_KEYRING", `${path} is no private key`);
    }
  }

  /** SHA-256 of the public key, hexadecimal: what a reader compares with what the plane itself says. */
  get fingerprint(): string {
    return createHash("sha256").update(this.exportPublicKey()).digest("hex");
  }

  sign(body: CertificateBody): ErasureCertificate {
    const signature = sign(null, Buffer.from(canonicalizeJson(body)), this.privateKey).toString("base64");
    return { version: 1, body, public_key: this.exportPublicKey().toString("base64"), fingerprint: this.fingerprint, signature };
  }

  private exportPublicKey(): Buffer {
    return createPublicKey(this.privateKey).export({ type: "spki", format: "der" });
  }
}
