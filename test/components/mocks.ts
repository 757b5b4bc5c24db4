import * as pulumi from "@pulumi/pulumi";
import type { Subject } from "../../policy/subject.js";

/** What a component registers, as the engine would be told it. */
export interface Registered {
  /** With the types of its parents, as the engine makes it. */
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** `TYPE::NAME` of what it waits for. */
  readonly dependencies: readonly string[];
  readonly parent: string;
  readonly ignored: readonly string[];
  readonly retained: boolean;
}

const registered: Registered[] = [];
/** Options by `TYPE::NAME`. */
const options = new Map<string, Omit<Registered, "type" | "name" | "inputs">>();

/** `TYPE::NAME` of a URN. */
const short = (urn: string): string => urn.split("::").slice(2).join("::").replace(/^.*\$/, "");

/** A stack is no part of the URNs of what is in it. */
function formatUrn(parent: string, type: string, name: string): string {
  const parents = parent === "" || parent.includes("::pulumi:pulumi:Stack::") ? "" : `${parent.split("::")[2] ?? ""}$`;
  return `urn:pulumi:dev::shop::${parents}${type}::${name}`;
}

/** As much of a request of the SDK as is looked at here. */
interface Request {
  getType: () => string;
  getName: () => string;
  getParent: () => string;
  getDependenciesList: () => string[];
  getIgnorechangesList: () => string[];
  getRetainondelete: () => boolean;
}

/** What clouds answer of parts of a network. */
const tellNetwork = (name: string) => ({
  dnsEntries: [{ dnsName: `${name}.vpce.amazonaws.com` }],
  state: "accepted",
  ipv6CidrBlock: "2600:1f18::/56",
});
/** And of places for objects. */
const tellStore = (name: string) => ({
  arn: `arn:aws:s3:::${name}`,
  bucket: name,
  primaryEndpoints: { blob: `https://${name}.blob.core.windows.net/` },
});
/** Of what a vault is and has, where roles are assigned and logs are asked for. */
const formatVaultId = (name: string): string => `/subscriptions/0/resourceGroups/shop/providers/Microsoft.KeyVault/vaults/${name}`;
const formatId = (type: string, name: string): string => {
  if (type === "azure-native:keyvault:Key") return `${formatVaultId("shop")}/keys/palisade`;
  return type === "azure-native:keyvault:Vault" ? formatVaultId(name) : `/id/${name}`;
};

/** What look-ups answer, by the names of their functions. */
const ANSWERS: Readonly<Record<string, Record<string, unknown>>> = {
  getAvailabilityZones: { names: ["eu-central-1c", "eu-central-1a", "eu-central-1b"] },
  getCallerIdentity: { accountId: "111122223333", arn: "arn:aws:iam::111122223333:role/deployer" },
  getClientConfig: { subscriptionId: "00000000-0000-4000-8000-000000000009" },
  getRegion: { region: "eu-central-1" },
  getResource: { properties: { resourceGuid: "0F0E0D0C-0000-4000-8000-000000000001" } },
};

/** Makes the engine of this test file one that only listens. */
export async function listenToPrograms(): Promise<void> {
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => {
        const given = inputs as Record<string, unknown>;
        const said = options.get(`${type}::${name}`);
        if (said === undefined) throw new Error(`${type}::${name} was not asked for`);
        registered.push({ type, name, inputs: given, ...said });
        const isStore = type.includes(":s3/") || type.includes(":storage:");
        const told = isStore ? tellStore(name) : { ...tellNetwork(name), ...(type.startsWith("aws:") && { arn: formatArn(type, name) }) };
        const vault = type.endsWith(":Vault") && {
          properties: { ...(given["properties"] as object), vaultUri: `https://${name}.vault.azure.net/` },
        };
        return { id: formatId(type, name), state: { ...told, name, ...given, ...vault } };
      },
      call: ({ token }): Record<string, unknown> => ANSWERS[token.split(":").at(-1) ?? ""] ?? {},
    },
    "shop",
    "dev",
  );
  // Mocks are told of no options.
  const monitor = pulumi.runtime.getMonitor() as unknown as { registerResource: (request: Request, ...rest: unknown[]) => unknown };
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, ...rest) => {
    options.set(`${request.getType()}::${request.getName()}`, {
      urn: formatUrn(request.getParent(), request.getType(), request.getName()),
      dependencies: request.getDependenciesList().map(short),
      parent: short(request.getParent()),
      ignored: request.getIgnorechangesList(),
      retained: request.getRetainondelete(),
    });
    return register(request, ...rest);
  };
}

/** A bucket has no region in its ARN, and a key says that it is one; the rest is enough of one. */
function formatArn(type: string, name: string): string {
  if (type.includes(":s3/")) return `arn:aws:s3:::${name}`;
  const id = type === "aws:kms/key:Key" ? `key/${name}` : name;
  return `arn:aws:${type.split(":")[1]?.split("/")[0] ?? ""}:eu-central-1:111122223333:${id}`;
}

/** What the program registers. The SDK asks in the order in which inputs are known. */
export const registrationsOf = (program: () => pulumi.Resource): Promise<Registered[]> => registrationsOfRun(program);

/** As `registrationsOf`, of what answers a resource, or exports of a program. */
export async function registrationsOfRun(run: () => object | Promise<object>): Promise<Registered[]> {
  registered.length = 0;
  const made = await run();
  // The outputs of a component are known once all of its children are.
  for (const output of Object.values(made)) if (pulumi.Output.isInstance(output)) await valueOf(output);
  await pulumi.runtime.disconnect();
  return [...registered].sort((one, other) => (one.name < other.name ? -1 : 1));
}

export const valueOf = <T>(output: pulumi.Output<T>): Promise<T> => new Promise((resolve) => output.apply(resolve));

/** Those of a type, such as `aws:ec2/subnet:Subnet`, or of a class of ours, such as `PrivateEndpoint`. */
export const ofType = (all: readonly Registered[], type: string): Registered[] =>
  all.filter((one) => one.type === type || one.type === `pulumi-nodejs:dynamic/palisade:${type}`);

/** As the policy pack would be given it. */
export const toSubject = ({ urn, type, inputs, ignored }: Registered): Subject => ({
  ...{ urn, type, inputs },
  kind: undefined,
  protect: false,
  ignoreChanges: ignored,
  origins: {},
});
