import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAwsDouble } from "../../tools/counterparts/providers/aws/provider.js";
import { createAzureDouble, STATE_FILE } from "../../tools/counterparts/providers/azure/provider.js";
import { ArmStore } from "../../tools/counterparts/providers/azure/armStore.js";
import { findFailures } from "../../tools/counterparts/providers/checkInputs.js";
import { findChanges } from "../../tools/counterparts/providers/pathChanges.js";
import { Resources } from "../../tools/counterparts/providers/resources.js";
import { SdkSchema } from "../../tools/counterparts/providers/sdkSchema.js";
import { isAlike, type Properties, UNKNOWN, unwrapSecrets } from "../../tools/counterparts/providers/values.js";

/** What the doubles of the providers of both clouds do without an engine; under the real CLI they are in test/engine. */
const urn = (token: string, name: string) => `urn:pulumi:dev::test::${token}::${name}`;
const RANDOM = "0123456789abcdef0123456789abcdef";

describe("the schema of an SDK's own declarations", () => {
  const azure = new SdkSchema("@pulumi/azure-native");
  const aws = new SdkSchema("@pulumi/aws");
  const failures = (schema: SdkSchema, token: string, inputs: Properties) => findFailures(schema, schema.getResource(token).inputs, inputs);

  it("says which inputs are required, and of which types they are", () => {
    const { inputs, outputs } = aws.getResource("aws:kms/key:Key");
    expect(inputs["deletionWindowInDays"]).toEqual({ required: false, type: { is: "number" } });
    expect(inputs["tags"]).toEqual({ required: false, type: { is: "map", of: { is: "string" } } });
    expect(outputs).toEqual(expect.arrayContaining(["arn", "keyId", "tagsAll"]));
    expect(outputs).not.toContain("__pulumiType");
    expect(azure.getResource("azure-native:keyvault:Vault").inputs["properties"]).toEqual({
      required: true,
      type: { is: "object", name: "keyvault.VaultPropertiesArgs" },
    });
  });

  it("finds what is missing, misspelt or of another type, down to nested types", () => {
    expect(failures(aws, "aws:kms/alias:Alias", { name: 1 })).toEqual([
      { property: "targetKeyId", reason: "Missing required argument" },
      { property: "name", reason: "Expected string, got number" },
    ]);
    const rules = [{ name: "in", priority: "100", protocol: "Tcp", access: "Allow", direction: "Inbound", ports: [] }];
    const group = { resourceGroupName: "shop", securityRules: rules };
    expect(failures(azure, "azure-native:network:NetworkSecurityGroup", group)).toEqual([
      { property: "securityRules[0].priority", reason: "Expected number, got string" },
      { property: "securityRules[0].ports", reason: "Unknown argument" },
    ]);
  });

  it("lets values pass that are known only after the update", () => {
    expect(failures(aws, "aws:kms/alias:Alias", { name: UNKNOWN, targetKeyId: UNKNOWN })).toEqual([]);
  });

  it("throws on a class that the SDK does not have", () => {
    expect(() => aws.getResource("aws:kms/nothing:Nothing")).toThrow();
  });

  it("is the same for a later process, which finds it in the folder and reads nothing of the SDK", () => {
    const folder = mkdtempSync(join(tmpdir(), "palisade-sdk-schema-"));
    const token = "azure-native:keyvault:Vault";
    const answers = (schema: SdkSchema) => [
      schema.getResource(token),
      schema.findNestedInputs("keyvault.VaultPropertiesArgs"),
      schema.findNestedInputs("keyvault.NothingArgs"),
    ];
    const first = answers(new SdkSchema("@pulumi/azure-native", folder));
    expect(first).toEqual(answers(azure));
    expect(readdirSync(folder)).toHaveLength(3);
    // Of another SDK none of these could be read.
    expect(answers(new SdkSchema("@pulumi/aws", folder))).toEqual(first);
    rmSync(folder, { recursive: true });
  });
});

