import type { IncomingMessage } from "node:http";
import {
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GetKeyPolicyCommand,
  type KMSClient,
  ListGrantsCommand,
} from "@aws-sdk/client-kms";
import type { Fault, HttpAnswer } from "./httpAnswer.js";
import type { Identities } from "./identities.js";
import { decide } from "./policies.js";
import type { Trail } from "./trail.js";

/** The inputs of a KMS call that matter here; bytes in base64. */
interface Input {
  readonly KeyId?: string;
  readonly CiphertextBlob?: string;
  readonly Plaintext?: string;
  readonly EncryptionContext?: Record<string, string>;
  readonly KeySpec?: "AES_256";
}

/** Operations that policies with an encryption context are about. */
const CRYPTOGRAPHIC: ReadonlySet<string> = new Set(["Decrypt", "Encrypt", "GenerateDataKey"]);

/**
 * KMS at ministack, with what AWS does and it does not: conditions on the encryption context, grants, a text that another key wrapped, on-demand
 * rotation, and a record of every call. ministack judges first, signatures included; what it refuses by policy alone, and AWS would allow, is
 * asked again as its administrator.
 */
export class KmsEmulator {
  /** Every key that was handed out in clear, for tests that look where it might have been left. */
  readonly plaintexts: Buffer[] = [];
  private readonly rotations = new Map<string, number[]>();

  constructor(
    private readonly kms: KMSClient,
    private readonly identities: Identities,
    private readonly trail: Trail,
  ) {}

  async answer(
    operation: string,
    { headers }: IncomingMessage,
    body: Buffer,
    pass: () => Promise<HttpAnswer>,
    fault: Exclude<Fault, "cut"> | undefined,
  ): Promise<HttpAnswer> {
    const input = JSON.parse(body.toString() || "{}") as Input;
    const accessKeyId = /Credential=([^/]{1,128})\//.exec(headers.authorization ?? "")?.[1] ?? "";
    const caller = this.identities.findArn(accessKeyId);
    const answer =
      fault === undefined ? await this.authorize(operation, input, caller, pass) : formatJsonError(fault.code, "injected", fault.status);
    const errorCode = answer.status === 200 ? undefined : parseErrorCode(answer);
    if (errorCode === undefined && CRYPTOGRAPHIC.has(operation)) this.recordPlaintext(answer);
    this.trail.record({
      eventName: operation,
      userIdentity: { type: getIdentityType(caller), arn: caller, accessKeyId },
      requestParameters: { keyId: input.KeyId, encryptionContext: input.EncryptionContext },
      ...(errorCode !== undefined && { errorCode }),
    });
    return answer;
  }

  private recordPlaintext({ body }: HttpAnswer): void {
    const { Plaintext } = JSON.parse(body.toString()) as Input;
    if (Plaintext !== undefined) this.plaintexts.push(Buffer.from(Plaintext, "base64"));
  }

  private async authorize(
    operation: string,
    input: Input,
    caller: string | undefined,
    pass: () => Promise<HttpAnswer>,
  ): Promise<HttpAnswer> {
    if (operation === "RotateKeyOnDemand") return this.rotate(input);
    if (operation === "ListKeyRotations") return this.listRotations(input);
    if (!CRYPTOGRAPHIC.has(operation)) return pass();
    const verdict = caller === undefined ? "none" : await this.decideAccess(operation, input, caller);
    if (verdict === "deny") return formatJsonError("AccessDeniedException", "denied by a condition on the encryption context");
    const answer = await pass();
    if (answer.status === 200) return (await this.isOfAnotherKey(operation, input)) ? INCORRECT_KEY : answer;
    return parseErrorCode(answer) === "AccessDeniedException" && verdict === "allow" ? this.callAsAdministrator(operation, input) : answer;
  }

  private async decideAccess(operation: string, input: Input, caller: string): Promise<"allow" | "deny" | "none"> {
    const keyArn = await this.findArn(input);
    if (keyArn === undefined) return "none";
    const [{ Policy = "{}" }, { Grants = [] }, identityPolicies] = await Promise.all([
      this.kms.send(new GetKeyPolicyCommand({ KeyId: keyArn, PolicyName: "default" })),
      this.kms.send(new ListGrantsCommand({ KeyId: keyArn })),
      this.identities.listPolicies(caller),
    ]);
    const grants = Grants.map(({ GranteePrincipal = "", Operations = [], Constraints }) => ({
      grantee: GranteePrincipal,
      operations: Operations,
      equals: Constraints?.EncryptionContextEquals,
      subset: Constraints?.EncryptionContextSubset,
    }));
    const principals = this.identities.listPrincipals(caller);
    const request = { action: `kms:${operation}`, keyArn, principals, encryptionContext: input.EncryptionContext ?? {} };
    return decide(request, Policy, identityPolicies, grants);
  }

