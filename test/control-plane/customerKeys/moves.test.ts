import { endPlanes } from "../../support/plane.js";
import { AzureCloud } from "./clouds.js";
import { PROJECT, pathOf, Scene } from "./scene.js";

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

it("puts what is sealed under the key that is named, and back under the local one when it is removed", async () => {
  const key = await cloud.newKey();
  const scene = await Scene.open({ clients: cloud.clients, allowed: [key.reference] });
  expect(await scene.api.refused("GET", pathOf())).toMatchObject({ status: 404, message: "project has no customer-managed key" });
  const put = await scene.put(key.named, { annotations: { by: "a test" } });
  expect(put).toMatchObject({
    ...{ project_id: PROJECT, ...key.named, on_revoked: "suspend", rewrap_after_rotation: true, annotations: { by: "a test" } },
    ...{
      state: "rotating",
      erasure_keys: 1,
      erasure_keys_to_rewrap: 1,
      key_version: expect.stringContaining(`${key.reference}/`) as string,
    },
  });
  const settled = await scene.settled();
  expect(settled).toMatchObject({ state: "active", erasure_keys: 1, sealed_objects: 0 });
  expect(await scene.entries()).toEqual([{ service: "azureKeyVault", keyId: settled.key_version }]);
  const { status } = await scene.api.call("DELETE", pathOf());
  expect(status).toBe(200);
});
