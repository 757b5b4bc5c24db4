import { createHash } from "node:crypto";
import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { type CustomerManagedKey, CustomerManagedKeyResponse } from "@palisade/neon/contract/wire/customerManagedKey";
import { CreatedProject } from "@palisade/neon/contract/wire/project";
import { EndpointResponse, EndpointsResponse } from "@palisade/neon/contract/wire/endpoint";
import { Clock } from "../../../control-plane/clock.js";
import { ErasureKeys } from "../../../control-plane/encryption/erasureKeys.js";
import { Keyring } from "../../../control-plane/encryption/keyring.js";
import { LocalKms } from "../../../encryption/keys/localKms.js";
import type { KeyProvider } from "../../../encryption/keys/keyProvider.js";
import type { KeyClients } from "../../../control-plane/services/customerKeys/providers.js";
import type { NamedKey } from "../../../control-plane/store/kinds.js";
import { type Api, planeDirectory, startPlane, type TestPlane } from "../../support/plane.js";
import { until } from "../../support/until.js";

export const ORGANIZATION = "org-customer-12345678";
export const OTHER = "org-other-12345678";
export const PROJECT = "vault-project-00000001";
export const BRANCH = "br-sealed-sea-a1111111";

export const SEED = {
  organisations: [
    { name: "Customer", id: ORGANIZATION },
    { name: "Other", id: OTHER },
  ],
  projects: [
    { name: "sealed", id: PROJECT, organisation: "Customer", branches: [{ name: "main", id: BRANCH }] },
    { name: "plain", id: "plain-project-00000001", organisation: "Customer" },
  ],
  keys: [
    { kind: "organisation", name: "customer", organisation: "Customer", key: "napi_customer" },
    { kind: "organisation", name: "other", organisation: "Other", key: "napi_other" },
  ],
};

export const pathOf = (project = PROJECT): string => `/x-palisade/projects/${project}/customer_managed_key`;

export interface SceneOptions {
  readonly clients?: KeyClients;
  /** References that are allowed for the customer's organisation. */
  readonly allowed: readonly string[];
  readonly computes?: "records" | "postgres";
  /** Whether it is to be begun with the seed, though it is given. */
  readonly isNew?: boolean;
  /** Default: a new one, with branches that were sealed under the local key already. */
  readonly directory?: string;
  /** How many branches were sealed. Default: 1 */
  readonly sealed?: number;
}

/** A plane with a customer's project in it. */
export class Scene {
  readonly api: Api;

  private constructor(
    readonly plane: TestPlane,
    readonly project: string,
  ) {
    this.api = plane.api.withKey("napi_customer");
  }

  static async open({
    clients,
    allowed,
    computes = "records",
    directory,
    sealed = 1,
    isNew = directory === undefined,
  }: SceneOptions): Promise<Scene> {
    const dataDirectory = directory ?? planeDirectory();
    if (directory === undefined) await sealSomething(dataDirectory, sealed);
    const plane = await startPlane({
      dataDirectory,
      seed: isNew ? SEED : undefined,
      computes,
      ...(computes === "postgres" && { proxyPort: 0 }),
      allowedKeys: allowed.map((key) => ({ organization: ORGANIZATION, key })),
      keyClients: clients,
    });
    return new Scene(plane, PROJECT);
  }

  /** The same plane, and another project of the customer's that the API makes. */
  async another(): Promise<Scene> {
    const { project } = await this.api.ok(CreatedProject, "POST", "/projects", { project: { org_id: ORGANIZATION } });
    await this.api.settled(project.id);
    return new Scene(this.plane, project.id);
  }

  async put(named: NamedKey, more: Partial<CustomerManagedKey> = {}): Promise<CustomerManagedKey> {
    const body = { ...named, on_revoked: "suspend", rewrap_after_rotation: true, ...more };
    return (await this.api.ok(CustomerManagedKeyResponse, "PUT", pathOf(this.project), body)).customer_managed_key;
  }

  async key(): Promise<CustomerManagedKey> {
    return (await this.api.ok(CustomerManagedKeyResponse, "GET", pathOf(this.project))).customer_managed_key;
  }

  /** Nothing is left to be moved. */
  async settled(): Promise<CustomerManagedKey> {
    return until("the keys are moved", async () => {
      const key = await this.key();
      return key.state === "active" && key.erasure_keys_to_rewrap === 0 ? key : undefined;
    });
  }

