import { readFile } from "node:fs/promises";
import type { z } from "zod";
import { isPalisadeError } from "../../../contract/errors.js";
import { PATH_NAMESPACE, PATH_VALID_MS, PathAttestation, SignedPath, createUnprovedError } from "../../../contract/pathAttestation.js";
import { BadSignatureError, verifyText } from "../../client/sshSignature.js";
import type { NeonContext } from "./context.js";
import type { PathProof } from "./pathProof.js";

/**
 * Verifies the attestation, and uses its challenge up at the plane, which has itself seen the connection come in.
 * @param open endpoints by which the project is reached after the update
 * @throws PAL_PATH_UNPROVED saying what does not fit
 */
export async function assertPathProved(
  { api, orgId }: NeonContext,
  projectId: string,
  proof: PathProof,
  { nowMs, open }: { nowMs: number; open: readonly string[] },
): Promise<void> {
  const { organisation, challenge, ...attested } = await readAttestation(proof);
  const age = nowMs - Date.parse(attested.madeAt);
  if (attested.projectId !== projectId) throw createUnprovedError(`it is of project ${attested.projectId}, not of ${projectId}`);
  if (organisation !== (await orgId())) throw createUnprovedError(`it is of organisation ${organisation}`);
  if (age > PATH_VALID_MS || age < -PATH_VALID_MS) throw createUnprovedError(`it was made at ${attested.madeAt} and holds for 15 minutes`);
  // What led in when it was attested may have been rejected, or shut out by a restriction, since.
  const shut = attested.endpointIds.filter((id) => !open.includes(id));
  if (shut.length > 0) throw createUnprovedError(`${shut.join(", ")} is not accepted, or the project does not admit it any more`);
  const seen = await useChallenge({ api }, projectId, challenge);
  const missing = attested.endpointIds.filter(
    (id) => !seen.some((one) => one.vpc_endpoint_id === id && one.server_certificate === attested.serverCertificate),
  );
  if (missing.length > 0) throw createUnprovedError(`the plane has seen no such connection through ${missing.join(", ")}`);
}

async function useChallenge({ api }: Pick<NeonContext, "api">, projectId: string, challenge: string) {
  try {
    return (await api.vpc.useChallenge(projectId, challenge)).seen;
  } catch (error) {
    if (!isPalisadeError(error, "PAL_NOT_FOUND", "PAL_NOT_THE_API")) throw error;
    throw createUnprovedError("its challenge is not of this plane and project, is over, or was used");
  }
}

async function readAttestation({ attestation, allowedSigners }: PathProof): Promise<PathAttestation> {
  const signed = parseJsonAs(SignedPath, attestation.trimStart().startsWith("{") ? attestation : await readText(attestation));
  try {
    await verifyText(signed.attestation, signed.signature, allowedSigners, PATH_NAMESPACE);
  } catch (error) {
    if (error instanceof BadSignatureError) throw createUnprovedError(error.message);
    throw error;
  }
  return parseJsonAs(PathAttestation, signed.attestation);
}

const readText = (path: string): Promise<string> =>
  readFile(path, "utf8").catch((error: unknown) => {
    throw createUnprovedError(`pathAttestation.attestation: ${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? ""})`);
  });

function parseJsonAs<T extends z.ZodType>(shape: T, text: string): z.output<T> {
  try {
    const read = shape.safeParse(JSON.parse(text));
    if (read.success) return read.data;
  } catch {
    // Told below.
  }
  throw createUnprovedError("it was not written by palisade attest-path");
}
