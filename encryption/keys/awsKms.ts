import { randomBytes } from "node:crypto";
import type { KMSClientConfig } from "@aws-sdk/client-kms";
import type { STSClientConfig } from "@aws-sdk/client-sts";
import { assertRoleArn, type AwsKey, parseKeyArn } from "../../contract/customerKeys.js";
import { PalisadeError } from "../../contract/errors.js";
import type { KeyContext } from "../sealContext.js";
import { useKey } from "../keyWrap.js";
import { toKeyFailure, isInvalidState } from "./awsFailures.js";
import { KeyFailure, type KeyFailureKind } from "./keyFailure.js";
import { CALL_DEADLINE_MS, loadPackage } from "./optionalPackage.js";
import type { KeyPermissions } from "./keyPermissions.js";
import type { KeyDescription, KeyProvider, WrappedKey } from "./keyProvider.js";

export interface AwsKmsOptions {
  readonly organization: string;
  /** Asked where the plane's own identity uses the key. */
  readonly permissions: KeyPermissions;
  /** What the role must demand; see {@link issueExternalId}. */
  readonly externalId: string;
  /** Of tests: where a double listens, and as whom. Default: AWS, and its default chain of credentials. */
  readonly clientOptions?: Pick<KMSClientConfig & STSClientConfig, "endpoint" | "credentials">;
}

const importKms = () => import("@aws-sdk/client-kms");
type Kms = Awaited<ReturnType<typeof importKms>>;

interface KmsConnection {
  readonly sdk: Kms;
  readonly client: InstanceType<Kms["KMSClient"]>;
}

interface BoundKmsConnection extends KmsConnection {
  readonly bound: { readonly abortSignal: AbortSignal };
}

const ATTEMPTS = 3;

/**
 * A key of AWS KMS. Its material never leaves KMS; automatic and on-demand rotation keep every earlier wrapping readable, so nothing is rewrapped
 * for it. The encryption context is the {@link KeyContext}: KMS refuses another one, and writes it into CloudTrail.
 * @throws PAL_CMK_REFERENCE, PAL_CMK_NOT_ALLOWED
 */
export function createAwsKms(key: AwsKey, options: AwsKmsOptions): KeyProvider {
  parseKeyArn(key.keyArn);
  if (key.roleArn === undefined) options.permissions.assertAllowed(options.organization, key.keyArn);
  else assertRoleArn(key.roleArn);
  return new AwsKms(key, options);
}

class AwsKms implements KeyProvider {
  readonly service = "awsKms";
  readonly reference: string;
  private loading: Promise<KmsConnection> | undefined;

  constructor(
    private readonly key: AwsKey,
    private readonly options: AwsKmsOptions,
  ) {
    this.reference = key.keyArn;
  }

  describe(): Promise<KeyDescription> {
    return this.attempt(async ({ sdk, client, bound }) => {
      const { KeyMetadata } = await client.send(new sdk.DescribeKeyCommand({ KeyId: this.key.keyArn }), bound);
      const deletedAt = KeyMetadata?.DeletionDate?.toISOString();
      const state = toKeyState(KeyMetadata?.KeyState);
      return { state, keyId: this.key.keyArn, ...(deletedAt !== undefined && { deletedAt }) };
    });
  }

  createDataKey(context: KeyContext): Promise<{ plaintext: Buffer; wrapped: WrappedKey }> {
    return this.attempt(async ({ sdk, client, bound }) => {
      const command = new sdk.GenerateDataKeyCommand({
        KeyId: this.key.keyArn,
        KeySpec: "AES_256",
        EncryptionContext: toEncryptionContext(context),
      });
      const { Plaintext, CiphertextBlob } = await client.send(command, bound);
      return { plaintext: this.takePlaintext(Plaintext), wrapped: this.toWrappedKey(CiphertextBlob) };
    });
  }

  unwrap({ service, keyId, bytes }: WrappedKey, context: KeyContext): Promise<Buffer> {
    if (service !== this.service || keyId !== this.key.keyArn)
      return Promise.reject(new KeyFailure("invalid", this.reference, { source: "plane", code: "wrapped by another key" }));
    return this.attempt(async ({ sdk, client, bound }) => {
      // The key is named: a text that another key wrapped must not be opened with the rights that the plane has there.
      const command = new sdk.DecryptCommand({
        KeyId: this.key.keyArn,
        CiphertextBlob: bytes,
        EncryptionContext: toEncryptionContext(context),
      });
      return this.takePlaintext((await client.send(command, bound)).Plaintext);
    });
  }

  async rewrap(wrapped: WrappedKey, context: KeyContext, source: KeyProvider = this): Promise<WrappedKey> {
    if (wrapped.service === this.service && wrapped.keyId === this.key.keyArn) return wrapped;
    return useKey(source.unwrap(wrapped, context), (plaintext) =>
      this.attempt(async ({ sdk, client, bound }) => {
        const command = new sdk.EncryptCommand({
          KeyId: this.key.keyArn,
          Plaintext: plaintext,
          EncryptionContext: toEncryptionContext(context),
        });
        return this.toWrappedKey((await client.send(command, bound)).CiphertextBlob);
      }),
    );
  }

