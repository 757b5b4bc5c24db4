import { createHash, createPublicKey, verify } from "node:crypto";
import { canonicalizeJson } from "../../contract/canonicalJson.js";
import { PalisadeError } from "../../contract/errors.js";
import { ErasureCertificate } from "../../contract/wire/erasure.js";

/**
 * A certificate whose signature is that of the key it carries. Whose key that is, is told by its fingerprint alone.
 * @param text JSON: the certificate, or an answer that has it @param fingerprint what the plane itself says of its key
 * @throws PAL_CERTIFICATE
 */
export function verifyCertificate(text: string, fingerprint: string | undefined): ErasureCertificate {
  const certificate = parseCertificate(text);
  const key = Buffer.from(certificate.public_key, "base64");
  const actual = createHash("sha256").update(key).digest("hex");
  if (actual !== certificate.fingerprint) throw createCertificateError("its fingerprint is not that of its key");
  if (fingerprint !== undefined && fingerprint.toLowerCase() !== actual)
    throw createCertificateError(`it was signed by ${actual}, not by ${fingerprint.toLowerCase()}`);
  if (!hasValidSignature(certificate, key)) throw createCertificateError("its signature does not match its content");
  if (certificate.body.proof.opened > 0) throw createCertificateError("it states that an object could still be opened");
  return certificate;
}

function parseCertificate(text: string): ErasureCertificate {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw createCertificateError("it is not JSON");
  }
  const inner = (value as { certificate?: unknown } | null)?.certificate ?? value;
  const read = ErasureCertificate.safeParse(inner);
  if (!read.success) throw createCertificateError("it does not have the fields of a certificate");
  return read.data;
}

function hasValidSignature({ body, signature }: ErasureCertificate, key: Buffer): boolean {
  try {
    const publicKey = createPublicKey({ key, format: "der", type: "spki" });
    return (
      publicKey.asymmetricKeyType === "ed25519" &&
      verify(null, Buffer.from(canonicalizeJson(body)), publicKey, Buffer.from(signature, "base64"))
    );
  } catch {
    return false;
  }
}

const createCertificateError = (why: string): PalisadeError => new PalisadeError("PAL_CERTIFICATE", why);
