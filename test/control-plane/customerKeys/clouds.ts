import {
  CancelKeyDeletionCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
} from "@aws-sdk/client-kms";
import { createAwsKms } from "../../../encryption/keys/awsKms.js";
import { createAzureKeyVault } from "../../../encryption/keys/azureKeyVault.js";
import { KeyPermissions } from "../../../encryption/keys/keyPermissions.js";
import type { KeyProvider } from "../../../encryption/keys/keyProvider.js";
import type { KeyClients } from "../../../control-plane/services/customerKeys/providers.js";
import type { NamedKey } from "../../../control-plane/store/kinds.js";
import { ensurePython } from "../../../tools/counterparts/python.js";
import { ACCOUNT, REGION } from "../../../tools/counterparts/aws/ministack.js";
import { AwsAccount } from "../../support/counterparts/aws.js";
import { AzureVault, credentialOf } from "../../support/counterparts/azure.js";

/** A double of a cloud's key service, and the plane's own identity there. */
export interface Cloud {
  readonly clients: KeyClients;
  /** What nobody but the plane may see. */
  readonly secrets: readonly string[];
  newKey(): Promise<CloudKey>;
  /** One that is not there. */
  readonly nobodysKey: Pick<CloudKey, "named" | "reference">;
  /** The plane's identity loses its right to use keys, and has it again. */
  deny(): Promise<void>;
  permit(): Promise<void>;
  /** From now on until `heal`. */
  fail(how: "throttled" | "error" | "cut"): void;
  heal(): void;
  stop(): Promise<void>;
}

/** What its owner does with a key, behind the plane's back. */
export interface CloudKey {
  readonly named: NamedKey;
  readonly reference: string;
  /** The plane's view of it, to look at what it has wrapped. */
  readonly provider: KeyProvider;
  disable(): Promise<void>;
  enable(): Promise<void>;
  rotate(): Promise<void>;
  delete(): Promise<void>;
  /** It can be used as before. */
  recover(): Promise<void>;
}

const allowing = (key: string) => ({ organization: "org-test", permissions: new KeyPermissions([{ organization: "org-test", key }]) });

export const USE = ["kms:GenerateDataKey", "kms:Decrypt", "kms:Encrypt", "kms:DescribeKey"];
const PLANE = "plane";

export class AwsCloud implements Cloud {
  readonly clients: KeyClients;
  readonly secrets: readonly string[];

  private constructor(
    readonly account: AwsAccount,
    private readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string },
  ) {
    this.clients = { awsKms: { endpoint: account.emulator.url, credentials } };
    this.secrets = [credentials.secretAccessKey];
  }

  static async start(python: string): Promise<AwsCloud> {
    const account = await AwsAccount.start(python);
    const credentials = await account.createUser(PLANE, [{ Effect: "Allow", Action: USE, Resource: "*" }]);
    return new AwsCloud(account, credentials);
  }

  async newKey(): Promise<CloudKey> {
    const { kms } = this.account;
    const KeyId = await this.account.createKey();
    const enable = async () => {
      await kms.send(new EnableKeyCommand({ KeyId }));
    };
    return {
      named: { aws_kms: { key_arn: KeyId } },
      reference: KeyId,
      enable,
      provider: createAwsKms({ keyArn: KeyId }, { ...allowing(KeyId), externalId: "", clientOptions: this.clients.awsKms ?? {} }),
      disable: async () => {
        await kms.send(new DisableKeyCommand({ KeyId }));
      },
      rotate: async () => {
        await kms.send(new RotateKeyOnDemandCommand({ KeyId }));
      },
      delete: async () => {
        await kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
      },
      recover: async () => {
        await kms.send(new CancelKeyDeletionCommand({ KeyId }));
        await enable();
      },
    };
  }

  get nobodysKey(): Pick<CloudKey, "named" | "reference"> {
    const reference = `arn:aws:kms:${REGION}:${ACCOUNT}:key/11111111-1111-4111-8111-111111111111`;
    return { named: { aws_kms: { key_arn: reference } }, reference };
  }

  /** Runs the work with the plane's identity, and the double, in the environment: as AWS' standard chain finds them. */
  async asChain<R>(work: () => Promise<R>): Promise<R> {
    const before = { ...process.env };
    const chain = {
      AWS_ACCESS_KEY_ID: this.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: this.credentials.secretAccessKey,
      AWS_ENDPOINT_URL: this.account.emulator.url,
    };
    Object.assign(process.env, chain);
    try {
      return await work();
    } finally {
      for (const name of Object.keys(chain)) {
        const value = before[name];
        if (value === undefined) Reflect.deleteProperty(process.env, name);
        else process.env[name] = value;
      }
    }
  }

  deny(): Promise<void> {
    return this.account.allowUser(PLANE, [{ Effect: "Allow", Action: "kms:DescribeKey", Resource: "*" }]);
  }

  permit(): Promise<void> {
    return this.account.allowUser(PLANE, [{ Effect: "Allow", Action: USE, Resource: "*" }]);
  }

  fail(how: "throttled" | "error" | "cut"): void {
    const code = how === "throttled" ? "ThrottlingException" : "KMSInternalException";
    this.account.emulator.injectFault("Decrypt", how === "cut" ? "cut" : { code, status: how === "throttled" ? 400 : 500 });
  }

  heal(): void {
    this.account.emulator.clearFaults();
  }

  stop(): Promise<void> {
    return this.account.stop();
  }
}

