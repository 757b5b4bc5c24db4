import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { TokenCredential } from "@azure/identity";
import type { KeyClientOptions } from "@azure/keyvault-keys";
import { type AzureKey, formatVaultKeyReference } from "../../contract/customerKeys.js";
import { PalisadeError } from "../../contract/errors.js";
import { encodeKeyContext, type KeyContext } from "../sealContext.js";
import { useKey } from "../keyWrap.js";
import { KEY_BYTES } from "../sealedStream.js";
import { toKeyFailure, isAzureNotFound } from "./azureFailures.js";
import { KeyFailure } from "./keyFailure.js";
import { CALL_DEADLINE_MS, loadPackage } from "./optionalPackage.js";
import type { KeyPermissions } from "./keyPermissions.js";
import type { KeyDescription, KeyProvider, WrappedKey } from "./keyProvider.js";

export interface AzureKeyVaultOptions {
  readonly organization: string;
  readonly permissions: KeyPermissions;
  /** Of tests: how a double is reached. Default: the SDK's own. */
  readonly clientOptions?: Pick<KeyClientOptions, "additionalPolicies" | "retryOptions">;
  /** Of tests. Default: DefaultAzureCredential. */
  readonly credential?: TokenCredential;
}

const importKeys = () => import("@azure/keyvault-keys");
type Keys = Awaited<ReturnType<typeof importKeys>>;
type KeyClient = InstanceType<Keys["KeyClient"]>;
type CryptographyClient = InstanceType<Keys["CryptographyClient"]>;

/** `RSA-OAEP` and `RSA1_5` are wrapped by the SDK itself, with the public key alone, and so succeed on a disabled key. */
const ALGORITHM = "RSA-OAEP-256";
const RETRIES = 2;

/**
 * An RSA key of Azure Key Vault. It makes no data keys, so they are made here; it takes no context, so the digest of the context is wrapped with the
 * key. Each wrapping names its version of the key, and after a rotation moves to the newest.
 * @throws PAL_CMK_REFERENCE, PAL_CMK_NOT_ALLOWED
 */
export function createAzureKeyVault(key: AzureKey, options: AzureKeyVaultOptions): KeyProvider {
  const reference = formatVaultKeyReference(key);
  options.permissions.assertAllowed(options.organization, reference);
  return new AzureKeyVault(key, reference, options);
}

class AzureKeyVault implements KeyProvider {
  readonly service = "azureKeyVault";
  private loading: Promise<VaultConnection> | undefined;
  /** Of each version: a fresh one costs two requests more. */
  private readonly versions = new Map<string, CryptographyClient>();

  constructor(
    private readonly key: AzureKey,
    readonly reference: string,
    private readonly options: AzureKeyVaultOptions,
  ) {}

  describe(): Promise<KeyDescription> {
    return this.attempt(async ({ keys }, bound) => {
      const { id = this.reference, properties } = await keys.getKey(this.key.keyName, bound);
      return { state: properties.enabled === false ? "disabled" : "enabled", keyId: id };
    });
  }

  async createDataKey(context: KeyContext): Promise<{ plaintext: Buffer; wrapped: WrappedKey }> {
    const plaintext = randomBytes(KEY_BYTES);
    return { plaintext, wrapped: await this.wrap(plaintext, context) };
  }

  unwrap({ service, keyId, bytes }: WrappedKey, context: KeyContext): Promise<Buffer> {
    if (service !== this.service || !keyId.toLowerCase().startsWith(`${this.reference}/`))
      return Promise.reject(this.createMismatch("wrapped by another key"));
    return this.attempt(async (connected, bound) => {
      const { result } = await this.getVersionClient(connected, keyId).unwrapKey(ALGORITHM, bytes, bound);
      return useKey(Buffer.from(result.buffer, result.byteOffset, result.byteLength), (payload) => {
        if (payload.length !== KEY_BYTES * 2 || !timingSafeEqual(payload.subarray(KEY_BYTES), computeContextDigest(context)))
          throw this.createMismatch("wrapped for another context");
        return Buffer.from(payload.subarray(0, KEY_BYTES));
      });
    });
  }

