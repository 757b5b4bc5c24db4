import { formatErrorMessage } from "../../../contract/errors.js";
import type { Properties } from "../../../provider/engine/define.js";
import { type ProviderProcess, startProviderProcess } from "../../../tools/reliability/providerProcess.js";
import { createEmptyState, type State, runUp } from "../../../tools/reliability/pulumiUp.js";
import { CustomerKeyDouble } from "../../support/customerKeys.js";
import { sharedPlane } from "../../support/plane.js";

/** The life of a project's own key, over a real plane and a double of the calls that need a key service, which does what only a key's owner can. */
const KIND = "CustomerManagedKey";
const STACK = "11111111-1111-4111-8111-111111111111";
const KEY_ARN = "arn:aws:kms:eu-central-1:111122223333:key/01234567-89ab-cdef-0123-456789abcdef";
const AWS = { keyArn: KEY_ARN, roleArn: "arn:aws:iam::111122223333:role/palisade" };
const CHANGED = {
  awsKms: { keyArn: KEY_ARN.replace("01234567", "89abcdef") },
  onRevoked: "refuseStarts",
  rewrapAfterRotation: false,
  release: true,
};
const AZURE = { vaultUrl: "https://shop.vault.azure.net", keyName: "palisade" };

const plane = sharedPlane();
let double: CustomerKeyDouble;
let projectId: string;
let strong: Properties;
let state: State;

beforeEach(async () => {
  ({ id: projectId } = (await plane.api.project()).project);
  double = new CustomerKeyDouble();
  double.install();
  jest.spyOn(console, "log").mockImplementation(() => undefined);
  strong = { projectId, awsKms: AWS, onRevoked: "suspend", rewrapAfterRotation: true, managedBy: "urn:pulumi:dev::shop::t::key" };
  state = createEmptyState();
});
afterEach(() => {
  double.restore();
  jest.restoreAllMocks();
});

const process = (stackId: string | undefined = STACK): ProviderProcess => startProviderProcess(plane.ready, { stackId });
const apply = (program: Properties | undefined, by = process()) => runUp(by, KIND, state, program);
const refused = (work: Promise<unknown>) => work.then(() => "nothing was refused", formatErrorMessage);
const recorded = () => state.current ?? { id: "", inputs: {}, outs: {} };

describe("a project's own key", () => {
  it("is made, changed, refreshed without a difference, and removed", async () => {
    await apply(strong);
    expect(recorded()).toMatchObject({
      id: projectId,
      outs: { state: "active", keyVersion: KEY_ARN, sealedObjects: 2 },
    });
    await apply({ ...strong, ...CHANGED });
    expect(double.calls.map(({ method }) => method)).toEqual(["PUT", "PUT"]);
    expect(double.keys.get(projectId)).toMatchObject({ on_revoked: "refuse_starts", rewrap_after_rotation: false, state: "active" });
    const { id, outs } = recorded();
    expect((await process().hooks[KIND].read(id, outs)).props).toEqual(outs);
    await apply(undefined);
    expect(double.keys.size).toBe(0);
    expect(double.calls.at(-1)).toMatchObject({ method: "DELETE", query: "?release=true" });
  });

  it("of another cloud is an update, which ends when everything is under the new key and says how far it is", async () => {
    await apply(strong);
    const said = jest.spyOn(console, "log").mockImplementation(() => undefined);
    [double.erasureKeys, double.movesEachLook] = [4, 2];
    const { awsKms: _, ...rest } = strong;
    const wanted = { ...rest, azureKeyVault: AZURE };
    const { inputs } = await process().hooks[KIND].check(recorded().inputs, wanted);
    expect((await process().hooks[KIND].diff(projectId, recorded().outs, inputs)).replaces).toEqual([]);
    await apply(wanted);
    expect(double.keys.get(projectId)).toMatchObject({ azure_key_vault: { vault_url: AZURE.vaultUrl }, state: "active" });
    expect(double.keys.get(projectId)?.aws_kms).toBeUndefined();
    expect(recorded().outs).toMatchObject({ state: "active", keyVersion: `${AZURE.vaultUrl}/keys/palisade/1` });
    expect(said.mock.calls.flat()).toEqual([
      `CustomerManagedKey ${projectId}: 0 of 4 keys are rewrapped`,
      `CustomerManagedKey ${projectId}: 2 of 4 keys are rewrapped`,
    ]);
  });

  it("in another spelling of its address is the same key", async () => {
    const { awsKms: _, ...rest } = strong;
    await apply({ ...rest, azureKeyVault: AZURE });
    await apply({ ...rest, azureKeyVault: { vaultUrl: "https://Shop.vault.azure.net/", keyName: "Palisade" } });
    expect(double.calls).toHaveLength(1);
  });

  it("that its owner refuses is a difference after a refresh, and an update fails in words until it may be used again", async () => {
    await apply(strong);
    double.becomes(projectId, "revoked", "the key is disabled");
    const { hooks } = process();
    const seen = await hooks[KIND].read(projectId, recorded().outs);
    expect(seen.props).toMatchObject({ state: "revoked", reason: "the key is disabled" });
    expect((await hooks[KIND].diff(projectId, seen.props, recorded().inputs)).changes).toBe(true);
    const complaint = await refused(hooks[KIND].update(projectId, seen.props, recorded().inputs));
    expect(complaint).toContain("is revoked: the key is disabled");
    expect(complaint).toContain("PAL_CMK_UNUSABLE");
    double.becomes(projectId, "active");
    expect((await hooks[KIND].update(projectId, seen.props, recorded().inputs)).outs).toMatchObject({ state: "active" });
  });

  it.each(["revoked", "unavailable"] as const)("that is %s is not given up by a destroy, until release was applied", async (word) => {
    await apply({ ...strong, release: false });
    double.becomes(projectId, word, "AccessDeniedException");
    expect(await refused(apply(undefined))).toContain("PAL_CMK_UNUSABLE");
    expect(double.keys.size).toBe(1);
    await apply({ ...strong, release: true });
    await apply(undefined);
    expect(double.keys.size).toBe(0);
  });

  it("that the plane cannot use is refused in the plane's own words, and nothing is recorded", async () => {
    double.faults.push({ status: 422, message: "the key is disabled: enable it" });
    const complaint = await refused(apply(strong));
    expect(complaint).toContain("the key is disabled: enable it");
    expect(state.current).toBeUndefined();
  });
});

