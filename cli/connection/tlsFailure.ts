import { StepFailure } from "./steps.js";

/** Names that OpenSSL gives to what is wrong with a chain. */
const CHAIN = /^(UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|CERT_|CRL_|INVALID_(CA|PURPOSE)|PATH_LENGTH_|ERROR_IN_CERT_)/;
const TIME = /^CERT_(HAS_EXPIRED|NOT_YET_VALID)$/;

/** What a failed handshake says of the server; undefined for faults of the network. @param roots whose signature was looked for */
export function toTlsFailure(error: unknown, roots: string): StepFailure | undefined {
  const { code = "", message, cert } = error as { code?: string; message: string; cert?: { subjectaltname?: string } };
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID")
    return new StepFailure(
      "certificate name",
      `the certificate is for ${cert?.subjectaltname ?? "no name"}`,
      "Use a host name that the certificate is for; without the check any server is accepted",
    );
  if (TIME.test(code))
    return new StepFailure("certificate chain", message, "Renew the server's certificate, or set this machine's clock, whichever is wrong");
  if (CHAIN.test(code))
    return new StepFailure(
      "certificate chain",
      `${message} (looked for in ${roots})`,
      "Name the authority that signed it: sslrootcert=<file>; for the embedded plane, pki/root.crt in its data directory",
    );
  if (/PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|WRONG_VERSION/.test(code))
    return new StepFailure("tls version", `the server has no TLS 1.2 or newer (${code})`, "Update the server: TLS 1.0 and 1.1 are broken");
  return undefined;
}