  async rewrap(wrapped: WrappedKey, context: KeyContext, source: KeyProvider = this): Promise<WrappedKey> {
    const newest = wrapped.service === this.service ? (await this.describe()).keyId : undefined;
    if (wrapped.keyId === newest) return wrapped;
    return useKey(source.unwrap(wrapped, context), (key) => this.wrap(key, context, newest));
  }

  /** @param newest version of the key, where it has just been asked for: a rotation is to be noticed */
  private wrap(key: Buffer, context: KeyContext, newest?: string): Promise<WrappedKey> {
    return this.attempt(async (connected, bound) => {
      const id = newest ?? (await connected.keys.getKey(this.key.keyName, bound)).id;
      if (id === undefined) throw new KeyFailure("unavailable", this.reference, { source: this.service, code: "a key without an id" });
      const { result, keyID } = await useKey(Buffer.concat([key, computeContextDigest(context)]), (payload) =>
        this.getVersionClient(connected, id).wrapKey(ALGORITHM, payload, bound),
      );
      return { service: this.service, keyId: keyID ?? id, bytes: Buffer.from(result) };
    });
  }

  private getVersionClient({ sdk, credential }: VaultConnection, keyId: string): CryptographyClient {
    const known = this.versions.get(keyId);
    if (known !== undefined) return known;
    const client = new sdk.CryptographyClient(keyId, credential, this.buildClientOptions());
    this.versions.set(keyId, client);
    return client;
  }

  private async attempt<R>(work: (connected: VaultConnection, bound: { abortSignal: AbortSignal }) => Promise<R>): Promise<R> {
    const bound = { abortSignal: AbortSignal.timeout(CALL_DEADLINE_MS) };
    try {
      return await work(await this.load(), bound);
    } catch (error) {
      if (error instanceof PalisadeError) throw error;
      throw isAzureNotFound(error) ? await this.classifyMissingKey(error) : toKeyFailure(error, this.reference);
    }
  }

  /** A deleted key is not found until its vault purges it; whether it can come back is told where the plane may look. */
  private async classifyMissingKey(error: unknown): Promise<KeyFailure> {
    const failure = toKeyFailure(error, this.reference);
    try {
      const { keys } = await this.load();
      const bound = { abortSignal: AbortSignal.timeout(CALL_DEADLINE_MS) };
      const { properties } = await keys.getDeletedKey(this.key.keyName, bound);
      const at = properties.scheduledPurgeDate?.toISOString();
      return new KeyFailure("pendingDeletion", this.reference, failure.from, at && `it is deleted at ${at}`);
    } catch {
      return failure;
    }
  }

  private load(): Promise<VaultConnection> {
    this.loading ??= this.connect().catch((error: unknown) => {
      this.loading = undefined;
      throw error;
    });
    return this.loading;
  }

  private async connect(): Promise<VaultConnection> {
    const sdk = await loadPackage("@azure/keyvault-keys", importKeys);
    const credential = this.options.credential ?? (await loadDefaultCredential());
    return { sdk, credential, keys: new sdk.KeyClient(this.key.vaultUrl, credential, this.buildClientOptions()) };
  }

  private buildClientOptions(): KeyClientOptions {
    return { retryOptions: { maxRetries: RETRIES }, ...this.options.clientOptions };
  }

  private createMismatch(code: string): KeyFailure {
    return new KeyFailure("invalid", this.reference, { source: "plane", code });
  }
}

interface VaultConnection {
  readonly sdk: Keys;
  readonly credential: TokenCredential;
  readonly keys: KeyClient;
}

async function loadDefaultCredential(): Promise<TokenCredential> {
  const { DefaultAzureCredential } = await loadPackage("@azure/identity", () => import("@azure/identity"));
  return new DefaultAzureCredential();
}

const computeContextDigest = (context: KeyContext): Buffer => createHash("sha256").update(encodeKeyContext(context)).digest();
