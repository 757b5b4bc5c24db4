import { z } from "zod";
import { Timestamp } from "./common.js";

/** A sealed copy of a branch's data that one of its erasure keys opens. */
export const ErasedObject = z.object({
  /** Whose it is: a branch, a snapshot, `lineages/<id>/base` for a past state, or `log/<id>` for archived log. */
  name: z.string(),
  branch_id: z.string(),
  purpose: z.string(),
  /** Its own id, as its header has it. */
  object: z.string(),
  bytes: z.number().int(),
  /** Of the whole file, hexadecimal. Absent in a dry run. */
  sha256: z.string().optional(),
});
export type ErasedObject = z.infer<typeof ErasedObject>;

/** Why an erasure is refused: a compute of the branch runs, or another branch has a copy of its rows. */
export const ErasureRefusal = z.object({ reason: z.enum(["running", "copy"]), branch_id: z.string(), message: z.string() });
export type ErasureRefusal = z.infer<typeof ErasureRefusal>;

/** What was erased, by whom, and how that was proved. */
export const CertificateBody = z.object({
  organization_id: z.string(),
  project_id: z.string(),
  branches: z.array(z.string()),
  /** RFC 3339. */
  erased_at: Timestamp,
  /** Whose API key asked for it: of a person, an organization, or a project. */
  by: z.object({ kind: z.enum(["personal", "organization", "project"]), id: z.string(), api_key_id: z.number() }),
  /** Ids of the keys that are no more. */
  erasure_keys: z.array(z.string()),
  objects: z.array(ErasedObject),
  /** Every object was tried after its key was destroyed. */
  proof: z.object({ tried: z.number().int(), opened: z.number().int() }),
  /** What the destroyed keys do not reach, in sentences. */
  not_reached: z.array(z.string()),
});
export type CertificateBody = z.infer<typeof CertificateBody>;

/** Ed25519 over `canonicalizeJson` of the body, by a key of the plane. */
export const ErasureCertificate = z.object({
  version: z.literal(1),
  body: CertificateBody,
  /** SPKI, DER, base64. */
  public_key: z.string(),
  /** SHA-256 of the public key's DER, hexadecimal. */
  fingerprint: z.string(),
  /** Base64. */
  signature: z.string(),
});
export type ErasureCertificate = z.infer<typeof ErasureCertificate>;

/** Answer of `POST /x-palisade/projects/{project_id}/erase` and of the same below a branch: the embedded plane's own. Neon has no such call. */
export const Erasure = z.object({
  project_id: z.string(),
  branches: z.array(z.string()),
  dry_run: z.boolean(),
  objects: z.array(ErasedObject),
  /** Why it would be refused. Empty when it was done. */
  refused: z.array(ErasureRefusal),
  not_reached: z.array(z.string()),
  /** What signs certificates of this plane. */
  fingerprint: z.string(),
  certificate: ErasureCertificate.optional(),
});
export type Erasure = z.infer<typeof Erasure>;

export const ErasureResponse = z.object({ erasure: Erasure });
