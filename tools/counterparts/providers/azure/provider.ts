import type { KindDouble, ProviderDouble } from "../providerDouble.js";
import { type Properties, findText } from "../values.js";
import { type ArmKind, KINDS } from "./kinds.js";
import { applyChanges } from "./refresh.js";
import { ArmStore } from "./armStore.js";

/** The environment's word for the file of the double's objects. */
export const STATE_FILE = "PALISADE_ARM_DOUBLE_FILE";

/** What a program may say of the provider. Credentials are none of it: nobody is asked. */
const SUPPORTED_SETTINGS: ReadonlySet<string> = new Set(["location", "subscriptionId", "tenantId", "version"]);
const NIL_GUID = "00000000-0000-0000-0000-000000000000";

interface Settings {
  readonly subscriptionId: string;
  readonly tenantId: string;
  readonly location: string | undefined;
}

/** A double of the provider of @pulumi/azure-native: objects in a file, with ids and refusals as ARM has them. It connects to nothing. */
export function createAzureDouble(environment: NodeJS.ProcessEnv): ProviderDouble {
  let kinds: Readonly<Record<string, KindDouble>> = {};
  let settings: Settings | undefined;
  return {
    sdk: "@pulumi/azure-native",
    configure: (config) => {
      const other = Object.keys(config).find((name) => !SUPPORTED_SETTINGS.has(name));
      if (other !== undefined) throw new Error(`the double of azure-native does not take "azure-native:${other}"`);
      const file = environment[STATE_FILE];
      if (file === undefined) throw new Error(`${STATE_FILE} must name the file of the double's objects`);
      const found = {
        subscriptionId: findText(config["subscriptionId"]) ?? environment["ARM_SUBSCRIPTION_ID"] ?? NIL_GUID,
        tenantId: findText(config["tenantId"]) ?? environment["ARM_TENANT_ID"] ?? NIL_GUID,
        location: findText(config["location"]),
      };
      settings = found;
      const store = new ArmStore(file);
      kinds = Object.fromEntries(Object.entries(KINDS).map(([token, kind]) => [token, createKindDouble(token, kind, store, found)]));
    },
    kind: (token) => kinds[token],
    invoke: (token, args) => {
      if (settings === undefined) return undefined;
      const { subscriptionId, tenantId } = settings;
      if (token === "azure-native:resources:getResource") return lookUp(environment, subscriptionId, args);
      if (token !== "azure-native:authorization:getClientConfig") return undefined;
      return Promise.resolve({ clientId: NIL_GUID, objectId: NIL_GUID, subscriptionId, tenantId });
    },
  };
}

/** An object of any kind by its names, as ARM itself answers it. */
function lookUp(environment: NodeJS.ProcessEnv, subscriptionId: string, args: Properties): Promise<Properties> {
  const [group, namespace] = [findText(args["resourceGroupName"]) ?? "", findText(args["resourceProviderNamespace"]) ?? ""];
  const own = [findText(args["parentResourcePath"]), findText(args["resourceType"]), findText(args["resourceName"])]
    .filter(Boolean)
    .join("/");
  const id = `/subscriptions/${subscriptionId}/resourceGroups/${group}/providers/${namespace}/${own}`;
  const found = new ArmStore(environment[STATE_FILE] ?? "").get(id);
  if (found === undefined) return Promise.reject(new Error(`ResourceNotFound: there is no ${id}`));
  return Promise.resolve({ id, name: id.split("/").at(-1), type: getResourceType(id), properties: found.properties });
}

