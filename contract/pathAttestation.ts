import { PalisadeError } from "./errors.js";
import { z } from "zod";

/** Keeps a signature of a path from passing as one of another purpose. */
export const PATH_NAMESPACE = "palisade-path@v1";
/** Ours, in milliseconds: as long as the challenge of the plane is open. */
export const PATH_VALID_MS = 15 * 60_000;

/** What `palisade attest-path` signs: from inside of a network, this server answered for this project through these endpoints. */
export const PathAttestation = z.strictObject({
  version: z.literal(1),
  organisation: z.string(),
  projectId: z.string(),
  endpointIds: z.array(z.string()).min(1),
  /** SHA-256 of the certificate that the server showed, hex with colons. */
  serverCertificate: z.string(),
  /** Of the plane: of this project, used once. */
  challenge: z.string().regex(/^[0-9a-f]{32}$/),
  madeAt: z.iso.datetime(),
});
export type PathAttestation = z.output<typeof PathAttestation>;

/** The file: the signed text as it is, and the signature beside it. */
export const SignedPath = z.strictObject({ attestation: z.string().max(10_000), signature: z.string().max(20_000) });

export const createUnprovedError = (why: string): PalisadeError => new PalisadeError("PAL_PATH_UNPROVED", why);