const TOKEN = "token-of-the-plane-that-nobody-may-see";
/** Short, so that what is tried in vain is tried quickly. */
const RETRY = { maxRetries: 2, retryDelayInMs: 5, maxRetryDelayInMs: 10 };

export class AzureCloud implements Cloud {
  readonly clients: KeyClients;
  readonly secrets = [TOKEN];

  private constructor(readonly double: AzureVault) {
    const clientOptions = { ...double.vault.clientOptions, retryOptions: RETRY };
    this.clients = { azureKeyVault: { clientOptions, credential: credentialOf(TOKEN) } };
  }

  static async start(): Promise<AzureCloud> {
    const cloud = new AzureCloud(await AzureVault.start());
    await cloud.permit();
    return cloud;
  }

  async newKey(): Promise<CloudKey> {
    const { admin, vault } = this.double;
    const { keyName, version } = await this.double.createKey();
    const setEnabled = async (enabled: boolean) => {
      await admin.updateKeyProperties(keyName, version, { enabled });
    };
    const reference = `${vault.vaultUrl}/keys/${keyName}`;
    return {
      named: { azure_key_vault: { vault_url: vault.vaultUrl, key_name: keyName } },
      reference,
      provider: createAzureKeyVault({ vaultUrl: vault.vaultUrl, keyName }, { ...allowing(reference), ...this.clients.azureKeyVault }),
      disable: () => setEnabled(false),
      enable: () => setEnabled(true),
      rotate: async () => {
        await admin.rotateKey(keyName);
      },
      delete: async () => {
        await admin.beginDeleteKey(keyName, { intervalInMs: 5 });
      },
      recover: async () => {
        await (await admin.beginRecoverDeletedKey(keyName, { intervalInMs: 5 })).pollUntilDone();
      },
    };
  }

  get nobodysKey(): Pick<CloudKey, "named" | "reference"> {
    const { vaultUrl } = this.double.vault;
    return { named: { azure_key_vault: { vault_url: vaultUrl, key_name: "nobodys" } }, reference: `${vaultUrl}/keys/nobodys` };
  }

  deny(): Promise<void> {
    this.double.vault.allow(TOKEN, ["get"]);
    return Promise.resolve();
  }

  permit(): Promise<void> {
    this.double.vault.allow(TOKEN, ["get", "wrapKey", "unwrapKey"]);
    return Promise.resolve();
  }

  fail(how: "throttled" | "error" | "cut"): void {
    const throttled = { status: 429, code: "Throttled", retryAfter: 0 };
    const failed = { status: 500, code: "InternalError" };
    this.double.vault.injectFault("unwrapKey", how === "cut" ? "cut" : how === "throttled" ? throttled : failed);
  }

  heal(): void {
    this.double.vault.clearFaults();
  }

  stop(): Promise<void> {
    return this.double.vault.close();
  }
}

const python = ensurePython();

/** Each with why it cannot be had here, where it cannot. */
export const CLOUDS: readonly { readonly name: string; readonly missing?: string; readonly start: () => Promise<Cloud> }[] = [
  {
    name: "AWS KMS, a double of it",
    ...("missing" in python && { missing: python.missing }),
    start: () => AwsCloud.start("path" in python ? python.path : ""),
  },
  { name: "Azure Key Vault, a double of it", start: () => AzureCloud.start() },
];
