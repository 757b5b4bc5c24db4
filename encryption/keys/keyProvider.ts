import type { KeyContext } from "../sealContext.js";

export type KeyService = "localKms" | "awsKms" | "azureKeyVault";

/** A key of 32 bytes under a key that is elsewhere, and all that is needed to have it opened again. Nothing in it is a secret. */
export interface WrappedKey {
  readonly service: KeyService;
  /** The exact key: an ARN, a key identifier with its version, or the version of a local key. */
  readonly keyId: string;
  readonly bytes: Buffer;
}

export type KeyState = "enabled" | "disabled" | "pendingDeletion";

/** A key as its service describes it. */
export interface KeyDescription {
  readonly state: KeyState;
  /** Of new wrappings: what changes when the key rotates. An ARN where the service does not tell versions apart. */
  readonly keyId: string;
  /** When it will be gone, RFC 3339, where that is set. */
  readonly deletedAt?: string | undefined;
}

/**
 * A key that wraps keys. What fails, fails as a {@link KeyFailure} of `kinds`; the plaintext of a key belongs to the caller, who zeroes it.
 * Every call is bounded in time.
 */
export interface KeyProvider {
  readonly service: KeyService;
  /** What messages and the keyring call the key. Without a version, without a secret. */
  readonly reference: string;
  /** What the service says of the key. Whether it is revoked is told by `unwrap` alone: the right to describe it is another one. */
  describe(): Promise<KeyDescription>;
  createDataKey(context: KeyContext): Promise<{ plaintext: Buffer; wrapped: WrappedKey }>;
  /** Fails with `invalid` for what was wrapped by another key or for another context. */
  unwrap(wrapped: WrappedKey, context: KeyContext): Promise<Buffer>;
  /**
   * The same key under this provider's newest version: `wrapped` itself where nothing is to be done.
   * @param source the provider that wrapped it. Default: this one, after a rotation.
   */
  rewrap(wrapped: WrappedKey, context: KeyContext, source?: KeyProvider): Promise<WrappedKey>;
}
