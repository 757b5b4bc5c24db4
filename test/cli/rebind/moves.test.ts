import type { Branch } from "@palisade/neon/contract/wire/branch";
import { findRebindings } from "../../../cli/rebind/rebindings.js";
import { rewriteState } from "../../../cli/rebind/rewriteState.js";
import type { RecordedResource } from "../../../review/change/state.js";

const resource = (kind: string, name: string, id: string, inputs: object, outputs: object = {}): RecordedResource => ({
  urn: `urn:pulumi:dev::shop::pulumi-nodejs:dynamic/palisade:${kind}::${name}`,
  type: `pulumi-nodejs:dynamic/palisade:${kind}`,
  id,
  inputs: { ...inputs },
  outputs: { ...outputs },
  dependencies: [],
});
const branch = (id: string, name: string, isDefault = false) => ({ id, name, default: isDefault }) as Branch;
/** A branch that took the place of `of`. */
const successor = (id: string, of: string, name: string, more: Partial<Branch> = {}) =>
  ({ id, name, default: false, restored_as: of, restore_status: "finalized", ...more }) as Branch;

const project = resource("Project", "shop", "p-1", {}, { defaultBranchId: "br-main" });
const production = resource("Branch", "production", "p-1/br-old", { name: "production", projectId: "p-1" });
const live = (...branches: Branch[]) => new Map([["p-1", [branch("br-main", "main", true), ...branches]]]);

test("a branch that is what the state says stays", () => {
  expect(findRebindings([project, production], live(branch("br-old", "production")))).toEqual({ moves: [], unclear: [] });
});

test.each([
  ["renamed", [branch("br-old", "production (old)"), successor("br-new", "br-old", "production")]],
  ["gone", [successor("br-new", "br-old", "production")]],
  // A refresh has written the name of the old branch into the state.
  ["there by its recorded name", [branch("br-old", "production"), successor("br-new", "br-old", "production (new)")]],
  [
    "replaced by one that was replaced, too",
    [branch("br-old", "1"), successor("br-middle", "br-old", "2"), successor("br-new", "br-middle", "production")],
  ],
])("a recorded branch that is %s is bound to the one that says that it took its place", (_what, branches) => {
  expect(findRebindings([project, production], live(...branches))).toEqual({
    moves: [{ urn: production.urn, projectId: "p-1", name: branches.at(-1)?.name, from: "br-old", to: "br-new" }],
    unclear: [],
  });
});

test("a project is bound to what took the place of its default branch", () => {
  const branches = new Map([["p-1", [branch("br-main", "main (old)"), successor("br-new", "br-main", "main", { default: true })]]]);
  expect(findRebindings([project], branches).moves).toMatchObject([{ from: "br-main", to: "br-new" }]);
});

test.each([
  ["a branch that somebody gave the name to", branch("br-other", "production")],
  ["a restored branch that has not taken the place yet", successor("br-other", "br-old", "production", { restore_status: "restored" })],
  ["a branch that took another one's place", successor("br-other", "br-elsewhere", "production")],
])("%s is not what was recorded", (_what, other) => {
  for (const rest of [[], [branch("br-old", "moved away")]]) {
    const { moves, unclear } = findRebindings([production], live(other, ...rest));
    expect(moves).toEqual([]);
    expect(unclear).toEqual([
      {
        urn: production.urn,
        why: "br-other bears its name and does not say that it took the place of br-old; if it is meant, remove the old one from the state with pulumi state delete and name this one in adopt",
      },
    ]);
  }
});

test("a default branch that somebody chose, the recorded one being gone, is left to a refresh", () => {
  const branches = new Map([["p-1", [branch("br-other", "other", true)]]]);
  expect(findRebindings([project], branches)).toEqual({
    moves: [],
    unclear: [
      {
        urn: project.urn,
        why: "br-other is the default branch and does not say that it took the place of br-main; if it is meant, run pulumi refresh",
      },
    ],
  });
});

test("two that say so are unclear, and a ring of them has an end", () => {
  const two = live(successor("br-one", "br-old", "production"), successor("br-two", "br-old", "production"));
  expect(findRebindings([production], two)).toEqual({
    moves: [],
    unclear: [{ urn: production.urn, why: "each of br-one, br-two says that it took the place of br-old" }],
  });
  const ring = live(successor("br-old", "br-new", "production"), successor("br-new", "br-old", "production"));
  expect(findRebindings([production], ring).moves).toMatchObject([{ to: "br-new" }]);
});

test("a branch renamed by hand, whose name nobody took, is left to the program", () => {
  expect(findRebindings([production], live(branch("br-old", "renamed")))).toEqual({ moves: [], unclear: [] });
});

test("a branch that is gone without a successor is unclear", () => {
  expect(findRebindings([production], live())).toEqual({
    moves: [],
    unclear: [{ urn: production.urn, why: "branch br-old is gone, and no branch says that it took its place" }],
  });
});

test("two resources are never bound to one branch", () => {
  const twin = resource("Branch", "twin", "p-1/br-older", { name: "production", projectId: "p-1" });
  const chain = live(successor("br-old", "br-older", "production"), successor("br-new", "br-old", "production"));
  const { moves, unclear } = findRebindings([production, twin], chain);
  expect(moves).toEqual([]);
  expect(unclear.map(({ urn }) => urn)).toEqual([production.urn, twin.urn]);
});

test("nothing of another project is looked at", () => {
  expect(findRebindings([production], new Map([["p-2", [successor("br-new", "br-old", "production")]]]))).toEqual({
    moves: [],
    unclear: [],
  });
});

test("every place of ours that names the old branch names the new one, and nothing else changes", () => {
  const secret = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: "v1:br-old" };
  const role = resource(
    "Role",
    "app",
    "p-1/br-old/app",
    { branchId: "br-old", name: "br-old-app" },
    { password: secret, branchId: "p-1/br-old" },
  );
  const foreign = { ...resource("Branch", "other", "br-old", { branchId: "br-old" }), type: "other:index:Thing" };
  const state = { deployment: { resources: [structuredClone(role), structuredClone(foreign)] } };
  const moves = [{ urn: production.urn, projectId: "p-1", name: "production", from: "br-old", to: "br-new" }];
  expect(rewriteState(state, moves).map(({ place, to }) => `${place} ${to}`)).toEqual([
    "id p-1/br-new/app",
    "inputs.branchId br-new",
    "outputs.branchId p-1/br-new",
  ]);
  expect(state.deployment.resources).toEqual([
    {
      ...role,
      id: "p-1/br-new/app",
      inputs: { branchId: "br-new", name: "br-old-app" },
      outputs: { password: secret, branchId: "p-1/br-new" },
    },
    foreign,
  ]);
  expect(rewriteState(state, moves)).toEqual([]);
});

test("a project keeps its own name, and a retry that is no longer due is forgotten", () => {
  const failed = { ...structuredClone(project), inputs: { name: "shop" }, initErrors: ["failed"] };
  const state = { deployment: { resources: [failed] } };
  rewriteState(state, [{ urn: project.urn, projectId: "p-1", name: "main", from: "br-main", to: "br-new" }]);
  expect(state.deployment.resources).toEqual([{ ...project, inputs: { name: "shop" }, outputs: { defaultBranchId: "br-new" } }]);
});