describe("values", () => {
  it("are alike when they say the same: policies in any spelling, sets in any order", () => {
    const policy = (actions: unknown) => JSON.stringify({ Statement: [{ Effect: "Allow", Action: actions }] });
    expect(isAlike(policy(["kms:Decrypt", "kms:Encrypt"]), policy(["kms:Encrypt", "kms:Decrypt"]))).toBe(true);
    expect(isAlike(policy("kms:Decrypt"), policy(["kms:Decrypt"]))).toBe(true);
    expect(isAlike(policy("kms:Decrypt"), policy("kms:*"))).toBe(false);
    expect(isAlike(["a", "b"], ["b", "a"])).toBe(true);
    expect(isAlike("{no json", "{ no json")).toBe(false);
  });

  it("differ at the innermost paths", () => {
    expect(findChanges({ a: { b: 1, c: 2 }, d: [{ e: 1 }] }, { a: { b: 2, c: 2 }, d: [{ e: 2 }], "x.y": 1 }, "properties")).toEqual([
      { path: "properties.a.b", act: "UPDATE" },
      { path: "properties.d[0].e", act: "UPDATE" },
      { path: 'properties["x.y"]', act: "ADD" },
    ]);
  });

  it("come out of the engine's wrapping of secrets", () => {
    const secret = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value: { a: [1] } };
    expect(unwrapSecrets({ list: [secret] })).toEqual({ list: [{ a: [1] }] });
  });
});

describe("the double of aws", () => {
  const environment = {
    AWS_ENDPOINT_URL: "http://127.0.0.1:9",
    AWS_REGION: "eu-central-1",
    AWS_ACCESS_KEY_ID: "a",
    AWS_SECRET_ACCESS_KEY: "b",
  };
  const configure = (change: Record<string, string | undefined>, config: Properties = {}) => {
    createAwsDouble({ ...environment, ...change }).configure(config);
  };

  it.each([undefined, "", "https://kms.eu-central-1.amazonaws.com", "http://127.0.0.1.example.com", "http://10.0.0.1:80", "localhost:80"])(
    "speaks to loopback alone: not to %s",
    (endpoint) => {
      expect(() => {
        configure({ AWS_ENDPOINT_URL: endpoint });
      }).toThrow("AWS_ENDPOINT_URL must name a double of AWS on loopback");
    },
  );

  it("takes no credentials from elsewhere, and no configuration that it would not honour", () => {
    expect(() => {
      configure({ AWS_SECRET_ACCESS_KEY: undefined });
    }).toThrow('give "aws:accessKey"');
    for (const name of ["endpoints", "profile", "assumeRoles", "defaultTags"])
      expect(() => {
        configure({}, { [name]: "x" });
      }).toThrow(`the double of aws does not take "aws:${name}"`);
  });

  it.each([
    ["aws:kms/key:Key", { rotationPeriodInDays: 9, enableKeyRotation: true }, "rotationPeriodInDays"],
    ["aws:kms/key:Key", { rotationPeriodInDays: 90 }, "rotationPeriodInDays"],
    ["aws:kms/key:Key", { deletionWindowInDays: 31 }, "deletionWindowInDays"],
    ["aws:kms/key:Key", { policy: "{" }, "policy"],
    ["aws:kms/key:Key", { region: "eu-west-1" }, "region"],
    ["aws:kms/key:Key", { customKeyStoreId: "cks-1" }, "customKeyStoreId"],
    ["aws:kms/alias:Alias", { name: "customer", targetKeyId: "k" }, "name"],
    ["aws:kms/alias:Alias", { name: "alias/aws/rds", targetKeyId: "k" }, "name"],
  ])("refuses before any call what the real provider does, and what only that can do: %s %j", (token, inputs, property) => {
    const double = createAwsDouble(environment);
    double.configure({});
    expect(new Resources(double).check(urn(token, "customer"), {}, inputs, RANDOM).failures).toMatchObject([{ property }]);
  });

  it("names what the program leaves out, and keeps the name", () => {
    const double = createAwsDouble(environment);
    double.configure({});
    const resources = new Resources(double);
    const { inputs } = resources.check(urn("aws:kms/alias:Alias", "customer"), {}, { targetKeyId: "k" }, RANDOM);
    expect(inputs["name"]).toBe("alias/customer-0123456");
    expect(resources.check(urn("aws:kms/alias:Alias", "customer"), inputs, { targetKeyId: "k" }, "ffff").inputs["name"]).toBe(
      inputs["name"],
    );
    expect(() => resources.check(urn("aws:sqs/queue:Queue", "news"), {}, {}, RANDOM)).toThrow("there is no double of aws:sqs/queue:Queue");
  });
});

