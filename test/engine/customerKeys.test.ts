import { rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { DescribeKeyCommand, DisableKeyCommand, EnableKeyCommand } from "@aws-sdk/client-kms";
import { CustomerManagedKeyResponse, ExternalIdResponse } from "@palisade/neon/contract/wire/customerManagedKey";
import { Keyring } from "../../control-plane/encryption/keyring.js";
import type { KeyClients } from "../../control-plane/services/customerKeys/providers.js";
import { ADMINISTRATOR, REGION } from "../../tools/counterparts/aws/ministack.js";
import { type ManagedIdentity, startManagedIdentity } from "../../tools/counterparts/azure/managedIdentity.js";
import { VAULT_VARIABLE } from "../../tools/counterparts/azure/redirectToVault.js";
import { STATE_FILE } from "../../tools/counterparts/providers/azure/provider.js";
import { ArmStore } from "../../tools/counterparts/providers/azure/armStore.js";
import { installDoubles } from "../../tools/counterparts/providers/plugins.js";
import { ensurePython } from "../../tools/counterparts/python.js";
import { AwsAccount } from "../support/counterparts/aws.js";
import { AzureVault, credentialOf } from "../support/counterparts/azure.js";
import { type Api, planeDirectory, type TestPlane } from "../support/plane.js";
import { countChanges, type Config, type Program, type Stack } from "../support/pulumi.js";
import { ORGANIZATION, PROJECT, SEED } from "../control-plane/customerKeys/scene.js";
import { project, rows, sql } from "../data-plane/clients.js";
import { until } from "../support/until.js";
import { atEnd, newPlane, newStack, output, putAway, readOutputs, STACK_TRACE } from "./lab.js";

/** Projects under keys of both clouds, by the components, under the real CLI: doubles of the providers, of KMS and of Key Vault stand behind them. */
const python = ensurePython();
const why = "missing" in python ? ` (${python.missing})` : "";

const EXAMPLES = resolve(__dirname, "../../examples");
const KEY_ARN = "arn:aws:kms:eu-central-1:111122223333:key/01234567-89ab-cdef-0123-456789abcdef";
const KEY = "napi_customer";
const PRINCIPAL = "33333333-3333-4333-8333-333333333333";
const DEPLOYER = "token of the deployer".replaceAll(" ", "-");
const TO_VAULT = resolve(__dirname, "../../dist/tools/counterparts/azure/redirectToVault.js");
const TOKEN = "token of the plane".replaceAll(" ", "-");

jest.setTimeout(240_000);
afterAll(putAway, 60_000);

(why === "" ? describe : describe.skip)(`projects under keys of their own${why}`, () => {
  let account: AwsAccount;
  let vault: AzureVault;
  let plane: TestPlane;
  let api: Api;
  let identity: ManagedIdentity;
  let armFile: string;
  let userRoleArn: string;
  let dataDirectory: string;

  beforeAll(async () => {
    account = await AwsAccount.start("path" in python ? python.path : "");
    atEnd(() => account.stop());
    armFile = join(planeDirectory(), "arm.json");
    dataDirectory = planeDirectory();
    vault = await AzureVault.start(new ArmStore(armFile));
    atEnd(() => vault.vault.close());
    vault.vault.identify(TOKEN, PRINCIPAL);
    vault.vault.allow(DEPLOYER, ["getRotationPolicy", "setRotationPolicy"]);
    identity = await startManagedIdentity(DEPLOYER);
    atEnd(() => identity.close());
    const credentials = await account.createUser("plane", [{ Effect: "Allow", Action: "sts:AssumeRole", Resource: "*" }]);
    const keyClients: KeyClients = {
      awsKms: { endpoint: account.emulator.url, credentials },
      azureKeyVault: { clientOptions: vault.vault.clientOptions, credential: credentialOf(TOKEN) },
    };
    plane = await newPlane({
      dataDirectory,
      computes: "postgres",
      proxyPort: 0,
      seed: SEED,
      allowedKeys: [{ organization: ORGANIZATION, key: `${vault.vault.vaultUrl}/keys/palisade` }],
      keyClients,
    });
    api = plane.api.withKey(KEY);
    const { external_id } = await api.ok(ExternalIdResponse, "GET", `/x-palisade/organizations/${ORGANIZATION}/external_id`);
    userRoleArn = await account.createRole("palisade", { StringEquals: { "sts:ExternalId": external_id } }, []);
  });

  // The name of a vault that is purge-protected stays held: each test is in an Azure of its own.
  beforeEach(() => {
    rmSync(armFile, { force: true });
  });

  const stackOf = async (source: Program, config: Config): Promise<Stack> => {
    const stack = await newStack(source, { ...plane.ready, apiKey: KEY }, { config });
    Object.assign(stack.env, installDoubles(stack.root, stack.env), {
      AWS_ENDPOINT_URL: account.emulator.url,
      AWS_REGION: REGION,
      [STATE_FILE]: armFile,
      // The provider's process is the deployer's, and what it sends to the vault goes to the double.
      NODE_OPTIONS: `${stack.env["NODE_OPTIONS"] ?? ""} --require ${TO_VAULT}`,
      [VAULT_VARIABLE]: JSON.stringify(vault.vault.address),
      ...identity.environment,
      AWS_ACCESS_KEY_ID: ADMINISTRATOR.accessKeyId,
      AWS_SECRET_ACCESS_KEY: ADMINISTRATOR.secretAccessKey,
    });
    return stack;
  };
  const outputsOf = async (stack: Stack) => (await readOutputs(stack)) as Record<string, string>;
  const keyOf = async (projectId: string) =>
    (await api.ok(CustomerManagedKeyResponse, "GET", `/x-palisade/projects/${projectId}/customer_managed_key`)).customer_managed_key;
  /** The plane looks at the key, twice, because one refusal is none. */
  const lookedAt = async (projectId: string) => {
    for (let looks = 0; looks < 2; looks += 1) {
      const { last_checked_at } = await keyOf(projectId);
      await plane.api.call("POST", "/x-palisade/test/clock", { advanceSeconds: 70 });
      await until("the key is looked at", async () => (await keyOf(projectId)).last_checked_at > last_checked_at);
    }
  };

  it("14-aws-customer-key: up, nothing to do, disabled behind Pulumi's back and seen, enabled again, destroyed", async () => {
    const name = "palisade-aws-customer-key";
    const stack = await stackOf(
      { directory: join(EXAMPLES, "14-aws-customer-key") },
      { [`${name}:organizationId`]: ORGANIZATION, [`${name}:userRoleArn`]: userRoleArn },
    );
    await stack.up({ check: true });
    const { keyArn = "", state, projectId = "" } = await outputsOf(stack);
    expect(state).toBe("active");
    expect(await keyOf(projectId)).toMatchObject({ aws_kms: { key_arn: keyArn, role_arn: userRoleArn }, state: "active" });
    await stack.up({ args: ["--expect-no-changes"], check: true });
    const used = account.emulator.trail.listCalls("Decrypt").map(({ requestParameters }) => requestParameters.encryptionContext);
    expect(used).toContainEqual(expect.objectContaining({ organization: ORGANIZATION, project: projectId }));

    await account.kms.send(new DisableKeyCommand({ KeyId: keyArn }));
    await lookedAt(projectId);
    // Pulumi's own way to ask for drift alone, test/engine/providerDoubles.test.ts has with both clouds.
    const drift = await stack.up({ args: ["--refresh", "--diff"], check: true });
    expect(output(drift)).toMatch(/isEnabled\s*: true => false/);
    expect(output(drift)).toMatch(/state\s*: "active" => "revoked"/);
    expect((await account.kms.send(new DescribeKeyCommand({ KeyId: keyArn }))).KeyMetadata?.Enabled).toBe(true);
    expect(await outputsOf(stack)).toMatchObject({ state: "active" });
    await stack.destroy({ check: true });
    expect((await account.kms.send(new DescribeKeyCommand({ KeyId: keyArn }))).KeyMetadata?.KeyState).toBe("PendingDeletion");
  });

  it("a project goes from AWS to Azure and to the plane's own key, each an update of one key, and no row is lost", async () => {
    const made = await project({ ready: plane.ready, api }, { org_id: ORGANIZATION });
    await sql(plane, made.owner, "CREATE TABLE t AS SELECT n FROM generate_series(1, 1000) n");
    /** Every row of the project, read from what was sealed under the key that is given up next. */
    const kept = async () => {
      const found = (await rows(plane, made.owner)).length;
      await api.call("POST", `/projects/${made.id}/endpoints/${made.owner.endpointId}/suspend`);
      await api.settled(made.id);
      return { found, sealed: (await keyOf(made.id)).sealed_objects };
    };
    const services = async () =>
      (await Keyring.open(join(dataDirectory, "keys", "keyring.json"))).list({ project: made.id }).map(({ wrapped }) => wrapped.service);
    const aws = `
new (require("@palisade/neon/aws").CustomerKey)("own", {
  projectId: "${made.id}", organizationId: "${ORGANIZATION}", userRoleArn: "${userRoleArn}",
});`;
    const azure = `
const group = new (require("@pulumi/azure-native/resources").ResourceGroup)("own", { location: "westeurope" });
new (require("@palisade/neon/azure").CustomerKey)("own", {
  projectId: "${made.id}", resourceGroupName: group.name, vaultName: "acme", tenantId: "${PRINCIPAL}", principalId: "${PRINCIPAL}",
});`;
    const stack = await stackOf(aws, {});
    await stack.up({ check: true });
    expect(await kept()).toEqual({ found: 1_000, sealed: 1 });
    expect(await services()).toEqual(["awsKms"]);
    const { aws_kms } = await keyOf(made.id);

    await account.kms.send(new DisableKeyCommand({ KeyId: aws_kms?.key_arn }));
    const refused = await stack.destroy();
    expect(refused.code).not.toBe(0);
    expect(output(refused)).toContain("PAL_CMK_UNUSABLE");
    expect(output(refused)).not.toMatch(STACK_TRACE);
    await account.kms.send(new EnableKeyCommand({ KeyId: aws_kms?.key_arn }));

    await stack.setProgram(azure);
    const moved = await stack.up({ check: true });
    expect(await services()).toEqual(["azureKeyVault"]);
    expect(await kept()).toEqual({ found: 1_000, sealed: 1 });
    expect(await keyOf(made.id)).toMatchObject({ state: "active", azure_key_vault: { vault_url: vault.vault.vaultUrl } });
    expect(countChanges(moved)).toMatchObject({ update: 1 });
    expect((await account.kms.send(new DescribeKeyCommand({ KeyId: aws_kms?.key_arn }))).KeyMetadata?.KeyState).toBe("PendingDeletion");

    await stack.setProgram("");
    await stack.up({ check: true });
    expect(await services()).toEqual(["localKms"]);
    expect(await rows(plane, made.owner)).toHaveLength(1_000);
  });

  it("are refused at preview where the API is Neon's own, and nothing is asked", async () => {
    const stack = await stackOf(
      `new (require("@palisade/neon").CustomerManagedKey)("own", { projectId: "${PROJECT}", awsKms: { keyArn: "${KEY_ARN}" } });`,
      {
        "palisade:apiUrl": "https://console.neon.tech/api/v2",
      },
    );
    const refused = await stack.preview();
    expect(refused.code).not.toBe(0);
    expect(output(refused)).toContain("PAL_EXTENSION");
    expect(output(refused)).not.toMatch(STACK_TRACE);
  });

  it("15-azure-customer-key: up, nothing to do, disabled in the vault and seen, destroyed", async () => {
    const name = "palisade-azure-customer-key";
    const stack = await stackOf(
      { directory: join(EXAMPLES, "15-azure-customer-key") },
      { [`${name}:vaultName`]: "acme", [`${name}:tenantId`]: PRINCIPAL, [`${name}:principalId`]: PRINCIPAL },
    );
    await stack.up({ check: true });
    const { projectId = "", vaultUrl } = await outputsOf(stack);
    expect(vaultUrl).toBe(vault.vault.vaultUrl);
    expect(await keyOf(projectId)).toMatchObject({ azure_key_vault: { key_name: "palisade" }, state: "active" });
    await stack.up({ args: ["--expect-no-changes"], check: true });
    expect((await vault.admin.getKeyRotationPolicy("palisade")).lifetimeActions).toEqual([{ action: "Rotate", timeAfterCreate: "P365D" }]);

    const version = (await vault.admin.getKey("palisade")).properties.version ?? "";
    await vault.admin.updateKeyProperties("palisade", version, { enabled: false });
    await lookedAt(projectId);
    const drift = await stack.refresh({ args: ["--preview-only", "--expect-no-changes", "--diff"] });
    expect(drift.code).toBe(7);
    expect(output(drift)).toMatch(/state\s*: "active" => "revoked"/);
    await vault.admin.updateKeyProperties("palisade", version, { enabled: true });
    await stack.destroy({ check: true });
    expect(new ArmStore(armFile).list()).toEqual([]);
  });
});
