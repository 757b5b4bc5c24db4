import { Declarations } from "../../../provider/engine/declarations.js";
import { createHooks } from "../../../provider/engine/hooks.js";
import { catalogue } from "../../../provider/resources/index.js";
import { createSession } from "../../../provider/sessions.js";
import type { ManagedResource } from "../../../review/drift/appliedRecord.js";
import { STRONG } from "../../../tools/reliability/resourcePrograms.js";
import { CustomerKeyDouble } from "../../support/customerKeys.js";
import { sharedPlane } from "../../support/plane.js";
import { about, driftOf, managed } from "./lab.js";

/** What becomes of a project's own key behind the program's back. */
const KIND = "CustomerManagedKey";
const plane = sharedPlane();
let double: CustomerKeyDouble;
let projectId: string;
let own: ManagedResource;

beforeEach(async () => {
  ({ id: projectId } = (await plane.api.project()).project);
  double = new CustomerKeyDouble();
  double.install();
  const session = createSession(plane.ready, undefined, new AbortController().signal);
  const provider = createHooks(catalogue[KIND], () => Promise.resolve(session), new Declarations());
  const program = { ...STRONG[KIND]({ orgId: plane.ready.orgId, projectId, branchId: "" }), managedBy: "urn:key" };
  const { inputs } = await provider.check({}, program);
  const { id, outs } = await provider.create(inputs);
  own = managed(KIND, id, inputs, outs);
});
afterEach(() => {
  double.restore();
});

const found = async () => about(projectId, await driftOf(plane, [own])).filter(({ urn }) => urn === own.urn);

it("nothing is told of a key that is as it was applied", async () => {
  expect(await found()).toEqual([]);
});

it.each([
  ["revoked", "high"],
  ["unavailable", "medium"],
] as const)("a key that is %s is told with its reason", async (state, severity) => {
  double.becomes(projectId, state, "the key is disabled");
  expect(await found()).toEqual([
    expect.objectContaining({
      rule: "customer-managed-key-changed",
      property: "state",
      before: "active",
      after: state,
      severity,
      direction: "closes",
      says: "The key of the project cannot be used: the key is disabled.",
    }),
  ]);
});

it("another key, and a revocation that ends nothing, are told as a review tells them", async () => {
  const key = double.keys.get(projectId);
  const azure_key_vault = { vault_url: "https://acme.vault.azure.net", key_name: "another" };
  if (key) double.keys.set(projectId, { ...key, azure_key_vault, on_revoked: "refuse_starts" });
  expect((await found()).map(({ property, direction, severity }) => [property, direction, severity])).toEqual(
    expect.arrayContaining([
      ["azureKeyVault.keyName", "neutral", "medium"],
      ["onRevoked", "opens", "medium"],
    ]),
  );
});

it("a key that is gone is told as its removal", async () => {
  double.keys.clear();
  expect(await found()).toEqual([
    expect.objectContaining({ rule: "customer-managed-key-deleted", direction: "opens", severity: "medium" }),
  ]);
});
