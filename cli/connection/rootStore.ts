import { existsSync, readFileSync } from "node:fs";
import { SYSTEM_STORE } from "../../contract/connection.js";
import { PalisadeError } from "../../contract/errors.js";

/** Paths of the system trust store as one PEM file. Windows and Android have none. */
const KNOWN = [
  "/etc/ssl/certs/ca-certificates.crt", // Debian, Ubuntu, Gentoo, Arch
  "/etc/pki/tls/certs/ca-bundle.crt", // RHEL, Fedora, CentOS
  "/etc/ssl/ca-bundle.pem", // openSUSE
  "/etc/ssl/cert.pem", // Alpine, macOS
];

/** The file with this machine's roots: what SSL_CERT_FILE names, else the system's own; undefined when there is none. */
export function findRootStore(environment: NodeJS.ProcessEnv, exists: (path: string) => boolean = existsSync): string | undefined {
  return environment["SSL_CERT_FILE"] || KNOWN.find(exists);
}

/** Trusted root certificates. */
export interface Roots {
  /** undefined: the roots that come with Node.js. */
  pem: string | undefined;
  /** Human-readable label. */
  name: string;
}

/** What `sslrootcert` says, else PGSSLROOTCERT, else this machine's store. @throws PAL_USAGE when the file cannot be used */
export function readRoots(asked: string | undefined, environment: NodeJS.ProcessEnv): Roots {
  const stated = asked ?? (environment["PGSSLROOTCERT"] || SYSTEM_STORE);
  const path = stated === SYSTEM_STORE ? findRootStore(environment) : stated;
  return path === undefined ? { pem: undefined, name: "the roots of Node.js" } : { pem: readCertificates(path), name: path };
}

/** @throws PAL_USAGE when the file cannot be read or holds none */
export function readCertificates(path: string): string {
  let pem: string;
  try {
    pem = readFileSync(path, "utf8");
  } catch (error) {
    throw new PalisadeError("PAL_USAGE", `the root certificates in ${path} cannot be read: ${(error as NodeJS.ErrnoException).code ?? ""}`);
  }
  if (!pem.includes("-----BEGIN CERTIFICATE-----")) throw new PalisadeError("PAL_USAGE", `${path} holds no certificate in PEM form`);
  return pem;
}
