import type { TokenCredential } from "@azure/identity";
import { TransferRequest } from "@palisade/neon/contract/wire/transfer";
import { endPlanes } from "../../support/plane.js";
import { until } from "../../support/until.js";
import { AzureCloud } from "./clouds.js";
import { filesOf, openedKeys, ORGANIZATION, OTHER, pathOf, PROJECT, Scene } from "./scene.js";

// Keys of 2048 bits take their time on a machine that is busy.
jest.setTimeout(60_000);

let cloud: AzureCloud;
beforeAll(async () => {
  cloud = await AzureCloud.start();
});
afterEach(() => {
  cloud.heal();
});
afterAll(async () => {
  await endPlanes();
  await cloud.stop();
});

const open = async (sealed = 1) => {
  const key = await cloud.newKey();
  const scene = await Scene.open({ clients: cloud.clients, allowed: [key.reference], sealed });
  const opened = () => openedKeys(scene.plane.directory, [key.provider]);
  return { key, scene, opened, before: await opened() };
};
interface AuditEntry {
  readonly object: { readonly kind: string };
}
const SETTINGS = { on_revoked: "suspend", rewrap_after_rotation: true };

it("puts what is sealed under the key that is named, and back under the local one when it is removed", async () => {
  const { key, scene, opened, before } = await open(3);
  const put = await scene.put(key.named, { annotations: { by: "a test" } });
  expect(put).toMatchObject({
    project_id: PROJECT,
    ...key.named,
    ...SETTINGS,
    annotations: { by: "a test" },
    sealed_objects: 0,
    state: "rotating",
    reason: "keys are being put under this key",
    erasure_keys: 3,
    erasure_keys_to_rewrap: 3,
  });
  const { key_version } = await scene.settled();
  expect(key_version).toContain(`${key.reference}/`);
  expect(await scene.entries()).toEqual([1, 2, 3].map(() => ({ service: "azureKeyVault", keyId: key_version })));
  expect(await opened()).toEqual(before);
  const { status, body } = await scene.api.call("DELETE", pathOf());
  expect([status, body]).toMatchObject([200, { customer_managed_key: { state: "rotating", erasure_keys_to_rewrap: 3 } }]);
  expect(body).not.toHaveProperty("released_erasure_keys");
  await scene.released();
  expect((await scene.entries()).map(({ service }) => service)).toEqual(["localKms", "localKms", "localKms"]);
  expect(await opened()).toEqual(before);
});

it("each call leaves a row in the audit, with the key and without the canary", async () => {
  const { key, scene } = await open();
  await scene.put(key.named);
  await scene.settled();
  await scene.api.call("DELETE", pathOf());
  const { entries } = (await scene.api.call("GET", `/x-palisade/audit?org_id=${ORGANIZATION}`)).body as { entries: AuditEntry[] };
  const rows = entries.filter(({ object }) => object.kind === "customer_managed_key");
  const call = "/x-palisade/projects/:project_id/customer_managed_key";
  expect(rows).toMatchObject([
    { call: `DELETE ${call}`, owner: { type: "organization", id: ORGANIZATION }, project_id: PROJECT, after: { removing: "rewrap" } },
    { call: `PUT ${call}`, owner: { type: "organization", id: ORGANIZATION }, project_id: PROJECT, after: key.named },
  ]);
  expect(JSON.stringify(rows)).not.toMatch(/canary|bytes/);
});

it("the same call again changes nothing but what it says", async () => {
  const { key, scene } = await open();
  const first = await scene.put(key.named);
  await scene.settled();
  const again = await scene.put(key.named, { on_revoked: "refuse_starts" });
  expect(again).toMatchObject({ state: "active", on_revoked: "refuse_starts", created_at: first.created_at, erasure_keys_to_rewrap: 0 });
  expect(again).not.toHaveProperty("annotations");
});

it("a version of the key that is new is taken over at the next look, where that is wanted", async () => {
  const { key, scene, opened, before } = await open();
  await scene.put(key.named);
  const first = await scene.settled();
  await key.rotate();
  await scene.look();
  const second = await scene.settled();
  expect(second.key_version).not.toBe(first.key_version);
  expect(await scene.entries()).toEqual([{ service: "azureKeyVault", keyId: second.key_version }]);
  await scene.put(key.named, { rewrap_after_rotation: false });
  await key.rotate();
  const third = await scene.look();
  expect(third).toMatchObject({ state: "active", erasure_keys_to_rewrap: 0 });
  expect(third.key_version).not.toBe(second.key_version);
  expect(await scene.entries()).toEqual([{ service: "azureKeyVault", keyId: second.key_version }]);
  expect(await opened()).toEqual(before);
});

