import { CloudTrailClient } from "@aws-sdk/client-cloudtrail";
import { EC2Client } from "@aws-sdk/client-ec2";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { IAMClient } from "@aws-sdk/client-iam";
import { KMSClient } from "@aws-sdk/client-kms";
import { S3Client } from "@aws-sdk/client-s3";
import { SNSClient } from "@aws-sdk/client-sns";
import { STSClient } from "@aws-sdk/client-sts";
import { findText, type Properties } from "../values.js";

const LOOPBACK: ReadonlySet<string> = new Set(["127.0.0.1", "[::1]", "localhost"]);

/** What a program may say of the provider; what else it says, a double does not honour. */
const SUPPORTED_SETTINGS: ReadonlySet<string> = new Set([
  ...["accessKey", "region", "secretKey", "version"],
  // The double asks for none of these anyway.
  ...["skipCredentialsValidation", "skipMetadataApiCheck", "skipRegionValidation", "skipRequestingAccountId"],
]);

/** Clients of AWS' own SDK, at a double of AWS on this machine. Each is made when it is first used. */
export class AwsClients {
  private readonly made = new Map<string, unknown>();

  /**
   * As the real provider has them: AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and over them its configuration.
   * Nothing else of the machine is asked for credentials. Throws unless the endpoint is on loopback.
   */
  static from(environment: NodeJS.ProcessEnv, config: Properties): AwsClients {
    const other = Object.keys(config).find((name) => !SUPPORTED_SETTINGS.has(name));
    if (other !== undefined) throw new Error(`the double of aws does not take "aws:${other}"`);
    const endpoint = environment["AWS_ENDPOINT_URL"] ?? "";
    if (!URL.canParse(endpoint) || !LOOPBACK.has(new URL(endpoint).hostname))
      throw new Error(`AWS_ENDPOINT_URL must name a double of AWS on loopback, not "${endpoint}"`);
    const region = findText(config["region"]) ?? environment["AWS_REGION"];
    const accessKeyId = findText(config["accessKey"]) ?? environment["AWS_ACCESS_KEY_ID"];
    const secretAccessKey = findText(config["secretKey"]) ?? environment["AWS_SECRET_ACCESS_KEY"];
    if (region === undefined) throw new Error('give "aws:region" or AWS_REGION');
    if (accessKeyId === undefined || secretAccessKey === undefined)
      throw new Error('give "aws:accessKey" and "aws:secretKey", or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, of the double');
    return new AwsClients(endpoint, region, { accessKeyId, secretAccessKey });
  }

  private constructor(
    readonly endpoint: string,
    readonly region: string,
    private readonly credentials: { accessKeyId: string; secretAccessKey: string },
  ) {}

  get cloudTrail(): CloudTrailClient {
    return this.obtain("cloudTrail", (options) => new CloudTrailClient(options));
  }
  get ec2(): EC2Client {
    return this.obtain("ec2", (options) => new EC2Client(options));
  }
  get events(): EventBridgeClient {
    return this.obtain("events", (options) => new EventBridgeClient(options));
  }
  get iam(): IAMClient {
    return this.obtain("iam", (options) => new IAMClient(options));
  }
  get kms(): KMSClient {
    return this.obtain("kms", (options) => new KMSClient(options));
  }
  get s3(): S3Client {
    // A name of a bucket is no host of this machine.
    return this.obtain("s3", (options) => new S3Client({ ...options, forcePathStyle: true }));
  }
  get sns(): SNSClient {
    return this.obtain("sns", (options) => new SNSClient(options));
  }
  get sts(): STSClient {
    return this.obtain("sts", (options) => new STSClient(options));
  }

  private obtain<Client>(name: string, create: (options: ClientOptions) => Client): Client {
    // Named here, so that no AWS_ENDPOINT_URL_KMS nor a profile leads elsewhere.
    const { endpoint, region, credentials } = this;
    const found = (this.made.get(name) as Client | undefined) ?? create({ endpoint, region, credentials });
    this.made.set(name, found);
    return found;
  }
}

interface ClientOptions {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { accessKeyId: string; secretAccessKey: string };
}

/** Whether AWS says that the object is not there. */
export function isNotFound(error: unknown): boolean {
  return error instanceof Error && /^NoSuch|NotFound(?:Exception|Error)?$/.test(error.name);
}

/** What the call answers, or `undefined` when the object is not there. */
export async function ignoreNotFound<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
