import { createHash, createPublicKey, verify } from "node:crypto";
import { PalisadeError } from "../../contract/errors.js";
import { canonicalText, ErasureCertificate } from "../../contract/wire/erasure.js";

/**
 * A certificate whose signature is that of the key it carries. Whose key that is, is told by its fingerprint alone.
 * @param text JSON: the certificate, or an answer that has it @param fingerprint what the plane itself says of its key
 * @throws PAL_CERTIFICATE
 */
export function verifyCertificate(text: string, fingerprint: string | undefined): ErasureCertificate {
  const certificate = parse(text);
  const key = Buffer.from(certificate.public_key, "base64");
  const actual = createHash("sha256").update(key).digest("hex");
  if (actual !== certificate.fingerprint) throw bad("its fingerprint is not that of its key");
  if (fingerprint !== undefined && fingerprint.toLowerCase() !== actual)
    throw bad(`it was signed by ${actual}, not by ${fingerprint.toLowerCase()}`);
  if (!isSigned(certificate, key)) throw bad("its signature does not fit what it says");
  if (certificate.body.proof.opened > 0) throw bad("it says itself that an object still opened");
  return certificate;
}

function parse(text: string): ErasureCertificate {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw bad("it is no JSON");
  }
  const inner = (value as { certificate?: unknown } | null)?.certificate ?? value;
  const read = ErasureCertificate.safeParse(inner);
  if (!read.success) throw bad("it has not the fields of a certificate");
  return read.data;
}

function isSigned({ body, signature }: ErasureCertificate, key: Buffer): boolean {
  try {
    const publicKey = createPublicKey({ key, format: "der", type: "spki" });
    return (
      publicKey.asymmetricKeyType === "ed25519" &&
      verify(null, Buffer.from(canonicalText(body)), publicKey, Buffer.from(signature, "base64"))
    );
  } catch {
    return false;
  }
}

const bad = (why: string): PalisadeError => new PalisadeError("PAL_CERTIFICATE", why);
