import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { endPlanes } from "../../support/plane.js";
import { until } from "../../support/until.js";
import { AwsCloud, type Cloud, type CloudKey, CLOUDS } from "./clouds.js";
import { ORGANIZATION, pathOf, PROJECT, Scene } from "./scene.js";

// The first start of the doubles, and keys of 2048 bits, take their time on a machine that is busy.
jest.setTimeout(60_000);

/** What is said to whoever asks for a compute, and what the key says of itself. */
interface Refusal {
  readonly revoke: (cloud: Cloud, key: CloudKey) => Promise<void>;
  readonly allow: (cloud: Cloud, key: CloudKey) => Promise<void>;
  readonly says: RegExp;
}

const REFUSALS: Readonly<Record<string, Refusal>> = {
  disabled: {
    revoke: (_, key) => key.disable(),
    allow: (_, key) => key.enable(),
    says: /The key is disabled: .*Enable it where it is kept/,
  },
  "pending deletion": {
    revoke: (_, key) => key.delete(),
    allow: (_, key) => key.recover(),
    says: /The key is being deleted.*it is deleted at 20\d\d-.*Cancel the deletion or recover the key/,
  },
  denied: {
    revoke: (cloud) => cloud.deny(),
    allow: (cloud) => cloud.permit(),
    says: /The key service does not let the plane use the key: .*Give the plane's role the right to it again/,
  },
};

const TROUBLE = {
  throttled: /The key service limits the rate of calls: /,
  error: /The key service cannot be asked just now, which says nothing about the key: /,
  cut: /\(network says .*Check the network/,
} as const;

describe.each(CLOUDS)("$name", ({ missing, start }) => {
  const run = missing === undefined ? it : it.skip;
  let cloud: Cloud;
  let key: CloudKey;
  let scene: Scene;

  beforeAll(async () => {
    if (missing !== undefined) return;
    cloud = await start();
    key = await cloud.newKey();
    scene = await Scene.open({ clients: cloud.clients, allowed: [key.reference] });
    await scene.put(key.named);
    await scene.settled();
  });
  afterAll(async () => {
    await endPlanes();
    if (missing === undefined) await cloud.stop();
  });

  const running = () =>
    until("the compute is active", async () => {
      const { current_state, pending_state } = await scene.state();
      return current_state === "active" && pending_state === undefined;
    });
  const started = async () => {
    expect(await scene.api.call("POST", `${await scene.compute()}/start`)).toMatchObject({ status: 200 });
    await running();
  };

  describe.each(Object.entries(REFUSALS))("a key that is %s", (_, { revoke, allow, says }) => {
    run("refuses starts at once, suspends what runs at the second look, and returns by itself", async () => {
      await started();
      await revoke(cloud, key);
      expect(await scene.look()).toMatchObject({ state: "revoked", reason: expect.stringMatching(says) as string });
      // A single answer may be of the rights of before: what runs runs on.
      expect(await scene.state()).toMatchObject({ current_state: "active" });
      expect(await scene.api.refused("POST", `${await scene.compute()}/restart`)).toMatchObject({
        status: 422,
        code: "CUSTOMER_KEY_UNUSABLE",
      });
      expect(await scene.look()).toMatchObject({ state: "revoked" });
      await scene.idle();
      const refused = await scene.api.refused("POST", `${await scene.compute()}/start`);
      expect(refused.message).toMatch(says);
      expect(refused.message).toContain(key.reference);
      expect(refused.message).toMatch(/^compute cannot start, because the customer-managed key of its project cannot be used: /);
      await allow(cloud, key);
      expect(await scene.look()).toMatchObject({ state: "active" });
      await started();
    });
  });

  describe.each(Object.entries(TROUBLE))("a service with trouble: %s", (how, says) => {
    run("lets what runs run, refuses starts once the key has not opened for too long, and returns by itself", async () => {
      await started();
      cloud.fail(how as keyof typeof TROUBLE);
      const first = await scene.look();
      expect(first).toMatchObject({ state: "unavailable", reason: expect.stringMatching(says) as string });
      await scene.look();
      // Its life is five minutes, and three looks are not more than four.
      expect(await scene.look()).toMatchObject({ state: "unavailable" });
      expect(await scene.api.call("POST", `${await scene.compute()}/restart`)).toMatchObject({ status: 200 });
      await running();
      await scene.look();
      await scene.look();
      expect(await scene.state()).toMatchObject({ current_state: "active" });
      await scene.api.call("POST", `${await scene.compute()}/suspend`);
      await scene.idle();
      expect((await scene.api.refused("POST", `${await scene.compute()}/start`)).message).toMatch(says);
      cloud.heal();
      expect(await scene.look()).toMatchObject({ state: "active" });
      await started();
    });
  });

  run("that is refused only refuses starts, where its project says so", async () => {
    await started();
    await scene.put(key.named, { on_revoked: "refuse_starts" });
    await key.disable();
    for (const expected of ["revoked", "revoked", "revoked"]) expect(await scene.look()).toMatchObject({ state: expected });
    expect(await scene.state()).toMatchObject({ current_state: "active" });
    await key.enable();
    await scene.look();
    await scene.put(key.named);
  });

  run("every state is told to whoever runs the plane, and an intruder is told nothing", async () => {
    const { body } = await scene.api.call("GET", "/x-palisade/status");
    expect(body).toMatchObject({ customer_keys: [{ project_id: PROJECT, key: key.reference, state: "active" }] });
    const stranger = scene.plane.api.withKey("napi_other");
    expect((await stranger.call("GET", "/x-palisade/status")).body).toMatchObject({ customer_keys: [] });
    expect(await stranger.refused("GET", pathOf())).toMatchObject({ status: 404, message: "project not found" });
  });

  run("no data key and no credential is in an answer, the log, the store, the keyring or a file", async () => {
    const answers = JSON.stringify([
      await scene.key(),
      (await scene.api.call("GET", `/x-palisade/audit?org_id=${ORGANIZATION}`)).body,
      (await scene.api.call("GET", "/x-palisade/openapi.json")).body,
    ]);
    const files = filesBelow(scene.plane.directory).map((file) => readFileSync(file, "latin1"));
    const all = [answers, JSON.stringify(scene.plane.logged), ...files].join("\n");
    for (const secret of cloud.secrets) expect(all).not.toContain(secret);
    if (!(cloud instanceof AwsCloud)) return;
    const { emulator } = cloud.account;
    expect(emulator.plaintexts.length).toBeGreaterThan(5);
    for (const plaintext of emulator.plaintexts)
      for (const text of [plaintext.toString("base64"), plaintext.toString("hex"), plaintext.toString("latin1")])
        expect(all).not.toContain(text);
    const decrypts = emulator.trail.listCalls("Decrypt");
    expect(decrypts.length).toBeGreaterThan(5);
    for (const { requestParameters } of decrypts)
      expect(requestParameters).toMatchObject({
        keyId: key.reference,
        encryptionContext: { organization: ORGANIZATION, project: PROJECT },
      });
    expect(decrypts.some(({ errorCode }) => errorCode === "DisabledException")).toBe(true);
  });
});

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
