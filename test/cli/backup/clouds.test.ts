import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { DisableKeyCommand, EnableKeyCommand } from "@aws-sdk/client-kms";
import { drillBackup, restoreBackup } from "../../../cli/backup/restoreBackup.js";
import { takeBackup } from "../../../cli/backup/takeBackup.js";
import { ADMINISTRATOR, REGION } from "../../../tools/counterparts/aws/ministack.js";
import { ensurePython } from "../../../tools/counterparts/python.js";
import { AwsAccount } from "../../support/counterparts/aws.js";
import { AzureVault, credentialOf } from "../../support/counterparts/azure.js";
import { endPlanes, startPlane, type TestPlane } from "../../support/plane.js";
import { BackupLab, findClientTools } from "./lab.js";

/** Backups under keys of the clouds, by their unmodified SDKs against doubles: ministack behind its emulator, and a double of Key Vault. */
const python = ensurePython();
const why = "missing" in python ? ` (${python.missing})` : "";

jest.setTimeout(180_000);

let plane: TestPlane;
let lab: BackupLab;
beforeAll(async () => {
  const tools = await findClientTools();
  if ("missing" in tools) throw new Error(tools.missing);
  plane = await startPlane({ computes: "postgres", proxyPort: 0 });
  lab = await BackupLab.create(plane, tools.path);
}, 120_000);
afterAll(async () => {
  lab.remove();
  await endPlanes();
}, 60_000);

const drillAndRestore = async (configuration: object, name: string) => {
  expect(await drillBackup(await lab.open(configuration, false))).toMatchObject({ passed: true, findings: [] });
  const { findings } = await restoreBackup(await lab.open(configuration, false), undefined, name);
  expect(findings).toEqual([]);
};

(why === "" ? describe : describe.skip)(`a key of AWS KMS and buckets of S3, doubles${why}`, () => {
  let account: AwsAccount;
  beforeAll(async () => {
    account = await AwsAccount.start("path" in python ? python.path : "");
    const s3 = new S3Client({ region: REGION, endpoint: account.emulator.url, credentials: ADMINISTRATOR, forcePathStyle: true });
    for (const Bucket of ["shop-backups", "shop-keys-1", "shop-keys-2"]) await s3.send(new CreateBucketCommand({ Bucket }));
  });
  afterAll(() => account.stop());

  it("hold backups that restore, whose keys open for their branch alone and not while the customer's key is disabled", async () => {
    const keyArn = await account.createKey();
    const use = ["kms:GenerateDataKey", "kms:Decrypt"];
    const user = await account.createUser("backups", [{ Effect: "Allow", Action: use, Resource: keyArn }]);
    const s3 = { endpoint: account.emulator.url, credentials: ADMINISTRATOR, forcePathStyle: true, maxAttempts: 1 };
    lab.clients = { s3, awsKms: { endpoint: account.emulator.url, credentials: user } };
    const inBucket = (bucket: string) => ({ s3: { bucket, prefix: "main", region: REGION } });
    const configuration = {
      store: inBucket("shop-backups"),
      erasureKeys: [inBucket("shop-keys-1"), inBucket("shop-keys-2")],
      key: { awsKms: { keyArn } },
      known: "known-s3.json",
    };
    const manifest = await takeBackup(await lab.open(configuration));
    expect(manifest.erasure_key_places).toEqual(["s3://shop-keys-1/main", "s3://shop-keys-2/main"]);
    await drillAndRestore(configuration, "from-s3");
    const uses = account.emulator.trail;
    expect(JSON.stringify(uses)).toContain(lab.projectId);
    await account.kms.send(new DisableKeyCommand({ KeyId: keyArn }));
    await expect(drillBackup(await lab.open(configuration, false))).rejects.toMatchObject({ code: "PAL_CMK_DISABLED" });
    await account.kms.send(new EnableKeyCommand({ KeyId: keyArn }));
  });
});

describe("a key of Azure Key Vault, a double", () => {
  it("holds backups that restore, and is asked with an identity of its own", async () => {
    const vault = await AzureVault.start();
    try {
      const { keyName } = await vault.createKey();
      vault.vault.allow("backups", ["get", "wrapKey", "unwrapKey"]);
      lab.clients = { azureKeyVault: { clientOptions: vault.vault.clientOptions, credential: credentialOf("backups") } };
      const configuration = {
        store: { directory: "store-azure" },
        erasureKeys: [{ directory: "azure-keys-1" }, { directory: "azure-keys-2" }],
        key: { azureKeyVault: { vaultUrl: vault.vault.vaultUrl, keyName } },
        signingKey: "signing-azure.pem",
        known: "known-azure.json",
      };
      await takeBackup(await lab.open(configuration));
      await drillAndRestore(configuration, "from-azure");
    } finally {
      await vault.vault.close();
    }
  });
});
