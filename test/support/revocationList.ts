import "reflect-metadata";
import { webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";
import type { KeyPair } from "../../control-plane/pki/issue.js";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const WEEK_MS = 7 * 86_400_000;
x509.cryptoProvider.set(webcrypto as Crypto);

/**
 * A revocation list (PEM) of certificates of this authority, good for a week. The plane makes none: no certificate says where to fetch one, so only
 * a client that is given a file checks it: libpq (`sslcrl`), Node's drivers (`ssl: { crl }`).
 */
export async function newRevocationList(authority: KeyPair, revoked: readonly string[], now: Date): Promise<string> {
  const list = await x509.X509CrlGenerator.create({
    issuer: new x509.X509Certificate(authority.cert).subject,
    thisUpdate: now,
    nextUpdate: new Date(now.getTime() + WEEK_MS),
    entries: revoked.map((cert) => ({ serialNumber: new x509.X509Certificate(cert).serialNumber, revocationDate: now })),
    signingAlgorithm: ALGORITHM,
    signingKey: await webcrypto.subtle.importKey("pkcs8", x509.PemConverter.decodeFirst(authority.key), ALGORITHM, false, ["sign"]),
  });
  return `${x509.PemConverter.encode(list.rawData, "X509 CRL")}\n`;
}