describe("a key that is there already", () => {
  it("is taken over by its own stack after a crash, and by nobody else", async () => {
    const first = process();
    const { inputs } = await first.hooks[KIND].check({}, strong);
    await first.hooks[KIND].create(inputs);
    expect(await refused(apply(strong, process("22222222-2222-4222-8222-222222222222")))).toContain("PAL_CONFLICT");
    expect(await refused(apply(strong, startProviderProcess(plane.ready)))).toContain("PAL_LEFTOVER");
    await apply(strong);
    expect(recorded().id).toBe(projectId);
    expect(double.calls).toHaveLength(1);
  });

  it("of nobody's mark is adopted or refused, never written over", async () => {
    await apply(strong);
    const held = double.keys.get(projectId);
    if (held) double.keys.set(projectId, { ...held, annotations: undefined });
    state = createEmptyState();
    expect(await refused(apply(strong))).toContain("PAL_NAME_HELD");
    expect(await refused(apply({ ...strong, onRevoked: "refuseStarts", adopt: projectId }))).toContain("PAL_ADOPT_DIFFERS");
    await apply({ ...strong, adopt: projectId });
    expect(recorded().id).toBe(projectId);
    expect(double.calls).toHaveLength(1);
  });

  it("under another name in the program is refused with the alias to add", async () => {
    await apply(strong);
    const renamed = { ...strong, managedBy: "urn:pulumi:dev::shop::t::other" };
    expect(await refused(apply(renamed))).toMatch(/PAL_RENAMED/);
  });
});

describe("a call that breaks", () => {
  it.each(["lost", "cut"] as const)("is made again, so that there is one key: %s", async (fault) => {
    double.faults.push(fault);
    await apply(strong);
    double.faults.push(fault);
    await apply({ ...strong, ...CHANGED });
    expect(recorded().outs).toMatchObject({ onRevoked: "refuseStarts", state: "active" });
    double.faults.push(fault);
    await apply(undefined);
    expect(double.keys.size).toBe(0);
  });

  it("in the middle of a rewrap is gone on with by the next update", async () => {
    await apply(strong);
    double.movesEachLook = 0;
    const dying = process();
    jest.spyOn(console, "log").mockImplementation(() => {
      dying.kill();
    });
    expect(await refused(apply({ ...strong, ...CHANGED }, dying))).toContain("PAL_CANCELLED");
    double.movesEachLook = 3;
    jest.restoreAllMocks();
    jest.spyOn(console, "log").mockImplementation(() => undefined);
    await apply({ ...strong, ...CHANGED, release: false });
    expect(recorded().outs).toMatchObject({ state: "active" });
  });
});

describe("a key that vanished", () => {
  it("leaves the state by a refresh, is not updated, and its deletion is done", async () => {
    await apply(strong);
    double.keys.clear();
    const { id, outs, inputs } = recorded();
    expect(await process().hooks[KIND].read(id, outs)).toEqual({ id: "", props: {} });
    await expect(process().hooks[KIND].update(id, outs, { ...inputs, release: true })).rejects.toThrow("PAL_GONE");
    await expect(process().hooks[KIND].delete(id, outs)).resolves.toBeUndefined();
  });
});

describe("at Neon itself", () => {
  it.each(["https://console.neon.tech/api/v2", "https://Console.Neon.Tech:443/api/v2"])("is refused at check: %s", async (apiUrl) => {
    const { failures } = await startProviderProcess({ ...plane.ready, apiUrl }).hooks[KIND].check({}, strong);
    expect(failures).toEqual([
      { property: "", reason: expect.stringMatching(/extension of the embedded plane.*\[PAL_EXTENSION\]/) as string },
    ]);
  });

  it("is not what another host is taken for", async () => {
    for (const apiUrl of ["https://neon.tech.example.com/api/v2", "https://xneon.tech/api/v2"])
      expect((await startProviderProcess({ ...plane.ready, apiUrl }).hooks[KIND].check({}, strong)).failures).toEqual([]);
  });
});
