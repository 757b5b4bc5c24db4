import { createPrivateKey, X509Certificate } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync } from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { KeyPair } from "./issue.js";

/** The plane's own certificate authority, and what its proxy shows. */
export interface Pki {
  /** The file to give clients as `sslrootcert`. Nothing is ever added to the system's store. */
  readonly rootCertPath: string;
  readonly authority: KeyPair;
  readonly server: KeyPair;
}

/** What the server certificate is good for: the names of computes, and how a client on this machine may spell the plane. */
export const SERVER_NAMES = ["*.db.localhost", "db.localhost", "localhost", "127.0.0.1", "::1"] as const;
const SERVER_DAYS = 90;
const RENEW_BELOW_DAYS = 30;
const AUTHORITY_DAYS = 3650;

/**
 * Reads root.crt, root.key, server.crt and server.key from the directory (created 0700, private keys 0600), and makes what is missing or unsound.
 * The server certificate is renewed when less than 30 of its 90 days remain. The authority lasts ten years; it is replaced when it would end
 * before a server certificate made now, and clients then need the new root.
 */
export async function ensurePki(directory: string, now: Date): Promise<Pki> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  chmodSync(directory, 0o700);
  const [root, leaf] = [join(directory, "root"), join(directory, "server")];
  const lastingAuthority = readValidPair(root, addDays(now, SERVER_DAYS));
  const authority = lastingAuthority ?? (await (await loadIssuer()).createAuthority(buildPeriod(now, AUTHORITY_DAYS)));
  const lastingServer = readValidPair(leaf, addDays(now, RENEW_BELOW_DAYS), authority);
  const server =
    lastingServer ?? (await (await loadIssuer()).createServerCertificate(authority, SERVER_NAMES, buildPeriod(now, SERVER_DAYS)));
  // Each waits for the disk. A server certificate that is kept without its authority is made anew.
  await Promise.all([lastingAuthority ?? writePair(root, authority), lastingServer ?? writePair(leaf, server)]);
  return { rootCertPath: `${root}.crt`, authority, server };
}

/** Loaded only when something is to be issued. */
const loadIssuer = () => import("./issue.js");

/** The pair of this name when it is whole, not after its time at `until`, and signed by the issuer (default: by itself). */
function readValidPair(path: string, until: Date, issuer?: KeyPair): KeyPair | undefined {
  const [cert, key] = [readIfPresent(`${path}.crt`), readIfPresent(`${path}.key`)];
  if (cert === undefined || key === undefined) return undefined;
  try {
    const certificate = new X509Certificate(cert);
    const signer = issuer === undefined ? certificate : new X509Certificate(issuer.cert);
    const sound = certificate.checkPrivateKey(createPrivateKey(key)) && certificate.verify(signer.publicKey);
    return sound && new Date(certificate.validTo) > until ? { cert, key } : undefined;
  } catch {
    // A file that was cut short or edited: made anew like a missing one.
    return undefined;
  }
}

/** The key first: a certificate whose key was lost half-way does not fit it and is made anew. */
async function writePair(path: string, pair: KeyPair): Promise<void> {
  await replaceFile(`${path}.key`, pair.key, 0o600);
  await replaceFile(`${path}.crt`, pair.cert, 0o644);
}

async function replaceFile(path: string, text: string, mode: number): Promise<void> {
  await writeFile(`${path}.new`, text, { mode, flush: true });
  await rename(`${path}.new`, path);
}

function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

const DAY_MS = 86_400_000;
/** Clocks of clients may be behind. */
const TOLERANCE_MS = 3_600_000;
const addDays = (now: Date, days: number): Date => new Date(now.getTime() + days * DAY_MS);
const buildPeriod = (now: Date, days: number) => ({ notBefore: new Date(now.getTime() - TOLERANCE_MS), notAfter: addDays(now, days) });
