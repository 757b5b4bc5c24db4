import "reflect-metadata";
import { isIP } from "node:net";
import { randomBytes, webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

/** Certificates and revocation lists: P-256 keys, ECDSA with SHA-256, which the channel binding `tls-server-end-point` needs. */
x509.cryptoProvider.set(webcrypto as Crypto);

/** PEM: one certificate and its private key (PKCS #8). */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

export interface Period {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** Signs servers and revocation lists, and no further authority. */
export async function newAuthority(period: Period): Promise<KeyPair> {
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...period,
    serialNumber: serial(),
    name: `CN=Palisade local authority ${randomBytes(4).toString("hex")}`,
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return pem(certificate, keys.privateKey);
}

/** A server certificate for these DNS names and addresses, which stand in its alternative names alone, where clients look first. */
export async function newServer(authority: KeyPair, names: readonly string[], period: Period): Promise<KeyPair> {
  const [issuer, keys] = [new x509.X509Certificate(authority.cert), await newKeys()];
  const certificate = await x509.X509CertificateGenerator.create({
    ...period,
    serialNumber: serial(),
    subject: "O=Palisade local server",
    issuer: issuer.subject,
    publicKey: keys.publicKey,
    signingKey: await signingKey(authority),
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        names.map((value) => ({ type: isIP(value) === 0 ? ("dns" as const) : ("ip" as const), value })),
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  return pem(certificate, keys.privateKey);
}

/**
 * A revocation list (PEM) of certificates of this authority, good for a week. No certificate says where to fetch one, so only a client that is
 * given the file checks it: libpq (`sslcrl`), Node's drivers (`ssl: { crl }`). JDBC, pgx and psycopg without `sslcrl` do not.
 */
export async function newRevocationList(authority: KeyPair, revoked: readonly string[], now: Date): Promise<string> {
  const list = await x509.X509CrlGenerator.create({
    issuer: new x509.X509Certificate(authority.cert).subject,
    thisUpdate: now,
    nextUpdate: new Date(now.getTime() + WEEK_MS),
    entries: revoked.map((cert) => ({ serialNumber: new x509.X509Certificate(cert).serialNumber, revocationDate: now })),
    signingAlgorithm: ALGORITHM,
    signingKey: await signingKey(authority),
  });
  return `${x509.PemConverter.encode(list.rawData, "X509 CRL")}\n`;
}

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const WEEK_MS = 7 * 86_400_000;

const newKeys = () => webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);

const signingKey = ({ key }: KeyPair) =>
  webcrypto.subtle.importKey("pkcs8", x509.PemConverter.decodeFirst(key), ALGORITHM, false, ["sign"]);

/** 127 random bits: positive, as RFC 5280 wants. */
const serial = (): string => {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString("hex");
};

const pem = async (certificate: x509.X509Certificate, key: webcrypto.CryptoKey): Promise<KeyPair> => ({
  cert: `${certificate.toString("pem")}\n`,
  key: `${x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY")}\n`,
});
