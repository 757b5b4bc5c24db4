import { createHash, X509Certificate } from "node:crypto";

/**
 * What a connection is bound to by `tls-server-end-point` (RFC 5929): the SHA-256 of the first certificate of the PEM.
 * `undefined` unless it is signed with SHA-256: other signatures want other hashes, which clients do not agree on.
 */
export function computeServerEndPoint(pem: string): Buffer | undefined {
  const { raw } = new X509Certificate(pem);
  const certificate = locateContent(raw, 0);
  const toBeSigned = locateContent(raw, certificate.start);
  const algorithm = locateContent(raw, toBeSigned.end);
  const isKnown = WITH_SHA256.some((id) => raw.subarray(algorithm.start, algorithm.start + id.length).equals(id));
  return isKnown ? createHash("sha256").update(raw).digest() : undefined;
}

/** DER object identifiers of ecdsa-with-SHA256 and sha256WithRSAEncryption. */
const WITH_SHA256 = ["06082a8648ce3d040302", "06092a864886f70d01010b"].map((hex) => Buffer.from(hex, "hex"));

/** Where the content of the DER element at `at` lies. */
function locateContent(der: Buffer, at: number): { start: number; end: number } {
  const length = der.readUInt8(at + 1);
  const more = length < 0x80 ? 0 : length & 0x7f;
  const start = at + 2 + more;
  return { start, end: start + (more === 0 ? length : der.readUIntBE(at + 2, more)) };
}
