import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { DescribeKeyCommand, DisableKeyCommand, EnableKeyRotationCommand, ListAliasesCommand } from "@aws-sdk/client-kms";
import { ADMINISTRATOR, REGION } from "../../tools/counterparts/aws/ministack.js";
import { STATE_FILE } from "../../tools/counterparts/providers/azure/provider.js";
import { ArmStore } from "../../tools/counterparts/providers/azure/armStore.js";
import { DOUBLES, installDoubles } from "../../tools/counterparts/providers/plugins.js";
import { ensurePython } from "../../tools/counterparts/python.js";
import { AwsAccount } from "../support/counterparts/aws.js";
import { countChanges, type Result, Stack } from "../support/pulumi.js";
import { output, STACK_TRACE } from "./lab.js";

/** Doubles of the providers of @pulumi/aws and @pulumi/azure-native, started by the real CLI. Neither cloud is behind them. */
const python = ensurePython();
const why = "missing" in python ? ` (${python.missing})` : "";

jest.setTimeout(120_000);

(why === "" ? describe : describe.skip)(`provider doubles of both clouds${why}`, () => {
  let account: AwsAccount;
  let stack: Stack;
  let arm: ArmStore;
  let outside: () => string[];
  let endTrap: () => Promise<void>;

  beforeAll(async () => {
    account = await AwsAccount.start("path" in python ? python.path : "");
    stack = await Stack.create({ program: program() });
    arm = new ArmStore(join(stack.root, "arm.json"));
    const trap = await trapTraffic(stack.root, stack.env["NODE_OPTIONS"]);
    ({ outside, close: endTrap } = trap);
    Object.assign(stack.env, installDoubles(stack.root, stack.env), trap.environment, {
      AWS_ENDPOINT_URL: account.emulator.url,
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: ADMINISTRATOR.accessKeyId,
      AWS_SECRET_ACCESS_KEY: ADMINISTRATOR.secretAccessKey,
      [STATE_FILE]: join(stack.root, "arm.json"),
    });
    await stack.init();
  });
  afterAll(async () => {
    await stack.dispose();
    await endTrap();
    await account.stop();
  });

  const keyId = async (): Promise<string> => {
    const { Aliases = [] } = await account.kms.send(new ListAliasesCommand({}));
    return Aliases.find(({ AliasName }) => AliasName === "alias/customer")?.TargetKeyId ?? "";
  };
  const holds = (result: Result, text: string) => {
    expect(output(result)).toContain(text);
    expect(output(result)).not.toMatch(STACK_TRACE);
  };

  it("make, keep, change and remove keys of AWS and of Azure, see drift of both, and speak to this machine alone", async () => {
    // Made, and refused in the middle: recorded, and finished by the next one.
    account.emulator.injectFault("EnableKeyRotation", { code: "AccessDeniedException", status: 400 });
    const refused = await stack.up();
    expect(refused.code).not.toBe(0);
    holds(refused, "AccessDeniedException: injected");
    holds(refused, join("provider-doubles", "pulumi-resource-aws"));
    account.emulator.clearFaults();
    expect(countChanges(await stack.up({ check: true }))).toMatchObject({ update: 1 });
    expect(account.emulator.trail.listCalls("CreateKey").length).toBe(1);
    const id = await keyId();
    expect((await account.kms.send(new DescribeKeyCommand({ KeyId: id }))).KeyMetadata).toMatchObject({ Description: "of the customer" });
    const group = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/shop";
    const vault = `${group}/providers/Microsoft.KeyVault/vaults/shop-vault`;
    expect(arm.get(vault)?.properties).toMatchObject({ properties: { vaultUri: "https://shop-vault.vault.azure.net/" } });
    expect(arm.get(`${vault}/keys/customer`)?.properties).toMatchObject({ keyUri: "https://shop-vault.vault.azure.net/keys/customer" });

    await stack.up({ args: ["--expect-no-changes"], check: true });

    await account.kms.send(new EnableKeyRotationCommand({ KeyId: id, RotationPeriodInDays: 365 }));
    await account.kms.send(new DisableKeyCommand({ KeyId: id }));
    const found = arm.get(vault);
    if (found === undefined) throw new Error("the vault is gone");
    arm.put({
      ...found,
      properties: { ...found.properties, properties: { ...Object(found.properties["properties"]), publicNetworkAccess: "Enabled" } },
    });
    const drift = await stack.refresh({ args: ["--preview-only", "--expect-no-changes", "--diff"] });
    expect(drift.code).toBe(7);
    for (const text of [
      "isEnabled           : true => false",
      "rotationPeriodInDays: 90 => 365",
      'publicNetworkAccess: "Disabled" => "Enabled"',
    ])
      holds(drift, text);

    await stack.setProgram(program(120));
    expect(countChanges(await stack.up({ args: ["--refresh"], check: true }))).toEqual({ same: 5, update: 2 });
    expect((await account.kms.send(new DescribeKeyCommand({ KeyId: id }))).KeyMetadata?.Enabled).toBe(true);
    expect(arm.get(vault)?.properties).toMatchObject({ properties: { publicNetworkAccess: "Disabled" } });

    expect(countChanges(await stack.destroy({ check: true }))).toEqual({ delete: 7 });
    expect((await account.kms.send(new DescribeKeyCommand({ KeyId: id }))).KeyMetadata?.KeyState).toBe("PendingDeletion");
    expect(arm.list()).toEqual([]);
    expect(outside()).toEqual([]);
  });

  it("refuse by name what they have no double of, and what is of another type", async () => {
    const queue = 'const aws = require("@pulumi/aws/sqs");\nnew aws.Queue("news", {});';
    await stack.setProgram(queue);
    holds(await stack.preview(), "there is no double of aws:sqs/queue:Queue");
    await stack.setProgram(`const keyvault = require("@pulumi/azure-native/keyvault");
new keyvault.Vault("shop", { resourceGroupName: "shop", properties: { tenantId: "t", sku: { family: "A", name: "standard" }, enablePurgeProtection: "yes" } });`);
    holds(await stack.preview(), "property properties.enablePurgeProtection value {<nil>} has a problem: Expected boolean, got string");
    expect(outside()).toEqual([]);
  });

  it.each(DOUBLES)("end with the engine that started them, however that ended: %s", async (name) => {
    const plugin = spawn(join(stack.root, "provider-doubles", `pulumi-resource-${name}`), {
      env: stack.env,
      stdio: ["pipe", "pipe", "ignore"],
    });
    const [port] = (await once(plugin.stdout, "data")) as [Buffer];
    expect(port.toString()).toMatch(/^\d+\n$/);
    const ended = once(plugin, "exit");
    plugin.stdin.end();
    expect(await ended).toEqual([0, null]);
  });

  it("would be noticed if they spoke to another machine", async () => {
    const stranger = "192.0.2.1";
    spawnSync(process.execPath, ["--eval", `require("node:net").connect(443, "${stranger}")`], { env: stack.env });
    await stack.run(["plugin", "install", "resource", "aws", "7.48.0"]);
    expect(outside()).toEqual(expect.arrayContaining([stranger, expect.stringContaining("CONNECT")]));
  });
});

