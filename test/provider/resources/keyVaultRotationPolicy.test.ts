import { formatErrorMessage } from "../../../contract/errors.js";
import type { Properties } from "../../../provider/engine/define.js";
import { type ManagedIdentity, startManagedIdentity } from "../../../tools/counterparts/azure/managedIdentity.js";
import { redirectToVault } from "../../../tools/counterparts/azure/redirectToVault.js";
import { startProviderProcess } from "../../../tools/reliability/providerProcess.js";
import { CHANGED, STRONG } from "../../../tools/reliability/resourcePrograms.js";
import { createEmptyState, type State, runUp } from "../../../tools/reliability/pulumiUp.js";
import { AzureVault } from "../../support/counterparts/azure.js";
import { sharedPlane } from "../../support/plane.js";

/** The life of a key's rotation policy, by Azure's unmodified SDK and credential chain against a double of the vault. */
const KIND = "KeyVaultRotationPolicy";
const plane = sharedPlane();
let vault: AzureVault;
let identity: ManagedIdentity;
let undo: () => void;
let environment: NodeJS.ProcessEnv;
let state: State;
let program: Properties;

beforeAll(async () => {
  vault = await AzureVault.start();
  identity = await startManagedIdentity("deployer");
  undo = redirectToVault(vault.vault.address);
  environment = { ...process.env };
  Object.assign(process.env, identity.environment);
});
afterAll(async () => {
  process.env = environment;
  undo();
  await Promise.all([vault.vault.close(), identity.close()]);
});
beforeEach(async () => {
  vault.vault.allow("deployer", ["getRotationPolicy", "setRotationPolicy"]);
  const { keyName } = await vault.createKey();
  program = { ...STRONG[KIND]({ orgId: "", projectId: "", branchId: "" }), keyName, managedBy: "urn:pulumi:dev::shop::t::rotation" };
  state = createEmptyState();
});

const hooks = () => startProviderProcess(plane.ready).hooks[KIND];
const apply = (wanted: Properties | undefined) => runUp(startProviderProcess(plane.ready), KIND, state, wanted);
const refused = (work: Promise<unknown>) => work.then(() => "nothing was refused", formatErrorMessage);
const policy = () => vault.admin.getKeyRotationPolicy(String(program["keyName"]));
const id = () => state.current?.id ?? "";

it("is set, changed, seen as it is when others change it, and outlives its resource", async () => {
  await apply(program);
  expect(id()).toBe(`acme.vault.azure.net/${String(program["keyName"])}`);
  expect(await policy()).toMatchObject({ lifetimeActions: [{ action: "Rotate", timeAfterCreate: "P90D" }], expiresIn: "P120D" });
  const { expireAfterDays: _, ...without } = { ...program, ...CHANGED[KIND] };
  await apply(without);
  expect(await policy()).toMatchObject({ lifetimeActions: [{ action: "Rotate", timeAfterCreate: "P180D" }], expiresIn: undefined });
  await vault.admin.updateKeyRotationPolicy(String(program["keyName"]), {
    lifetimeActions: [{ action: "Rotate", timeBeforeExpiry: "P1M" }],
    expiresIn: "P1Y",
  });
  const seen = await hooks().read(id(), state.current?.outs ?? {});
  expect(seen.inputs).toMatchObject({ rotateAfterDays: 335, expireAfterDays: 365 });
  await apply(undefined);
  expect(await policy()).toMatchObject({ expiresIn: "P1Y" });
});

it("asks for nothing to be set that is so already", async () => {
  await apply(program);
  const before = vault.vault.log.length;
  state = createEmptyState();
  await apply(program);
  expect(vault.vault.log.slice(before).filter((call) => call.startsWith("set"))).toEqual([]);
});

it("of a key that nobody gave one says that it is never rotated", async () => {
  await apply({ ...program, rotateAfterDays: "never", expireAfterDays: undefined });
  const seen = await hooks().read(id(), state.current?.outs ?? {});
  expect(seen.inputs).toMatchObject({ rotateAfterDays: "never" });
});

it("of a key that is gone is gone", async () => {
  await apply(program);
  await (await vault.admin.beginDeleteKey(String(program["keyName"]))).pollUntilDone();
  expect(await hooks().read(id(), state.current?.outs ?? {})).toEqual({ id: "", props: {} });
});

it("is refused in words that name the role, where the identity may not", async () => {
  vault.vault.allow("deployer", []);
  const complaint = await refused(apply(program));
  expect(complaint).toContain("PAL_KEY_VAULT");
  expect(complaint).toContain(`403 ForbiddenByRbac`);
  expect(complaint).toContain("Key Vault Crypto Officer");
  expect(complaint).not.toContain("deployer");
});
