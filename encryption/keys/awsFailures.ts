import { KeyFailure, type KeyFailureKind, type KeyFailureSource } from "./keyFailure.js";

/** What AWS' clients throw, as far as it is looked at: the SDK gives every error of a service its name. */
interface AwsError {
  readonly name?: string;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number | undefined; readonly requestId?: string | undefined };
}

type FailureClass = { readonly kind: KeyFailureKind; readonly source: KeyFailureSource };

/** https://docs.aws.amazon.com/kms/latest/APIReference/CommonErrors.html, and the errors of Decrypt, Encrypt, GenerateDataKey and AssumeRole. */
const FAILURE_CLASSES: Readonly<Record<string, FailureClass>> = {
  AccessDeniedException: { kind: "denied", source: "awsKms" },
  // STS has another word for it: the role does not trust the plane, or not for this organisation.
  AccessDenied: { kind: "denied", source: "awsSts" },
  DisabledException: { kind: "disabled", source: "awsKms" },
  NotFoundException: { kind: "notFound", source: "awsKms" },
  IncorrectKeyException: { kind: "invalid", source: "awsKms" },
  InvalidCiphertextException: { kind: "invalid", source: "awsKms" },
  ThrottlingException: { kind: "throttled", source: "awsKms" },
  Throttling: { kind: "throttled", source: "awsSts" },
  LimitExceededException: { kind: "throttled", source: "awsKms" },
  TooManyRequestsException: { kind: "throttled", source: "awsKms" },
  KeyUnavailableException: { kind: "unavailable", source: "awsKms" },
  KMSInternalException: { kind: "unavailable", source: "awsKms" },
  DependencyTimeoutException: { kind: "unavailable", source: "awsKms" },
  // The plane could not show who it is: that says nothing about the key.
  CredentialsProviderError: { kind: "unavailable", source: "credentials" },
  TokenProviderError: { kind: "unavailable", source: "credentials" },
  ExpiredToken: { kind: "unavailable", source: "credentials" },
  ExpiredTokenException: { kind: "unavailable", source: "credentials" },
  InvalidClientTokenId: { kind: "unavailable", source: "credentials" },
  InvalidSignatureException: { kind: "unavailable", source: "credentials" },
  SignatureDoesNotMatch: { kind: "unavailable", source: "credentials" },
  UnrecognizedClientException: { kind: "unavailable", source: "credentials" },
};

/** KMS names the states that a key cannot be used in by one error; which of them it is, only the description tells. */
export const isInvalidState = (error: unknown): boolean => (error as AwsError).name === "KMSInvalidStateException";

/** An unknown error counts as transient: no compute is suspended for an answer that is not understood. */
export function toKeyFailure(
  error: unknown,
  key: string,
  state?: { readonly kind: KeyFailureKind; readonly deletedAt?: string | undefined },
): KeyFailure {
  if (error instanceof KeyFailure) return error;
  const { name = "", code, $metadata } = error as AwsError;
  const status = $metadata?.httpStatusCode;
  const answer = { code: name === "" || name === "Error" ? (code ?? "an unknown error") : name, requestId: $metadata?.requestId };
  if (isInvalidState(error)) {
    // A state in which KMS refuses to use the key, and does not let the plane see which: refused all the same.
    const { kind = "disabled", deletedAt } = state ?? {};
    return new KeyFailure(kind, key, { source: "awsKms", ...answer }, deletedAt && `it is deleted at ${deletedAt}`);
  }
  const known = Object.hasOwn(FAILURE_CLASSES, name) ? FAILURE_CLASSES[name] : undefined;
  if (known !== undefined) return new KeyFailure(known.kind, key, { source: known.source, ...answer });
  if (status === 429) return new KeyFailure("throttled", key, { source: "awsKms", ...answer });
  return new KeyFailure("unavailable", key, { source: status === undefined ? "network" : "awsKms", ...answer });
}