it("a new version of the local key is taken over, too", async () => {
  const { scene, opened, before } = await open();
  const { local } = await filesOf(scene.plane.directory);
  await local.rotate();
  const { keyId } = await local.describe();
  await scene.advance(61);
  await until("the new version is taken over", async () => (await scene.entries()).every((entry) => entry.keyId === keyId));
  expect(await opened()).toEqual(before);
});

it("a move that comes to a halt says why, loses nothing, and is gone on with after a start of the plane", async () => {
  const { key, scene, opened, before } = await open(40);
  const [next, { directory }] = [await cloud.newKey(), scene.plane];
  await scene.put(key.named);
  await scene.settled();
  await scene.stop();
  const allowed = [key.reference, next.reference];
  const both = () => openedKeys(directory, [key.provider, next.provider]);
  const second = await Scene.open({ clients: cloud.clients, allowed, directory });
  await second.put(next.named);
  // By then a part of them is moved, or none.
  cloud.double.vault.injectFault("wrapKey", { status: 403, code: "Forbidden", inner: "ForbiddenByRbac" });
  await second.stop();
  expect(await both()).toEqual(before);
  const third = await Scene.open({ clients: cloud.clients, allowed, directory });
  const isHalted = async () => (await third.key()).reason?.includes("does not let the plane use the key");
  await until(
    "the move says why it halts, or had ended",
    async () => (await isHalted()) === true || (await third.key()).state === "active",
  );
  expect(await both()).toEqual(before);
  cloud.heal();
  await third.look();
  const { key_version } = await third.settled();
  expect(new Set((await third.entries()).map(({ keyId }) => keyId))).toEqual(new Set([key_version]));
  expect(key_version).toContain(next.reference);
  expect(await both()).toEqual(before);
  await key.delete();
  expect(await third.look()).toMatchObject({ state: "active" });
  expect(await opened().catch((error: unknown) => String(error))).toContain("nothing opens");
});

it("of two calls at once one key is the project's, and what is sealed opens", async () => {
  const { key, scene } = await open(20);
  const { directory } = scene.plane;
  await scene.stop();
  const other = await cloud.newKey();
  const both = () => openedKeys(directory, [key.provider, other.provider]);
  const before = await both();
  const again = await Scene.open({ clients: cloud.clients, allowed: [key.reference, other.reference], directory });
  await Promise.all([again.put(key.named), again.put(other.named), again.put(key.named)]);
  const { key_version } = await again.settled();
  expect(new Set((await again.entries()).map(({ keyId }) => keyId))).toEqual(new Set([key_version]));
  expect(await both()).toEqual(before);
});

