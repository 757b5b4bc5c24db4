import { KeyFailure, type KeyFailureKind } from "./keyFailure.js";

/** What Azure's clients throw, as far as it is looked at (RestError of @azure/core-rest-pipeline). */
interface AzureError {
  readonly name?: string;
  readonly code?: string;
  readonly statusCode?: number;
  readonly details?: { readonly error?: { readonly code?: string; readonly innerError?: { readonly code?: string } } };
  readonly response?: { readonly headers?: { readonly get?: (name: string) => string | undefined } };
}

/** The inner code tells apart what Key Vault answers with 403 and 409: learn.microsoft.com/azure/key-vault/general/rest-error-codes */
const INNER: Readonly<Record<string, KeyFailureKind>> = {
  KeyDisabled: "disabled",
  KeyExpired: "disabled",
  KeyNotYetValid: "disabled",
  KeyOperationForbidden: "denied",
  ForbiddenByRbac: "denied",
  ForbiddenByPolicy: "denied",
  ForbiddenByFirewall: "denied",
  ForbiddenByConnection: "denied",
  AccessDenied: "denied",
  ObjectIsDeletedButRecoverable: "pendingDeletion",
  ObjectIsBeingDeleted: "pendingDeletion",
};

const CREDENTIAL_ERRORS: ReadonlySet<string> = new Set([
  "AuthenticationError",
  "AggregateAuthenticationError",
  "AuthenticationRequiredError",
  "CredentialUnavailableError",
]);

export const isAzureNotFound = (error: unknown): boolean => (error as AzureError).statusCode === 404;

/** An unknown error counts as transient. */
export function toKeyFailure(error: unknown, key: string): KeyFailure {
  if (error instanceof KeyFailure) return error;
  const { name = "", code, statusCode, details, response } = error as AzureError;
  const inner = details?.error?.innerError?.code;
  const answer = { code: inner ?? code ?? name, requestId: response?.headers?.get?.("x-ms-request-id") };
  const say = (kind: KeyFailureKind) => new KeyFailure(kind, key, { source: "azureKeyVault", ...answer });
  if (CREDENTIAL_ERRORS.has(name) || statusCode === 401) return new KeyFailure("unavailable", key, { source: "credentials", ...answer });
  if (inner !== undefined && Object.hasOwn(INNER, inner)) return say(INNER[inner] ?? "denied");
  if (statusCode === 400) return say("invalid");
  if (statusCode === 403) return say("denied");
  if (statusCode === 404) return say("notFound");
  if (statusCode === 429) return say("throttled");
  return statusCode === undefined ? new KeyFailure("unavailable", key, { source: "network", ...answer }) : say("unavailable");
}
