import { createHash, createPrivateKey, generateKeyPair, type KeyObject, randomBytes, sign, X509Certificate } from "node:crypto";
import { promisify } from "node:util";
import * as asn1 from "asn1js";
import { parseAddress } from "@palisade/neon/contract/addresses";

/** Certificates of RFC 5280: P-256 keys, ECDSA with SHA-256, which the channel binding `tls-server-end-point` needs. */

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
export async function createAuthority(period: Period): Promise<KeyPair> {
  const { publicKey, privateKey } = await createKeys();
  const name = buildName(OID.commonName, `Palisade local authority ${randomBytes(4).toString("hex")}`);
  return issue({
    period,
    subject: name,
    issuer: name,
    publicKey,
    privateKey,
    signingKey: privateKey,
    extensions: [
      buildExtension(OID.basicConstraints, buildSequence(new asn1.Boolean({ value: true }), new asn1.Integer({ value: 0 })), "critical"),
      buildExtension(OID.keyUsage, buildBits(KEY_USAGE.keyCertSign, KEY_USAGE.cRLSign), "critical"),
      buildExtension(OID.subjectKeyIdentifier, buildOctets(computeKeyIdentifier(publicKey))),
    ],
  });
}

/** A server certificate for these DNS names and addresses, which stand in its alternative names alone, where clients look first. */
export async function createServerCertificate(authority: KeyPair, names: readonly string[], period: Period): Promise<KeyPair> {
  const { publicKey, privateKey } = await createKeys();
  const certificate = new X509Certificate(authority.cert);
  return issue({
    period,
    publicKey,
    privateKey,
    signingKey: createPrivateKey(authority.key),
    subject: buildName(OID.organizationName, "Palisade local server"),
    issuer: getSubject(certificate),
    extensions: [
      buildExtension(OID.basicConstraints, buildSequence(), "critical"),
      buildExtension(OID.keyUsage, buildBits(KEY_USAGE.digitalSignature), "critical"),
      buildExtension(OID.extendedKeyUsage, buildSequence(buildIdentifier(OID.serverAuth))),
      buildExtension(OID.subjectAlternativeName, buildSequence(...names.map(buildGeneralName))),
      buildExtension(OID.subjectKeyIdentifier, buildOctets(computeKeyIdentifier(publicKey))),
      buildExtension(OID.authorityKeyIdentifier, buildSequence(buildTagged(0, computeKeyIdentifier(certificate.publicKey)))),
    ],
  });
}

interface CertificateContents {
  readonly period: Period;
  readonly subject: asn1.BaseBlock;
  readonly issuer: asn1.BaseBlock;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
  readonly signingKey: KeyObject;
  readonly extensions: readonly asn1.BaseBlock[];
}

