import { z } from "zod";
import { Timestamp } from "./common.js";

/** What may be asked for. An existing one may carry scopes that this does not offer. */
export const CredentialScope = z.enum(["storage:read", "storage:write", "ai_gateway:invoke", "functions:invoke"]);

/** A machine's way to what lies beside Postgres on a branch. `expires_at` is absent where it never ends. */
export const Credential = z.object({
  token_id: z.string(),
  token_id_short: z.string(),
  name: z.string().optional(),
  scopes: z.array(z.string()),
  branch_id: z.string().optional(),
  principal_type: z.string(),
  created_at: Timestamp,
  expires_at: Timestamp.optional(),
});
export type Credential = z.infer<typeof Credential>;

export const CredentialsResponse = z.object({ credentials: z.array(Credential) });
export const CredentialCreateRequest = z.object({
  name: z.string().max(256).optional(),
  scopes: z.array(CredentialScope).min(1).max(16),
  principal_type: z.literal("user"),
});

const secrets = { api_token: z.string(), s3_secret_access_key: z.string() };
/** The secrets of one that exists: nothing else is said of it. */
export const CredentialSecret = z.object({ token_id: z.string(), ...secrets });
/** The same id, scopes and dates; the secrets are new ones. */
export const RotatedCredential = Credential.extend({ branch_id: z.string(), ...secrets });
export const CreatedCredential = RotatedCredential.omit({ principal_type: true });