  private async findArn({ KeyId }: Input): Promise<string | undefined> {
    if (KeyId === undefined) return undefined;
    return this.kms.send(new DescribeKeyCommand({ KeyId })).then(
      ({ KeyMetadata }) => KeyMetadata?.Arn,
      () => undefined,
    );
  }

  /** ministack opens a text whichever key is named. */
  private async isOfAnotherKey(operation: string, input: Input): Promise<boolean> {
    if (operation !== "Decrypt" || input.KeyId === undefined) return false;
    const { KeyId } = await this.kms.send(new DecryptCommand({ ...decodeBytes(input), KeyId: undefined }));
    return KeyId !== (await this.findArn(input));
  }

  private async callAsAdministrator(operation: string, input: Input): Promise<HttpAnswer> {
    try {
      return formatJsonAnswer(await this.resend(operation, input));
    } catch (error) {
      const { name, message, $metadata } = error as { name: string; message: string; $metadata?: { httpStatusCode?: number } };
      return formatJsonError(name, message, $metadata?.httpStatusCode);
    }
  }

  private async resend(operation: string, input: Input): Promise<object> {
    const { KeyId, KeySpec, EncryptionContext, CiphertextBlob, Plaintext } = decodeBytes(input);
    if (operation === "Decrypt") return this.kms.send(new DecryptCommand({ KeyId, CiphertextBlob, EncryptionContext }));
    if (operation === "Encrypt") return this.kms.send(new EncryptCommand({ KeyId, Plaintext, EncryptionContext }));
    return this.kms.send(new GenerateDataKeyCommand({ KeyId, KeySpec, EncryptionContext }));
  }

  private async rotate({ KeyId }: Input): Promise<HttpAnswer> {
    const { KeyMetadata } = await this.kms.send(new DescribeKeyCommand({ KeyId }));
    if (KeyMetadata?.KeyState !== "Enabled") return formatJsonError("DisabledException", "the key is not enabled");
    const id = KeyMetadata.KeyId ?? "";
    this.rotations.set(id, [...(this.rotations.get(id) ?? []), Date.now() / 1_000]);
    return formatJsonAnswer({ KeyId: id });
  }

  private async listRotations({ KeyId }: Input): Promise<HttpAnswer> {
    const { KeyMetadata } = await this.kms.send(new DescribeKeyCommand({ KeyId }));
    const dates = this.rotations.get(KeyMetadata?.KeyId ?? "") ?? [];
    return formatJsonAnswer({
      Rotations: dates.map((RotationDate) => ({ KeyId, RotationDate, RotationType: "ON_DEMAND" })),
      Truncated: false,
    });
  }
}

const decodeBytes = ({ CiphertextBlob = "", Plaintext = "", ...rest }: Input) => ({
  KeyId: undefined,
  KeySpec: undefined,
  EncryptionContext: undefined,
  ...rest,
  CiphertextBlob: Buffer.from(CiphertextBlob, "base64"),
  Plaintext: Buffer.from(Plaintext, "base64"),
});

function getIdentityType(arn: string | undefined): "IAMUser" | "AssumedRole" | "Unknown" {
  if (arn === undefined) return "Unknown";
  return arn.includes(":assumed-role/") ? "AssumedRole" : "IAMUser";
}

/** Bytes in base64, as the JSON protocol has them. */
const formatJsonAnswer = (output: object): HttpAnswer => ({
  status: 200,
  headers: { "content-type": "application/x-amz-json-1.1" },
  body: Buffer.from(
    JSON.stringify(
      Object.fromEntries(
        Object.entries(output)
          .filter(([name]) => name !== "$metadata")
          .map(([name, value]: [string, unknown]) => [name, value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value]),
      ),
    ),
  ),
});

const formatJsonError = (code: string, message: string, status = 400): HttpAnswer => ({
  status,
  headers: { "content-type": "application/x-amz-json-1.1" },
  body: Buffer.from(JSON.stringify({ __type: code, message })),
});

const INCORRECT_KEY = formatJsonError(
  "IncorrectKeyException",
  "The key ID in the request does not identify a key that can perform this operation.",
);

function parseErrorCode({ body }: HttpAnswer): string {
  try {
    return (JSON.parse(body.toString()) as { __type?: string }).__type?.split("#").at(-1) ?? "unknown";
  } catch {
    return "unknown";
  }
}