describe("removing a key that cannot be used", () => {
  it("is refused and says what would be lost, and gives that up where it is asked to", async () => {
    const { key, scene } = await open(3);
    await scene.put(key.named);
    await scene.settled();
    await key.disable();
    const refused = await scene.api.refused("DELETE", pathOf());
    expect(refused).toMatchObject({ status: 422, code: "CUSTOMER_KEY_UNUSABLE" });
    expect(refused.message).toMatch(
      /because 3 erasure keys are under it \(release=true .*The key is disabled: .*Enable it where it is kept/,
    );
    expect(await scene.entries()).toHaveLength(3);
    const { status, body } = await scene.api.call("DELETE", `${pathOf()}?release=true`);
    expect([status, body]).toMatchObject([200, { released_erasure_keys: 3 }]);
    await scene.released();
    expect(await scene.entries()).toEqual([]);
  });

  it("gives nothing up where it opens after all", async () => {
    const { key, scene, opened, before } = await open(2);
    await scene.put(key.named);
    await scene.settled();
    const { body } = await scene.api.call("DELETE", `${pathOf()}?release=true`);
    expect(body).not.toHaveProperty("released_erasure_keys");
    await scene.released();
    expect(await opened()).toEqual(before);
  });

  it("is done where nothing is under it", async () => {
    const { key, scene } = await open(0);
    await scene.put(key.named);
    await key.disable();
    expect(await scene.api.call("DELETE", pathOf())).toMatchObject({ status: 200 });
    await scene.released();
  });
});

describe("whose key", () => {
  it("a key that its operator has not allowed for the organisation is refused, whoever else may use it", async () => {
    const { key, scene } = await open();
    const stranger = scene.plane.api.withKey("napi_other");
    const { body } = await stranger.call("POST", "/projects", { project: { org_id: OTHER } });
    const { project } = body as { project: { id: string } };
    const refused = await stranger.refused("PUT", pathOf(project.id), { ...key.named, ...SETTINGS });
    expect(refused).toMatchObject({ status: 403, message: expect.stringContaining(key.reference) as string });
    expect(refused.message).toMatch(/Have the operator of the plane allow the key for the organisation/);
    expect(await stranger.refused("GET", pathOf(project.id))).toMatchObject({ status: 404 });
  });

  it("a permission that the operator takes back counts as refused", async () => {
    const { key, scene } = await open();
    await scene.put(key.named);
    await scene.stop();
    const again = await Scene.open({ clients: cloud.clients, allowed: [], directory: scene.plane.directory });
    expect(await again.look()).toMatchObject({ state: "revoked", reason: expect.stringContaining("PAL_CMK_NOT_ALLOWED") as string });
  });

  it.each([
    ["none", {}, "exactly one of aws_kms and azure_key_vault"],
    ["an alias", { aws_kms: { key_arn: "arn:aws:kms:eu-central-1:111122223333:alias/mine" } }, "aws_kms: keyArn"],
    ["an address that is no vault", { azure_key_vault: { vault_url: "https://evil.example", key_name: "k" } }, "azure_key_vault: vaultUrl"],
    [
      "two",
      { aws_kms: { key_arn: "x" }, azure_key_vault: { vault_url: "https://acme.vault.azure.net", key_name: "k" } },
      "exactly one of aws_kms and azure_key_vault",
    ],
  ])("%s is refused by its field", async (_, named, says) => {
    const { scene } = await open(0);
    const refused = await scene.api.refused("PUT", pathOf(), { ...named, ...SETTINGS });
    expect(refused).toMatchObject({ status: 400, message: expect.stringContaining(says) as string });
  });

  it("of a project that is deleted while its key is tried, nothing is kept", async () => {
    const key = await cloud.newKey();
    let [isAsked, answer]: [boolean, () => void] = [false, () => undefined];
    const { azureKeyVault } = cloud.clients;
    const credential: TokenCredential = {
      getToken: async (...words) => {
        isAsked = true;
        await new Promise<void>((resolve) => (answer = resolve));
        return azureKeyVault?.credential?.getToken(...words) ?? null;
      },
    };
    const scene = await Scene.open({ clients: { azureKeyVault: { ...azureKeyVault, credential } }, allowed: [key.reference] });
    const putting = scene.api.refused("PUT", pathOf(), { ...key.named, ...SETTINGS });
    await until("the vault is asked", () => isAsked);
    expect(await scene.api.call("DELETE", `/projects/${PROJECT}`)).toMatchObject({ status: 200 });
    const again = setInterval(() => {
      answer();
    }, 5);
    expect(await putting).toMatchObject({ status: 404, message: "project not found" });
    clearInterval(again);
    expect(await scene.api.call("POST", `/projects/${PROJECT}/recover`)).toMatchObject({ status: 200 });
    expect(await scene.api.refused("GET", pathOf())).toMatchObject({ status: 404, message: "project has no customer-managed key" });
  });
});

describe("a project that moves to another organisation", () => {
  const transfer = async (scene: Scene) => {
    const { id } = await scene.api.ok(TransferRequest, "POST", `/projects/${PROJECT}/transfer_requests`, {});
    const other = scene.plane.api.withKey("napi_other");
    return other.call("PUT", `/projects/${PROJECT}/transfer_requests/${id}`, { org_id: OTHER });
  };

  it("does not while it is under its customer's key", async () => {
    const { key, scene } = await open();
    await scene.put(key.named);
    expect(await transfer(scene)).toMatchObject({ status: 406, body: { reasons: [{ code: "CUSTOMER_MANAGED_KEY" }] } });
  });

  it("under the local key keeps what is sealed, and is bound to its new organisation by then", async () => {
    const { scene, opened, before } = await open();
    expect((await transfer(scene)).status).toBe(204);
    const organizations = async () => (await filesOf(scene.plane.directory)).keyring.list().map(({ context }) => context.organization);
    expect(await organizations()).toEqual([ORGANIZATION]);
    expect(await opened()).toEqual(before);
    await scene.advance(61);
    await until("it is bound to the new organisation", async () => (await organizations()).every((id) => id === OTHER));
    expect(await opened()).toEqual(before);
  });
});
