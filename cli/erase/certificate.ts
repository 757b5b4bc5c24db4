import { canonicalizeJson } from "../../contract/canonicalJson.js";
import { PalisadeError } from "../../contract/errors.js";
import { ErasureCertificate } from "../../contract/wire/erasure.js";
import { findSignatureFault } from "../planeSignature.js";

/**
 * A certificate whose signature is that of the key it carries. Whose key that is, is told by its fingerprint alone.
 * @param text JSON: the certificate, or an answer that has it @param fingerprint what the plane itself says of its key
 * @throws PAL_CERTIFICATE
 */
export function verifyCertificate(text: string, fingerprint: string | undefined): ErasureCertificate {
  const certificate = parseCertificate(text);
  const fault = findSignatureFault(canonicalizeJson(certificate.body), certificate);
  const asked = fingerprint?.toLowerCase();
  if (asked !== undefined && asked !== certificate.fingerprint)
    throw createCertificateError(`it was signed by ${certificate.fingerprint}, not by ${asked}`);
  if (fault !== undefined) throw createCertificateError(fault);
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

const createCertificateError = (why: string): PalisadeError => new PalisadeError("PAL_CERTIFICATE", why);