describe("the double of azure-native", () => {
  const folder = mkdtempSync(join(tmpdir(), "palisade-arm-"));
  let count = 0;
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const begin = (config: Properties = {}) => {
    const file = join(folder, `${++count}.json`);
    const double = createAzureDouble({ [STATE_FILE]: file, ARM_SUBSCRIPTION_ID: "s" });
    double.configure(config);
    const resources = new Resources(double);
    const lookUp = (token: string, args: Properties) => double.invoke(token, args);
    const make = async (type: string, name: string, inputs: Properties) => {
      const token = urn(`azure-native:${type}`, name);
      const checked = resources.check(token, {}, inputs, RANDOM);
      expect(checked.failures).toEqual([]);
      const created = await resources.create(token, checked.inputs);
      if (!("outputs" in created)) throw new Error(created.unfinished);
      return { ...created, token, inputs: checked.inputs };
    };
    return { resources, make, lookUp, arm: new ArmStore(file) };
  };
  const VAULT = { tenantId: "t", sku: { family: "A", name: "standard" } };
  const vaultOf = (properties: Properties = {}) => ({
    resourceGroupName: "shop",
    vaultName: "shop-vault",
    properties: { ...VAULT, ...properties },
  });
  const keyOf = (properties: Properties = {}) => ({
    resourceGroupName: "shop",
    vaultName: "shop-vault",
    keyName: "customer",
    properties: { kty: "RSA", ...properties },
  });
  const beginWithVault = async (properties: Properties = {}) => {
    const begun = begin();
    await begun.make("resources:ResourceGroup", "shop", { resourceGroupName: "shop", location: "westeurope" });
    return { ...begun, vault: await begun.make("keyvault:Vault", "shop", vaultOf(properties)) };
  };

  it("gives ids and places as ARM does", async () => {
    const { make, vault } = await beginWithVault();
    const group = "/subscriptions/s/resourceGroups/shop";
    expect(vault.id).toBe(`${group}/providers/Microsoft.KeyVault/vaults/shop-vault`);
    expect(vault.outputs).toMatchObject({ location: "westeurope", type: "Microsoft.KeyVault/vaults", name: "shop-vault" });
    const key = await make("keyvault:Key", "customer", keyOf());
    expect(key.outputs).toMatchObject({ type: "Microsoft.KeyVault/vaults/keys", kty: "RSA" });
    expect(key.outputs["keyUriWithVersion"]).toMatch(/^https:\/\/shop-vault\.vault\.azure\.net\/keys\/customer\/[0-9a-f]{32}$/);
    const role = { scope: key.id, principalId: "p", roleDefinitionId: "/providers/Microsoft.Authorization/roleDefinitions/r" };
    expect((await make("authorization:RoleAssignment", "plane", role)).id).toBe(
      `${key.id}/providers/Microsoft.Authorization/roleAssignments/01234567-89ab-cdef-0123-456789abcdef`,
    );
  });

  it("holds private networks: an endpoint by hand waits for its service's owner", async () => {
    const { make, resources, lookUp, arm } = await beginWithVault();
    const own = { resourceGroupName: "shop" };
    await make("network:NetworkSecurityGroup", "data", own);
    const network = await make("network:VirtualNetwork", "net", {
      ...own,
      virtualNetworkName: "net",
      addressSpace: { addressPrefixes: ["10.0.0.0/16"] },
    });
    const subnet = await make("network:Subnet", "data", {
      ...own,
      virtualNetworkName: "net",
      subnetName: "data",
      addressPrefix: "10.0.1.0/24",
    });
    expect(subnet.id).toBe(`${network.id}/subnets/data`);
    const zone = await make("privatedns:PrivateZone", "zone", { ...own, privateZoneName: "neon.test", location: "global" });
    await make("privatedns:VirtualNetworkLink", "link", {
      ...own,
      privateZoneName: "neon.test",
      location: "global",
      virtualNetwork: { id: network.id },
    });
    const connections = [{ name: "neon", privateLinkServiceId: "svc", requestMessage: "please" }];
    const endpoint = await make("network:PrivateEndpoint", "neon", {
      ...own,
      privateEndpointName: "neon",
      subnet: { id: subnet.id },
      manualPrivateLinkServiceConnections: connections,
    });
    const status = (state: string) => ({ manualPrivateLinkServiceConnections: [{ privateLinkServiceConnectionState: { status: state } }] });
    expect(endpoint.outputs).toMatchObject(status("Pending"));
    await make("network:PrivateDnsZoneGroup", "group", {
      ...own,
      privateEndpointName: "neon",
      privateDnsZoneConfigs: [{ name: "zone", privateDnsZoneId: zone.id }],
    });
    const held = arm.get(endpoint.id);
    if (held === undefined) throw new Error("the endpoint is gone");
    const approved = [{ ...connections[0], privateLinkServiceConnectionState: { status: "Approved" } }];
    arm.put({ ...held, properties: { ...held.properties, manualPrivateLinkServiceConnections: approved } });
    const found = await resources.read(endpoint.token, endpoint.id, endpoint.inputs, endpoint.outputs);
    // What its owner says is an answer, no drift.
    expect(found).toMatchObject({ inputs: endpoint.inputs, outputs: status("Approved") });
    expect(await resources.update(endpoint.token, endpoint.id, { ...endpoint.inputs, tags: { a: "b" } })).toMatchObject(status("Approved"));
    // What no class of the SDK tells ARM tells by a look-up, and it stays.
    const guid = endpoint.outputs["resourceGuid"];
    expect(guid).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    const names = { resourceProviderNamespace: "Microsoft.Network", parentResourcePath: "", resourceType: "privateEndpoints" };
    const look = (resourceName: string) => lookUp("azure-native:resources:getResource", { ...names, ...own, resourceName });
    expect(await look("neon")).toMatchObject({ type: "Microsoft.Network/privateEndpoints", properties: { resourceGuid: guid } });
    await expect(look("other")).rejects.toThrow("ResourceNotFound");
  });

  it("sees drift of what the program says, and of what it leaves out", async () => {
    const { resources, arm, vault } = await beginWithVault({ enableRbacAuthorization: true });
    const held = arm.get(vault.id);
    if (held === undefined) throw new Error("the vault is gone");
    const drifted = { ...(held.properties["properties"] as Properties), enableRbacAuthorization: false, publicNetworkAccess: "Enabled" };
    arm.put({ ...held, properties: { ...held.properties, properties: drifted } });
    const found = await resources.read(vault.token, vault.id, vault.inputs, vault.outputs);
    expect(resources.diff(vault.token, vault.inputs, found?.inputs ?? {}, []).paths).toEqual([
      { path: "properties.enableRbacAuthorization", act: "UPDATE" },
      { path: "properties.publicNetworkAccess", act: "ADD" },
    ]);
  });

  it("refuses what lies in nothing, what is there, and a name that a deleted one holds", async () => {
    const { make, resources, vault } = await beginWithVault();
    await expect(begin().make("keyvault:Vault", "shop", vaultOf())).rejects.toThrow("ResourceGroupNotFound");
    await expect(make("keyvault:Key", "customer", { ...keyOf(), vaultName: "other" })).rejects.toThrow("ParentResourceNotFound");
    await expect(make("keyvault:Vault", "shop", vaultOf())).rejects.toThrow("cannot create already existing resource");
    await resources.delete(vault.token, vault.id, vault.outputs);
    await resources.delete(vault.token, vault.id, vault.outputs);
    await expect(make("keyvault:Vault", "shop", vaultOf())).rejects.toThrow("is deleted and recoverable");
  });

  it("takes no purge protection away, and does not change a key that is there", async () => {
    const { make, resources, vault } = await beginWithVault({ enablePurgeProtection: true });
    for (const properties of [{ enablePurgeProtection: false }, {}])
      await expect(resources.update(vault.token, vault.id, vaultOf(properties))).rejects.toThrow(/purge protection|enablePurgeProtection/i);
    const key = await make("keyvault:Key", "customer", keyOf({ keySize: 2048 }));
    expect(await resources.update(key.token, key.id, keyOf({ keySize: 4096 }))).toMatchObject({ keySize: 2048 });
  });

  it.each([
    ["keyvault:Vault", { ...vaultOf({ sku: { family: "A", name: "gold" } }) }, "sku.name is standard or premium"],
    ["keyvault:Vault", { ...vaultOf(), vaultName: "x" }, "VaultNameNotValid"],
    ["network:VirtualNetwork", { resourceGroupName: "shop" }, "an address space is required"],
    ["network:Subnet", { resourceGroupName: "shop", virtualNetworkName: "net" }, "ParentResourceNotFound"],
    ["privatedns:PrivateZone", { resourceGroupName: "shop", privateZoneName: "z", location: "westeurope" }, 'the location is "global"'],
    ["authorization:RoleAssignment", { scope: "/x", principalId: "p", roleDefinitionId: "Reader" }, "the id of a role definition"],
  ])("refuses what ARM does and the types do not: %s %j", async (type, inputs, reason) => {
    const { make } = begin();
    await make("resources:ResourceGroup", "shop", { resourceGroupName: "shop", location: "westeurope" });
    await expect(make(type, "one", inputs)).rejects.toThrow(reason);
  });

  it("knows no credentials, no configuration that it would not honour, and no file but the one it is told", () => {
    expect(() => begin({ clientSecret: "x" })).toThrow('does not take "azure-native:clientSecret"');
    expect(() => {
      createAzureDouble({}).configure({});
    }).toThrow(STATE_FILE);
    expect(() => begin().resources.check(urn("azure-native:web:WebApp", "shop"), {}, {}, RANDOM)).toThrow("there is no double of");
  });
});
