import { createHash, createPublicKey, verify } from "node:crypto";

/** As the plane signs: Ed25519. */
export interface PlaneSignature {
  /** SPKI, DER, base64. */
  readonly public_key: string;
  /** SHA-256 of the public key's DER, hexadecimal. */
  readonly fingerprint: string;
  /** Base64. */
  readonly signature: string;
}

/** What is wrong with it, or undefined. Whose key it is, the fingerprint alone tells. */
export function findSignatureFault(text: string, { public_key, fingerprint, signature }: PlaneSignature): string | undefined {
  const key = Buffer.from(public_key, "base64");
  if (createHash("sha256").update(key).digest("hex") !== fingerprint) return "its fingerprint is not that of its key";
  try {
    const publicKey = createPublicKey({ key, format: "der", type: "spki" });
    const isValid =
      publicKey.asymmetricKeyType === "ed25519" && verify(null, Buffer.from(text), publicKey, Buffer.from(signature, "base64"));
    if (isValid) return undefined;
  } catch {
    // No key, or no signature.
  }
  return "its signature does not match its content";
}
