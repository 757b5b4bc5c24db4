import { createHash, createHmac, pbkdf2, pbkdf2Sync, randomBytes, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

/** What Postgres keeps of a password (RFC 5802): enough to check it, not to log in with it. */
export interface ScramVerifier {
  readonly iterations: number;
  readonly salt: Buffer;
  /** SHA-256 of the ClientKey, 32 bytes. */
  readonly storedKey: Buffer;
  /** 32 bytes. */
  readonly serverKey: Buffer;
}

/** Postgres' own default (scram_iterations). */
export const ITERATIONS = 4096;

/**
 * The verifier of a password of printable ASCII, as the plane generates them. Throws for any other: that would need SASLprep,
 * and Postgres makes those verifiers itself when a password is set by SQL.
 */
export function computeVerifier(password: string, salt: Buffer = randomBytes(16), iterations: number = ITERATIONS): ScramVerifier {
  if (!/^[\x20-\x7e]*$/.test(password)) throw new Error("Only a password of printable ASCII has a verifier here");
  const salted = computeSaltedPassword(password, salt, iterations);
  return { iterations, salt, storedKey: hash(computeMac(salted, "Client Key")), serverKey: computeMac(salted, "Server Key") };
}

/** `undefined` for text that is no SCRAM-SHA-256 verifier of pg_authid. */
export function parseVerifier(text: string): ScramVerifier | undefined {
  const [, iterations, salt, storedKey, serverKey] = VERIFIER.exec(text) ?? [];
  if (iterations === undefined || salt === undefined || storedKey === undefined || serverKey === undefined) return undefined;
  const [saltBytes, stored, server] = [salt, storedKey, serverKey].map((part) => Buffer.from(part, "base64")) as [Buffer, Buffer, Buffer];
  if (stored.length !== KEY_BYTES || server.length !== KEY_BYTES) return undefined;
  return { iterations: Number(iterations), salt: saltBytes, storedKey: stored, serverKey: server };
}

/** As Postgres spells it in pg_authid, and takes it in `PASSWORD '…'`. */
export const formatVerifier = ({ iterations, salt, storedKey, serverKey }: ScramVerifier): string =>
  `SCRAM-SHA-256$${iterations}:${encodeBase64(salt)}$${encodeBase64(storedKey)}:${encodeBase64(serverKey)}`;

/**
 * The verifier that nothing fits, for a role that does not exist: the same role of the same scope always shows the same salt,
 * with the usual iterations, so that the exchange tells nobody whether there is such a role.
 */
export function createDummyVerifier(secret: Buffer, scope: string, role: string): ScramVerifier {
  const derive = (part: string) => computeMac(secret, JSON.stringify([part, scope, role]));
  return {
    iterations: ITERATIONS,
    salt: derive("salt").subarray(0, 16),
    storedKey: derive("stored"),
    serverKey: derive("server"),
  };
}

/** The client's first message, taken apart. */
export interface ClientFirst {
  /** `n`: knows no channel binding. `y`: knows it, but believes that the server does not. Else the name of the binding. */
  readonly binding: "n" | "y" | { readonly name: string };
  /** The header as it was sent: it is proved again in the last message. */
  readonly header: string;
  readonly bare: string;
  readonly nonce: string;
}

/** `undefined` for text that is no client-first-message, or one with an authorisation identity or an extension that must be known. */
export function parseClientFirst(text: string): ClientFirst | undefined {
  const [, header, flag, bare, nonce] = /^((n|y|p=[A-Za-z0-9.-]+),,)(n=[^,]*,r=([\x21-\x2b\x2d-\x7e]+)(?:,.*)?)$/s.exec(text) ?? [];
  if (header === undefined || flag === undefined || bare === undefined || nonce === undefined) return undefined;
  return { header, bare, nonce, binding: flag === "n" || flag === "y" ? flag : { name: flag.slice(2) } };
}

export const createNonce = (): string => encodeBase64(randomBytes(18));

/** The server's first message; `nonce` is its own part. */
export const buildServerFirst = (client: ClientFirst, nonce: string, { salt, iterations }: ScramVerifier): string =>
  `r=${client.nonce}${nonce},s=${encodeBase64(salt)},i=${iterations}`;

/** One exchange up to the client's last message, seen from the server. */
export interface Exchange {
  readonly client: ClientFirst;
  readonly serverFirst: string;
  /** What the channel is bound to; empty without binding. */
  readonly channel: Buffer;
  readonly verifier: ScramVerifier;
}

/** Checks the client's last message in constant time. The ClientKey is all one needs to log in wherever the same verifier is kept. */
export function checkClientFinal(exchange: Exchange, text: string): ScramProof | "malformed" | "wrong-channel" | "wrong-password" {
  const [, withoutProof, channel, nonce, proofText] = /^(c=([A-Za-z0-9+/=]+),r=([^,]+)(?:,[^,]+)*),p=([A-Za-z0-9+/=]+)$/.exec(text) ?? [];
  if (withoutProof === undefined || channel === undefined || proofText === undefined) return "malformed";
  const proof = Buffer.from(proofText, "base64");
  if (proof.length !== KEY_BYTES || !exchange.serverFirst.startsWith(`r=${nonce ?? ""},`)) return "malformed";
  const expected = Buffer.concat([Buffer.from(exchange.client.header), exchange.channel]);
  if (!isSameBytes(Buffer.from(channel, "base64"), expected)) return "wrong-channel";

  const { storedKey, serverKey } = exchange.verifier;
  const message = `${exchange.client.bare},${exchange.serverFirst},${withoutProof}`;
  const clientKey = xorBytes(proof, computeMac(storedKey, message));
  const serverFinal = `v=${encodeBase64(computeMac(serverKey, message))}`;
  return isSameBytes(hash(clientKey), storedKey) ? { clientKey, serverFinal } : "wrong-password";
}

/**
 * Whether a verifier may open anything. A role chooses the iterations of its own passwords (scram_iterations); with fewer than the usual ones
 * what is read of a verifier, or seen of an exchange, is guessed in no time.
 */
export const isCostly = ({ iterations }: ScramVerifier): boolean => iterations >= ITERATIONS;

/** A role may ask for more of its own passwords; whoever checks one in clear must not be made to work for minutes. Ours. */
const MAX_ITERATIONS = 100_000;

/** Checks a password that was sent in clear, in constant time and off the event loop. `undefined` when it is wrong. */
export async function checkPassword(password: string, { iterations, salt, storedKey }: ScramVerifier): Promise<ScramProof | undefined> {
  if (iterations > MAX_ITERATIONS) return undefined;
  const { clientKey } = computeKeys(await derive(password, salt, iterations, KEY_BYTES, "sha256"));
  return isSameBytes(hash(clientKey), storedKey) ? { clientKey, serverFinal: "" } : undefined;
}

export interface ScramProof {
  readonly clientKey: Buffer;
  /** Our proof to the client; empty where it did not ask for any. */
  readonly serverFinal: string;
}

/** The client's side. Give `password`, or the ClientKey of one that was proved before, which needs no PBKDF2. */
export interface ScramClient {
  readonly first: string;
  /** The last message, and what the server must answer to it; `undefined` when the server's first message is no answer to ours. */
  answer(serverFirst: string): { final: string; serverFinal: string } | undefined;
}

/** `user` may be empty, as Postgres ignores it here; `channel` is the binding `tls-server-end-point`. */
export function createScramClient(
  secret: { password: string } | { clientKey: Buffer; serverKey: Buffer },
  { user = "", nonce = createNonce(), channel }: { user?: string; nonce?: string; channel?: Buffer } = {},
): ScramClient {
  const header = channel ? "p=tls-server-end-point,," : "n,,";
  const bare = `n=${user},r=${nonce}`;
  return {
    first: header + bare,
    answer: (serverFirst) => {
      const [, theirs, salt, iterations] = /^r=([^,]+),s=([A-Za-z0-9+/=]+),i=([1-9]\d{0,8})$/.exec(serverFirst) ?? [];
      if (theirs === undefined || salt === undefined || iterations === undefined || !theirs.startsWith(nonce)) return undefined;
      const { clientKey, serverKey } =
        "clientKey" in secret
          ? secret
          : computeKeys(computeSaltedPassword(secret.password, Buffer.from(salt, "base64"), Number(iterations)));
      const withoutProof = `c=${encodeBase64(Buffer.concat([Buffer.from(header), channel ?? Buffer.alloc(0)]))},r=${theirs}`;
      const message = `${bare},${serverFirst},${withoutProof}`;
      const proof = xorBytes(clientKey, computeMac(hash(clientKey), message));
      return { final: `${withoutProof},p=${encodeBase64(proof)}`, serverFinal: `v=${encodeBase64(computeMac(serverKey, message))}` };
    },
  };
}

const VERIFIER = /^SCRAM-SHA-256\$([1-9]\d{0,8}):([A-Za-z0-9+/]+=*)\$([A-Za-z0-9+/]+=*):([A-Za-z0-9+/]+=*)$/;
const KEY_BYTES = 32;

const derive = promisify(pbkdf2);
const hash = (data: Buffer): Buffer => createHash("sha256").update(data).digest();
const computeMac = (key: Buffer, data: string): Buffer => createHmac("sha256", key).update(data).digest();
const encodeBase64 = (data: Buffer): string => data.toString("base64");
const computeSaltedPassword = (password: string, salt: Buffer, iterations: number): Buffer =>
  pbkdf2Sync(password, salt, iterations, KEY_BYTES, "sha256");
const computeKeys = (salted: Buffer) => ({ clientKey: computeMac(salted, "Client Key"), serverKey: computeMac(salted, "Server Key") });
const xorBytes = (a: Buffer, b: Buffer): Buffer => Buffer.from(a.map((byte, at) => byte ^ (b[at] ?? 0)));
const isSameBytes = (a: Buffer, b: Buffer): boolean => a.length === b.length && timingSafeEqual(a, b);
