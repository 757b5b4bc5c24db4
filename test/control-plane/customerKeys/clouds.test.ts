import { ExternalIdResponse } from "@palisade/neon/contract/wire/customerManagedKey";
import { buildPlane, endPlanes, planeDirectory, startPlaneProcess } from "../../support/plane.js";
import { until } from "../../support/until.js";
import { type AwsCloud, AzureCloud, type Cloud, type CloudKey, CLOUDS, USE } from "./clouds.js";
import { filesOf, openedKeys, ORGANIZATION, OTHER, pathOf, PROJECT, Scene, sealSomething } from "./scene.js";

// The first start of the doubles, and keys of 2048 bits, take their time on a machine that is busy.
jest.setTimeout(60_000);

const SETTINGS = { on_revoked: "suspend", rewrap_after_rotation: true };
const [aws] = CLOUDS;
const runAws = aws?.missing === undefined ? it : it.skip;

afterAll(endPlanes);

describe.each(CLOUDS)("$name, when a key is named that cannot be used", ({ missing, start }) => {
  const run = missing === undefined ? it : it.skip;
  let cloud: Cloud;
  let key: CloudKey;
  let scene: Scene;
  beforeAll(async () => {
    if (missing !== undefined) return;
    cloud = await start();
    key = await cloud.newKey();
    scene = await Scene.open({ clients: cloud.clients, allowed: [key.reference, cloud.nobodysKey.reference] });
  });
  afterAll(async () => {
    if (missing !== undefined) return;
    await scene.stop();
    await cloud.stop();
  });

  const refusedAs = async (kind: string, named: Pick<CloudKey, "named" | "reference"> = key) => {
    const { status, body } = await scene.api.call("PUT", pathOf(), { ...named.named, ...SETTINGS });
    expect([status, body]).toMatchObject([422, { code: "CUSTOMER_KEY_UNUSABLE", key_failure: { kind, key: named.reference } }]);
    expect((body as { message: string }).message).toContain(named.reference);
    expect(await scene.api.call("GET", pathOf())).toMatchObject({ status: 404 });
  };

  run("says which of the reasons it is, and keeps nothing", async () => {
    await key.disable();
    await refusedAs("disabled");
    await key.enable();
    await key.delete();
    await refusedAs("pendingDeletion");
    await key.recover();
    await cloud.deny();
    await refusedAs("denied");
    await cloud.permit();
    await refusedAs("notFound", cloud.nobodysKey);
    for (const [how, kind] of [
      ["throttled", "throttled"],
      ["error", "unavailable"],
      ["cut", "unavailable"],
    ] as const) {
      cloud.fail(how);
      await refusedAs(kind);
      cloud.heal();
    }
    expect(await scene.put(key.named)).toMatchObject({ project_id: PROJECT });
  });
});

describe("AWS", () => {
  let cloud: AwsCloud;
  beforeAll(async () => {
    if (aws?.missing === undefined) cloud = (await aws?.start()) as AwsCloud;
  });
  afterAll(async () => {
    await endPlanes();
    if (aws?.missing === undefined) await cloud.stop();
  });

  runAws("from one cloud to the other and to the local key, what is sealed opens at every moment", async () => {
    const azure = await AzureCloud.start();
    const keys = [await cloud.newKey(), await azure.newKey()] as const;
    const clients = { ...cloud.clients, ...azure.clients };
    const scene = await Scene.open({ clients, allowed: keys.map(({ reference }) => reference), sealed: 20 });
    const opened = () =>
      openedKeys(
        scene.plane.directory,
        keys.map(({ provider }) => provider),
      );
    const before = await opened();
    for (const [at, service] of [
      [0, "awsKms"],
      [1, "azureKeyVault"],
      [0, "awsKms"],
    ] as const) {
      await scene.put(keys[at].named);
      expect(await opened()).toEqual(before);
      await scene.settled();
      expect(new Set((await scene.entries()).map((entry) => entry.service))).toEqual(new Set([service]));
      expect(await opened()).toEqual(before);
    }
    await scene.api.call("DELETE", pathOf());
    await scene.released();
    expect(new Set((await scene.entries()).map((entry) => entry.service))).toEqual(new Set(["localKms"]));
    expect(await opened()).toEqual(before);
    await scene.stop();
    await azure.stop();
  });

  runAws("a plane that is killed in the middle of a move goes on at its next start", async () => {
    buildPlane();
    const dataDirectory = planeDirectory();
    const key = await cloud.newKey();
    const first = await Scene.open({ allowed: [], directory: dataDirectory, isNew: true });
    await first.stop();
    await sealSomething(dataDirectory, 50);
    const opened = () => openedKeys(dataDirectory, [key.provider]);
    const before = await opened();
    const options = { dataDirectory, allowedKeys: [{ organization: ORGANIZATION, key: key.reference }] };
    const entries = async () => (await filesOf(dataDirectory)).keyring.list().map(({ wrapped }) => wrapped.service);
    await cloud.asChain(async () => {
      const plane = await startPlaneProcess(options);
      expect(await plane.api.withKey("napi_customer").call("PUT", pathOf(), { ...key.named, ...SETTINGS })).toMatchObject({ status: 200 });
      await until("the move has begun", async () => (await entries()).includes("awsKms"));
      await plane.end("SIGKILL");
    });
    expect(await opened()).toEqual(before);
    const second = await Scene.open({ clients: cloud.clients, allowed: [key.reference], directory: dataDirectory });
    await second.settled();
    expect(new Set(await entries())).toEqual(new Set(["awsKms"]));
    expect(await opened()).toEqual(before);
  });

  runAws("a role is used with the external id of its organisation, and by nobody else", async () => {
    const key = await cloud.newKey();
    const scene = await Scene.open({ clients: cloud.clients, allowed: [] });
    const idOf = async (api: Scene["api"], organization: string) =>
      (await api.ok(ExternalIdResponse, "GET", `/x-palisade/organizations/${organization}/external_id`)).external_id;
    const stranger = scene.plane.api.withKey("napi_other");
    const externalId = await idOf(scene.api, ORGANIZATION);
    expect(await idOf(stranger, OTHER)).not.toBe(externalId);
    expect(await stranger.refused("GET", `/x-palisade/organizations/${ORGANIZATION}/external_id`)).toMatchObject({ status: 404 });
    const trust = { StringEquals: { "sts:ExternalId": externalId } };
    const role_arn = await cloud.account.createRole("customer", trust, [{ Effect: "Allow", Action: USE, Resource: key.reference }]);
    await cloud.account.allowUser("plane", [{ Effect: "Allow", Action: "sts:AssumeRole", Resource: "*" }]);
    const aws_kms = { key_arn: key.reference, role_arn };
    await scene.put({ aws_kms });
    await scene.settled();
    const { project } = (await stranger.call("POST", "/projects", { project: { org_id: OTHER } })).body as { project: { id: string } };
    const { status, body } = await stranger.call("PUT", pathOf(project.id), { aws_kms, ...SETTINGS });
    expect([status, body]).toMatchObject([422, { key_failure: { kind: "denied", source: "awsSts" } }]);
    const open = await cloud.account.createRole("open", undefined, [{ Effect: "Allow", Action: USE, Resource: key.reference }]);
    const refused = await scene.api.refused("PUT", pathOf(), { aws_kms: { key_arn: key.reference, role_arn: open }, ...SETTINGS });
    expect(refused).toMatchObject({ status: 403, message: expect.stringContaining("can be assumed with any sts:ExternalId") as string });
    await cloud.permit();
  });
});