/** Seven resources, the stack among them. */
const program = (days = 90): string => `
const kms = require("@pulumi/aws/kms");
const keyvault = require("@pulumi/azure-native/keyvault");
const resources = require("@pulumi/azure-native/resources");
const authorization = require("@pulumi/azure-native/authorization");
const key = new kms.Key("customer", {
  description: "of the customer", enableKeyRotation: true, rotationPeriodInDays: ${days}, deletionWindowInDays: 7, tags: { owner: "shop" },
  policy: JSON.stringify({ Version: "2012-10-17", Statement: [
    { Effect: "Allow", Principal: { AWS: ["arn:aws:iam::000000000000:root"] }, Action: "kms:*", Resource: "*" },
  ] }),
});
new kms.Alias("customer", { name: "alias/customer", targetKeyId: key.arn });
const group = new resources.ResourceGroup("shop", { resourceGroupName: "shop", location: "westeurope" });
const vault = new keyvault.Vault("shop", {
  resourceGroupName: group.name, vaultName: "shop-vault",
  properties: {
    tenantId: "00000000-0000-0000-0000-000000000000", sku: { family: "A", name: "standard" },
    enableRbacAuthorization: true, enablePurgeProtection: true, publicNetworkAccess: "Disabled",
  },
});
const wrapping = new keyvault.Key("customer", {
  resourceGroupName: group.name, vaultName: vault.name, keyName: "customer", properties: { kty: "RSA", keySize: 3072 },
});
new authorization.RoleAssignment("plane", {
  scope: wrapping.id, principalId: "11111111-1111-1111-1111-111111111111", principalType: "ServicePrincipal",
  roleDefinitionId: "/subscriptions/00000000-0000-0000-0000-000000000000/providers/Microsoft.Authorization/roleDefinitions/12338af0-0e69-4776-bea7-57ae8d297424",
});
`;

const TRAP = `
const { appendFileSync } = require("node:fs");
const { Socket } = require("node:net");
const connect = Socket.prototype.connect;
Socket.prototype.connect = function (...args) {
  const [{ path, host = "localhost" }] = Array.isArray(args[0]) ? args[0] : [typeof args[0] === "object" ? args[0] : { host: args[1] }];
  if (path === undefined && !["127.0.0.1", "::1", "localhost"].includes(host)) {
    appendFileSync(__filename + ".log", host + "\\n");
    throw new Error("to this machine alone, not to " + host);
  }
  return connect.apply(this, args);
};
`;

/**
 * Sees what would leave this machine: the CLI, a program in Go, asks a proxy that it is told of and that loopback is excepted from; program and
 * plugins, in Node, note every other address instead of connecting.
 */
async function trapTraffic(
  root: string,
  nodeOptions = "",
): Promise<{ outside: () => string[]; environment: Record<string, string>; close: () => Promise<void> }> {
  const asked: string[] = [];
  const proxy = createServer((socket) => {
    socket
      .on("error", () => undefined)
      .once("data", (chunk) => {
        asked.push(chunk.toString().split("\r\n")[0] ?? "");
        socket.destroy();
      });
  });
  await new Promise<void>((ready) => proxy.listen(0, "127.0.0.1", ready));
  const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const script = join(root, "trap.cjs");
  writeFileSync(script, TRAP);
  writeFileSync(`${script}.log`, "");
  return {
    outside: () => [...asked, ...readFileSync(`${script}.log`, "utf8").split("\n").filter(Boolean)],
    environment: { HTTP_PROXY: url, HTTPS_PROXY: url, NODE_OPTIONS: `${nodeOptions} --require ${script}` },
    close: () =>
      new Promise((closed) => {
        proxy.close(() => {
          closed();
        });
      }),
  };
}