function issue({ period, subject, issuer, publicKey, privateKey, signingKey, extensions }: CertificateContents): KeyPair {
  const algorithm = () => buildSequence(buildIdentifier(OID.ecdsaWithSha256));
  const unsigned = buildSequence(
    new asn1.Constructed({ idBlock: { tagClass: CONTEXT, tagNumber: 0 }, value: [new asn1.Integer({ value: VERSION_3 })] }),
    new asn1.Integer({ valueHex: createSerial() }),
    algorithm(),
    issuer,
    buildSequence(buildTime(period.notBefore), buildTime(period.notAfter)),
    subject,
    parseDer(publicKey.export({ type: "spki", format: "der" })),
    new asn1.Constructed({ idBlock: { tagClass: CONTEXT, tagNumber: 3 }, value: [buildSequence(...extensions)] }),
  );
  const signature = sign("sha256", Buffer.from(unsigned.toBER()), signingKey);
  const certificate = buildSequence(unsigned, algorithm(), new asn1.BitString({ valueHex: signature }));
  return {
    cert: new X509Certificate(Buffer.from(certificate.toBER())).toString(),
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

const generate = promisify(generateKeyPair);
const createKeys = () => generate("ec", { namedCurve: "prime256v1" });

/** Names of RFC 5280 and RFC 5758. */
const OID = {
  commonName: "2.5.4.3",
  organizationName: "2.5.4.10",
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAlternativeName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  authorityKeyIdentifier: "2.5.29.35",
  extendedKeyUsage: "2.5.29.37",
  serverAuth: "1.3.6.1.5.5.7.3.1",
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
} as const;
/** Numbers of bits, the first one 0. */
const KEY_USAGE = { digitalSignature: 0, keyCertSign: 5, cRLSign: 6 } as const;
const VERSION_3 = 2;
/** The class of a tag that means something only where it stands. */
const CONTEXT = 3;
const GENERAL_NAME = { dns: 2, address: 7 } as const;

const buildSequence = (...value: asn1.BaseBlock[]) => new asn1.Sequence({ value });
const buildIdentifier = (value: string) => new asn1.ObjectIdentifier({ value });
const buildOctets = (valueHex: Uint8Array) => new asn1.OctetString({ valueHex });
const buildTagged = (tagNumber: number, valueHex: Uint8Array) =>
  new asn1.Primitive({ idBlock: { tagClass: CONTEXT, tagNumber }, valueHex });

const buildExtension = (name: string, value: asn1.BaseBlock, ...[critical]: ["critical"?]) =>
  buildSequence(
    buildIdentifier(name),
    ...(critical === undefined ? [] : [new asn1.Boolean({ value: true })]),
    buildOctets(new Uint8Array(value.toBER())),
  );

/** A name of one part. */
const buildName = (type: string, value: string) =>
  buildSequence(new asn1.Set({ value: [buildSequence(buildIdentifier(type), new asn1.Utf8String({ value }))] }));

/** Up to 2049 with two digits of the year, as RFC 5280 wants. */
const buildTime = (date: Date): asn1.BaseBlock =>
  date.getUTCFullYear() < 2050
    ? new asn1.UTCTime({ valueDate: truncateToSeconds(date) })
    : new asn1.GeneralizedTime({ valueDate: truncateToSeconds(date) });
const truncateToSeconds = (date: Date): Date => new Date(Math.floor(date.getTime() / 1_000) * 1_000);

/** A bit string without zeros behind its last one, as DER wants it of named bits. All of them lie in one byte. */
function buildBits(...numbers: readonly number[]): asn1.BaseBlock {
  const byte = numbers.reduce((sum, number) => sum | (0x80 >> number), 0);
  return new asn1.BitString({ valueHex: Uint8Array.of(byte), unusedBits: 7 - Math.max(...numbers) });
}

function buildGeneralName(name: string): asn1.BaseBlock {
  const address = parseAddress(name);
  if (address === undefined) return buildTagged(GENERAL_NAME.dns, Buffer.from(name, "ascii"));
  const hex = address.value.toString(16).padStart(address.family === 4 ? 8 : 32, "0");
  return buildTagged(GENERAL_NAME.address, Buffer.from(hex, "hex"));
}

/** SHA-1 of the public key's bits (RFC 5280, 4.2.1.2): a name, and no protection. */
function computeKeyIdentifier(publicKey: KeyObject): Buffer {
  const [, key] = listParts(parseDer(publicKey.export({ type: "spki", format: "der" })));
  if (!(key instanceof asn1.BitString)) throw new Error("the public key has no bits");
  return createHash("sha1").update(key.valueBlock.valueHexView).digest();
}

/** As it stands in the certificate, byte for byte. */
function getSubject({ raw }: X509Certificate): asn1.BaseBlock {
  const [unsigned] = listParts(parseDer(raw));
  const subject = unsigned && listParts(unsigned)[SUBJECT];
  if (subject === undefined) throw new Error("the certificate of the authority has no subject");
  return subject;
}
/** After version, serial number, algorithm, issuer and validity. */
const SUBJECT = 5;

const parseDer = (der: Uint8Array): asn1.BaseBlock => asn1.fromBER(new Uint8Array(der)).result;
const listParts = (block: asn1.BaseBlock): readonly asn1.BaseBlock[] => (block instanceof asn1.Constructed ? block.valueBlock.value : []);

/** 127 random bits: positive, as RFC 5280 wants. */
function createSerial(): Uint8Array {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes;
}
