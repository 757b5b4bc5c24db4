import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import { type AwsEmulator, type AwsEmulatorOptions, startAwsEmulator } from "../../../tools/counterparts/aws/emulator.js";
import { ADMINISTRATOR, type Ministack, REGION, startMinistack } from "../../../tools/counterparts/aws/ministack.js";

/** Doubles of AWS for a test file: ministack and its emulator, and an account with the plane's own user in it. */
export class AwsAccount {
  readonly kms: KMSClient;
  readonly iam: IAMClient;

  private constructor(
    private readonly ministack: Ministack,
    readonly emulator: AwsEmulator,
  ) {
    const administrator = { endpoint: emulator.url, region: REGION, credentials: ADMINISTRATOR, maxAttempts: 1 };
    this.kms = new KMSClient(administrator);
    this.iam = new IAMClient(administrator);
  }

  static async start(python: string, options?: AwsEmulatorOptions): Promise<AwsAccount> {
    const ministack = await startMinistack(python);
    return new AwsAccount(ministack, await startAwsEmulator(ministack.url, options));
  }

  async stop(): Promise<void> {
    await this.emulator.close();
    await this.ministack.stop();
  }

  async createKey(Policy?: object): Promise<string> {
    const policy = Policy && { Policy: JSON.stringify(Policy), BypassPolicyLockoutSafetyCheck: true };
    const { KeyMetadata } = await this.kms.send(new CreateKeyCommand({ ...policy }));
    return KeyMetadata?.Arn ?? "";
  }

  /** A user with these statements, and what it signs with. */
  async createUser(UserName: string, statements: readonly object[]): Promise<{ accessKeyId: string; secretAccessKey: string }> {
    await this.iam.send(new CreateUserCommand({ UserName }));
    await this.allowUser(UserName, statements);
    const { AccessKey } = await this.iam.send(new CreateAccessKeyCommand({ UserName }));
    return { accessKeyId: AccessKey?.AccessKeyId ?? "", secretAccessKey: AccessKey?.SecretAccessKey ?? "" };
  }

  async allowUser(UserName: string, statements: readonly object[]): Promise<void> {
    await this.iam.send(new PutUserPolicyCommand({ UserName, PolicyName: "inline", PolicyDocument: document(statements) }));
  }

  /** A role that the account's users may assume, under these conditions. @param statements none: what it may do is said by keys alone */
  async createRole(RoleName: string, trust: object | undefined, statements: readonly object[]): Promise<string> {
    const assume = { Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole", ...(trust && { Condition: trust }) };
    const { Role } = await this.iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: document([assume]) }));
    if (statements.length > 0)
      await this.iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "inline", PolicyDocument: document(statements) }));
    return Role?.Arn ?? "";
  }
}

const document = (statements: readonly object[]): string => JSON.stringify({ Version: "2012-10-17", Statement: statements });
