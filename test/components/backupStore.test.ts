import * as aws from "../../components/aws/index.js";
import { buildTlsPolicy } from "../../components/aws/backupStore.js";
import * as azure from "../../components/azure/index.js";
import { listenToPrograms, ofType, registrationsOf, valueOf } from "./mocks.js";

beforeAll(listenToPrograms);

const KEY = "arn:aws:kms:eu-central-1:111122223333:key/0f0e0d0c-0000-4000-8000-000000000001";
const S3 = (kind: string) => `aws:s3/${kind.charAt(0).toLowerCase()}${kind.slice(1)}:${kind}`;

describe("BackupStore of AWS", () => {
  it("keeps versions, locks them, encrypts with the given key, and is closed to the public and to plain HTTP", async () => {
    let made: aws.BackupStore | undefined;
    const all = await registrationsOf(() => (made = new aws.BackupStore("shop", { kmsKeyArn: KEY, tags: { team: "data" } })));
    const inputsOf = (kind: string) => ofType(all, S3(kind))[0]?.inputs;
    expect(inputsOf("Bucket")).toEqual({ objectLockEnabled: true, forceDestroy: false, tags: { team: "data" } });
    expect(inputsOf("BucketVersioning")).toMatchObject({ versioningConfiguration: { status: "Enabled" } });
    expect(inputsOf("BucketServerSideEncryptionConfiguration")).toMatchObject({
      rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: KEY } }],
    });
    expect(inputsOf("BucketObjectLockConfiguration")).toMatchObject({ rule: { defaultRetention: { mode: "COMPLIANCE", days: 30 } } });
    expect(inputsOf("BucketLifecycleConfiguration")).toMatchObject({
      rules: [
        {
          status: "Enabled",
          noncurrentVersionExpiration: { noncurrentDays: 30 },
          abortIncompleteMultipartUpload: { daysAfterInitiation: 1 },
        },
      ],
    });
    expect(inputsOf("BucketPublicAccessBlock")).toMatchObject({
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    expect(inputsOf("BucketPolicy")).toMatchObject({ policy: buildTlsPolicy("arn:aws:s3:::shop") });
    expect(ofType(all, S3("BucketObjectLockConfiguration"))[0]?.dependencies).toContain(`${S3("BucketVersioning")}::shop`);
    const children = all.filter(({ type }) => type !== "palisade:aws:BackupStore");
    expect(new Set(children.map(({ parent }) => parent))).toEqual(new Set(["palisade:aws:BackupStore::shop"]));
    expect(made && (await valueOf(made.bucketName))).toBe("shop");
  });

  it("denies without TLS, the bucket and everything in it, and allows nobody anything", () => {
    const { Statement } = JSON.parse(buildTlsPolicy("arn:aws:s3:::b")) as { Statement: { Effect: string; Resource: string[] }[] };
    expect(Statement.map(({ Effect }) => Effect)).toEqual(["Deny"]);
    expect(Statement[0]?.Resource).toEqual(["arn:aws:s3:::b", "arn:aws:s3:::b/*"]);
  });

  it("takes other times, and a transform of a child", async () => {
    const all = await registrationsOf(
      () =>
        new aws.BackupStore("shop", {
          kmsKeyArn: KEY,
          lockDays: 90,
          noncurrentVersionDays: 7,
          transforms: { bucket: ({ args, opts }) => ({ args: { ...args, bucket: "named" }, opts }) },
        }),
    );
    expect(ofType(all, S3("Bucket"))[0]?.inputs).toMatchObject({ bucket: "named", objectLockEnabled: true });
    expect(ofType(all, S3("BucketObjectLockConfiguration"))[0]?.inputs).toMatchObject({ rule: { defaultRetention: { days: 90 } } });
    expect(ofType(all, S3("BucketLifecycleConfiguration"))[0]?.inputs).toMatchObject({
      rules: [{ noncurrentVersionExpiration: { noncurrentDays: 7 } }],
    });
  });
});

describe("BackupStore of Azure", () => {
  const ARGS = { resourceGroupName: "shop", vaultUrl: "https://acme.vault.azure.net", keyName: "store", identityId: "/id/identity" };

  it("keeps versions, locks them, encrypts with the given key, and takes neither public readers nor shared keys", async () => {
    let made: azure.BackupStore | undefined;
    const all = await registrationsOf(() => (made = new azure.BackupStore("shop", ARGS)));
    expect(ofType(all, "azure-native:storage:StorageAccount")[0]?.inputs).toMatchObject({
      minimumTlsVersion: "TLS1_2",
      enableHttpsTrafficOnly: true,
      allowBlobPublicAccess: false,
      allowSharedKeyAccess: false,
      encryption: { keySource: "Microsoft.Keyvault", keyVaultProperties: { keyVaultUri: ARGS.vaultUrl, keyName: "store" } },
      immutableStorageWithVersioning: {
        enabled: true,
        immutabilityPolicy: { immutabilityPeriodSinceCreationInDays: 30, state: "Unlocked" },
      },
    });
    expect(ofType(all, "azure-native:storage:BlobServiceProperties")[0]?.inputs).toMatchObject({
      isVersioningEnabled: true,
      deleteRetentionPolicy: { enabled: true, days: 30 },
    });
    const container = ofType(all, "azure-native:storage:BlobContainer")[0];
    expect(container?.inputs).toMatchObject({ publicAccess: "None", containerName: "backups" });
    expect(container?.dependencies).toContain("azure-native:storage:BlobServiceProperties::shop");
    expect(made && (await valueOf(made.accountUrl))).toBe("https://shop.blob.core.windows.net");
  });

  it("is locked for good by that word alone", async () => {
    const all = await registrationsOf(() => new azure.BackupStore("shop", { ...ARGS, lock: "locked", lockDays: 90 }));
    expect(ofType(all, "azure-native:storage:StorageAccount")[0]?.inputs).toMatchObject({
      immutableStorageWithVersioning: { immutabilityPolicy: { immutabilityPeriodSinceCreationInDays: 90, state: "Locked" } },
    });
  });
});
