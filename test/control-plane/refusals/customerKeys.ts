import { AzureCloud, type CloudKey } from "../customerKeys/clouds.js";
import { pathOf, Scene } from "../customerKeys/scene.js";
import { api, type Provocations } from "./scene.js";

let cloud: AzureCloud;
beforeAll(async () => {
  cloud = await AzureCloud.start();
}, 60_000);
afterAll(() => cloud.stop());

/** Keys of customers; at a double of Key Vault. */
export const CUSTOMER_KEYS = {
  customerKeyNotFound: () => api.refused("GET", pathOf("world-00000001")),
  customerKeyNotAllowed: () =>
    api.refused("PUT", pathOf("world-00000001"), {
      on_revoked: "suspend",
      rewrap_after_rotation: true,
      aws_kms: { key_arn: "arn:aws:kms:eu-central-1:111122223333:key/11111111-1111-4111-8111-111111111111" },
    }),
  customerKeyUnusable: async () => {
    const { scene, key } = await keyed();
    await key.disable();
    return scene.api.refused("PUT", pathOf(), { ...key.named, on_revoked: "suspend", rewrap_after_rotation: true });
  },
  customerKeyHolds: async () => {
    const { scene, key } = await keyed();
    await scene.put(key.named);
    await scene.settled();
    await key.disable();
    return scene.api.refused("DELETE", pathOf());
  },
  customerKeyRefusesStart: async () => {
    const { scene, key } = await keyed();
    await scene.put(key.named, { on_revoked: "refuse_starts" });
    await scene.settled();
    await key.disable();
    await scene.look();
    const compute = await scene.compute();
    await scene.api.call("POST", `${compute}/suspend`);
    await scene.idle();
    return scene.api.refused("POST", `${compute}/start`);
  },
} satisfies Provocations;

async function keyed(): Promise<{ scene: Scene; key: CloudKey }> {
  const key = await cloud.newKey();
  return { key, scene: await Scene.open({ clients: cloud.clients, allowed: [key.reference] }) };
}