  private async attempt<R>(work: (aws: BoundKmsConnection) => Promise<R>): Promise<R> {
    const bound = { abortSignal: AbortSignal.timeout(CALL_DEADLINE_MS) };
    try {
      return await work({ ...(await this.load()), bound });
    } catch (error) {
      if (error instanceof PalisadeError) throw error;
      throw toKeyFailure(error, this.reference, isInvalidState(error) ? await this.readRefusedState() : undefined);
    }
  }

  /** Which state it is that KMS refuses the key in, where the plane may see it. */
  private async readRefusedState(): Promise<{ kind: KeyFailureKind; deletedAt?: string | undefined } | undefined> {
    try {
      const { sdk, client } = await this.load();
      const bound = { abortSignal: AbortSignal.timeout(CALL_DEADLINE_MS) };
      const { KeyMetadata } = await client.send(new sdk.DescribeKeyCommand({ KeyId: this.key.keyArn }), bound);
      const state = KeyMetadata?.KeyState ?? "";
      if (PASSING_STATES.has(state)) return { kind: "unavailable" };
      return {
        kind: toKeyState(state) === "pendingDeletion" ? "pendingDeletion" : "disabled",
        deletedAt: KeyMetadata?.DeletionDate?.toISOString(),
      };
    } catch {
      return undefined;
    }
  }

  private load(): Promise<KmsConnection> {
    this.loading ??= this.connect().catch((error: unknown) => {
      this.loading = undefined;
      throw error;
    });
    return this.loading;
  }

  private async connect(): Promise<KmsConnection> {
    const sdk = await loadPackage("@aws-sdk/client-kms", importKms);
    const { region } = parseKeyArn(this.key.keyArn);
    const { roleArn } = this.key;
    const credentials = roleArn === undefined ? {} : { credentials: await this.createRoleCredentials(roleArn, region) };
    return { sdk, client: new sdk.KMSClient({ region, maxAttempts: ATTEMPTS, ...this.options.clientOptions, ...credentials }) };
  }

  /** Credentials of the role, renewed by the SDK when they end. */
  private async createRoleCredentials(roleArn: string, region: string) {
    const sdk = await loadPackage("@aws-sdk/client-sts", () => import("@aws-sdk/client-sts"));
    const client = new sdk.STSClient({ region, maxAttempts: ATTEMPTS, ...this.options.clientOptions });
    const assume = (ExternalId: string) =>
      client.send(
        new sdk.AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: SESSION_NAME, ExternalId, DurationSeconds: SESSION_SECONDS }),
        { abortSignal: AbortSignal.timeout(CALL_DEADLINE_MS) },
      );
    await this.assertExternalIdDemanded(roleArn, assume);
    return async () => {
      const { Credentials } = await assume(this.options.externalId);
      if (Credentials?.AccessKeyId === undefined || Credentials.SecretAccessKey === undefined)
        throw new KeyFailure("unavailable", this.reference, { source: "awsSts", code: "an answer without credentials" });
      return {
        accessKeyId: Credentials.AccessKeyId,
        secretAccessKey: Credentials.SecretAccessKey,
        ...(Credentials.SessionToken !== undefined && { sessionToken: Credentials.SessionToken }),
        ...(Credentials.Expiration !== undefined && { expiration: Credentials.Expiration }),
      };
    };
  }

  /**
   * A role that any external id opens trusts the plane for everybody, so any organisation could name it and use what is its owner's.
   * @throws PAL_CMK_NOT_ALLOWED
   */
  private async assertExternalIdDemanded(roleArn: string, assume: (externalId: string) => Promise<unknown>): Promise<void> {
    try {
      await assume(`palisade-probe-${randomBytes(20).toString("hex")}`);
    } catch (error) {
      const failure = toKeyFailure(error, this.reference);
      if (failure.kind === "denied") return;
      throw failure;
    }
    throw new PalisadeError(
      "PAL_CMK_NOT_ALLOWED",
      `${roleArn} can be assumed with any sts:ExternalId: its trust policy must demand the one given`,
    );
  }

  private takePlaintext(plaintext: Uint8Array | undefined): Buffer {
    if (plaintext === undefined) throw new KeyFailure("unavailable", this.reference, { source: "awsKms", code: "an answer without a key" });
    // A copy that is the caller's alone: the SDK's own is zeroed at once.
    const copy = Buffer.from(plaintext);
    plaintext.fill(0);
    return copy;
  }

  private toWrappedKey(bytes: Uint8Array | undefined): WrappedKey {
    if (bytes === undefined)
      throw new KeyFailure("unavailable", this.reference, { source: "awsKms", code: "an answer without a wrapped key" });
    return { service: this.service, keyId: this.key.keyArn, bytes: Buffer.from(bytes) };
  }
}

const SESSION_NAME = "palisade";
/** The shortest that STS gives. */
const SESSION_SECONDS = 900;

/** https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html */
const PASSING_STATES: ReadonlySet<string> = new Set(["Creating", "Updating", "Unavailable"]);

function toKeyState(state = ""): KeyDescription["state"] {
  if (state === "PendingDeletion" || state === "PendingReplicaDeletion") return "pendingDeletion";
  return state === "Enabled" || PASSING_STATES.has(state) ? "enabled" : "disabled";
}

const toEncryptionContext = ({ organization, project, branch, purpose }: KeyContext): Record<string, string> => ({
  organization,
  project,
  branch,
  purpose,
});