  /** The plane's time moves on, past the next look at the key, and that look is over. */
  async look(): Promise<CustomerManagedKey> {
    const { last_checked_at } = await this.key();
    await this.advance(70);
    return until("the key is looked at", async () => {
      const key = await this.key();
      return key.last_checked_at > last_checked_at ? key : undefined;
    });
  }

  async advance(advanceSeconds: number): Promise<void> {
    const { status } = await this.plane.api.call("POST", "/x-palisade/test/clock", { advanceSeconds });
    if (status !== 200) throw new Error(`the clock answered ${status}`);
  }

  /** The project has no key of its own any more. */
  async released(): Promise<void> {
    await until("the key is removed", async () => (await this.api.call("GET", pathOf(this.project))).status === 404);
  }

  /** The path of the project's compute. */
  async compute(): Promise<string> {
    const { endpoints } = await this.api.ok(EndpointsResponse, "GET", `/projects/${this.project}/endpoints`);
    return `/projects/${this.project}/endpoints/${endpoints[0]?.id ?? ""}`;
  }

  async state(): Promise<{ current_state: string; pending_state?: string | undefined }> {
    return (await this.api.ok(EndpointResponse, "GET", await this.compute())).endpoint;
  }

  /** The compute is suspended. */
  async idle(): Promise<void> {
    await until("the compute is idle", async () => {
      const { current_state, pending_state } = await this.state();
      return current_state === "idle" && pending_state === undefined;
    });
  }

  /** What the keyring file says: services and keys of the project's entries. */
  async entries(): Promise<{ service: string; keyId: string }[]> {
    const { keyring } = await filesOf(this.plane.directory);
    return keyring.list({ project: this.project }).map(({ wrapped: { service, keyId } }) => ({ service, keyId }));
  }

  stop(): Promise<void> {
    return this.plane.stop();
  }
}

/** Makes erasure keys of branches under the local key, as a plane leaves them that has sealed something. */
export async function sealSomething(dataDirectory: string, count: number): Promise<void> {
  await mkdir(join(dataDirectory, "keys"), { recursive: true, mode: 0o700 });
  const { keyring, local } = await filesOf(dataDirectory);
  const keys = new ErasureKeys(keyring, { getCurrentProvider: () => local, getWrappingProvider: () => local }, new Clock());
  for (let number = 0; number < count; number++) {
    const branch = number === 0 ? BRANCH : `br-sealed-sea-a${String(number).padStart(7, "0")}`;
    const context = { organization: ORGANIZATION, project: PROJECT, branch, purpose: "stopped", object: branch } as const;
    await keys.useNewDataKey(context, () => Promise.resolve());
  }
}

/** The files of keys of a data directory, as they are on the disk. */
export async function filesOf(dataDirectory: string): Promise<{ keyring: Keyring; local: LocalKms }> {
  const folder = join(dataDirectory, "keys");
  const file = join(folder, "keyring.json");
  return { keyring: await readBetweenWrites(file, () => Keyring.open(file)), local: await LocalKms.open(join(folder, "local.json")) };
}

/** A plane that runs replaces the file and then overwrites what it was: whoever has just opened that finds nothing in it. */
async function readBetweenWrites<T>(file: string, open: () => Promise<T>): Promise<T> {
  const identify = () =>
    stat(file).then(
      ({ ino }) => ino,
      () => undefined,
    );
  const before = await identify();
  return open().catch(async (error: unknown) => {
    if ((await identify()) === before) throw error;
    return readBetweenWrites(file, open);
  });
}

/** The digests of the erasure keys in a data directory, each opened by the key that wraps it: what is sealed can be read as long as they are there. */
export async function openedKeys(dataDirectory: string, providers: readonly KeyProvider[]): Promise<string[]> {
  const { keyring, local } = await filesOf(dataDirectory);
  const opened = keyring.list().map(async ({ id, wrapped, context }) => {
    const provider =
      wrapped.service === "localKms" ? local : providers.find(({ reference }) => wrapped.keyId.toLowerCase().startsWith(reference));
    if (provider === undefined) throw new Error(`nothing opens ${id}, which is under ${wrapped.keyId}`);
    return createHash("sha256")
      .update(await provider.unwrap(wrapped, context))
      .digest("hex");
  });
  return (await Promise.all(opened)).sort();
}