function createKindDouble(token: string, kind: ArmKind, store: ArmStore, settings: Settings): KindDouble {
  const names = [...kind.path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name).filter((name) => name !== "subscriptionId");
  const objectOf = (id: string, inputs: Properties, before?: Properties) => {
    const location = inputs["location"] ?? settings.location ?? findGroupLocation(store, id);
    const own = { azureApiVersion: "double", name: id.split("/").at(-1), type: getResourceType(id), provisioningState: "Succeeded" };
    return {
      id,
      token,
      properties: { ...own, ...(location !== undefined && { location }), ...inputs, ...kind.outputs?.(inputs, id, before) },
    };
  };
  return {
    replacedBy: [...names, "location"],
    autoName: {
      input: names.at(-1) ?? "",
      make: (name, random) => (token.endsWith(":RoleAssignment") ? formatGuid(random) : name + random.slice(0, 8)),
    },
    create: (inputs) => {
      const id = buildId(kind.path, { ...inputs, subscriptionId: settings.subscriptionId });
      const refusal = refuseCreate(id, kind, store) ?? kind.refuse?.(inputs, undefined);
      if (refusal !== undefined) throw new Error(refusal);
      store.put(objectOf(id, inputs));
      return Promise.resolve(id);
    },
    read: (id) => Promise.resolve(store.get(id)?.properties),
    update: (id, inputs, live) => {
      const refusal = kind.refuse?.(inputs, live);
      if (refusal !== undefined) throw new Error(refusal);
      if (kind.writtenOnce !== true) store.put(objectOf(id, inputs, live));
      return Promise.resolve();
    },
    delete: (id) => {
      if (store.get(id) !== undefined) store.remove(id, kind.recoverable === true);
      return Promise.resolve();
    },
    refreshInputs: applyChanges,
  };
}

const buildId = (path: string, inputs: Properties): string => path.replace(/\{(\w+)\}/g, (_, name: string) => findText(inputs[name]) ?? "");

function refuseCreate(id: string, { recoverable }: ArmKind, store: ArmStore): string | undefined {
  if (store.get(id) !== undefined) return `cannot create already existing resource '${id}'`;
  const name = id.split("/").at(-1) ?? "";
  // Names of vaults are unique, whatever their group.
  const isHeld = (one: string) =>
    one === id.toLowerCase() || (/\/vaults\/[^/]+$/i.test(id) && one.endsWith(`/vaults/${name.toLowerCase()}`));
  if (recoverable === true && store.listDeleted().some(isHeld))
    return `ConflictError: "${name}" is deleted and recoverable: recover or purge it`;
  if (recoverable === true && store.list().some((one) => isHeld(one.id.toLowerCase())))
    return `VaultAlreadyExists: the name "${name}" is in use`;
  const parent = findParentId(id);
  if (parent === undefined || store.get(parent) !== undefined) return undefined;
  return `${/\/resourceGroups\/[^/]+$/i.test(parent) ? "ResourceGroupNotFound" : "ParentResourceNotFound"}: there is no ${parent}`;
}

/** What an object lies in: the object above it, or its resource group. Of a group, of what is of a whole subscription, and of what is assigned at a scope, nothing. */
function findParentId(id: string): string | undefined {
  if (/\/providers\/Microsoft\.Authorization\//i.test(id)) return undefined;
  const at = id.toLowerCase().lastIndexOf("/providers/");
  if (at < 0) return undefined;
  const [above, [, ...own]] = [id.slice(0, at), id.slice(at + "/providers/".length).split("/")];
  if (own.length > 2) return id.split("/").slice(0, -2).join("/");
  return /^\/subscriptions\/[^/]+$/i.test(above) ? undefined : above;
}

/** As `Microsoft.KeyVault/vaults/keys`. */
function getResourceType(id: string): string {
  const [, own] = /^.*\/providers\/(.*)$/.exec(id) ?? [];
  if (own === undefined) return "Microsoft.Resources/resourceGroups";
  return own
    .split("/")
    .filter((_, index) => index === 0 || index % 2 === 1)
    .join("/");
}

/** An object without a region lies where its group does; what lies in another object has none of its own. */
function findGroupLocation(store: ArmStore, id: string): unknown {
  const parent = findParentId(id);
  return parent === undefined || !/\/resourceGroups\/[^/]+$/i.test(parent) ? undefined : store.get(parent)?.properties["location"];
}

const formatGuid = (random: string): string => random.padEnd(32, "0").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, "$1-$2-$3-$4-$5");
