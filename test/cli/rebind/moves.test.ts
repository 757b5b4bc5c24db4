import type { Branch } from "@palisade/neon/contract/wire/branch";
import { movesOf } from "../../../cli/rebind/moves.js";
import { rewrite } from "../../../cli/rebind/rewrite.js";
import type { Recorded } from "../../../review/change/state.js";

const resource = (kind: string, name: string, id: string, inputs: object, outputs: object = {}): Recorded => ({
  ...{ urn: `urn:pulumi:dev::shop::pulumi-nodejs:dynamic/palisade:${kind}::${name}`, type: `pulumi-nodejs:dynamic/palisade:${kind}`, id },
  ...{ inputs: { ...inputs }, outputs: { ...outputs }, dependencies: [] },
});
const branch = (id: string, name: string, isDefault = false) => ({ id, name, default: isDefault }) as Branch;

const project = resource("Project", "shop", "p-1", {}, { defaultBranchId: "br-main" });
const production = resource("Branch", "production", "p-1/br-old", { name: "production", projectId: "p-1" });
const live = (...branches: Branch[]) => new Map([["p-1", [branch("br-main", "main", true), ...branches]]]);

test("a branch that is what the state says stays", () => {
  expect(movesOf([project, production], live(branch("br-old", "production")))).toEqual({ moves: [], unclear: [] });
});

test.each([
  ["renamed", [branch("br-old", "production (old)"), branch("br-new", "production")]],
  ["gone", [branch("br-new", "production")]],
])("a recorded branch that is %s is bound to the one with its name", (_what, branches) => {
  expect(movesOf([project, production], live(...branches)).moves).toEqual([
    { urn: production.urn, projectId: "p-1", name: "production", from: "br-old", to: "br-new" },
  ]);
});

test("a project is bound to its new default branch", () => {
  const branches = new Map([["p-1", [branch("br-main", "main (old)"), branch("br-new", "main", true)]]]);
  expect(movesOf([project], branches).moves).toMatchObject([{ from: "br-main", to: "br-new" }]);
});

test("a branch renamed by hand, whose name nobody took, is left to the program", () => {
  expect(movesOf([production], live(branch("br-old", "renamed")))).toEqual({ moves: [], unclear: [] });
});

test("a branch that is gone without a successor is unclear", () => {
  expect(movesOf([production], live())).toEqual({
    moves: [],
    unclear: [{ urn: production.urn, why: "branch br-old is gone, and 0 branches bear its name" }],
  });
});

test("two resources are never bound to one branch", () => {
  const twin = resource("Branch", "twin", "p-1/br-older", { name: "production", projectId: "p-1" });
  const { moves, unclear } = movesOf([production, twin], live(branch("br-new", "production")));
  expect(moves).toEqual([]);
  expect(unclear.map(({ urn }) => urn)).toEqual([production.urn, twin.urn]);
});

test("nothing of another project is looked at", () => {
  expect(movesOf([production], new Map([["p-2", [branch("br-new", "production")]]]))).toEqual({ moves: [], unclear: [] });
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
  expect(rewrite(state, moves).map(({ place, to }) => `${place} ${to}`)).toEqual([
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
  expect(rewrite(state, moves)).toEqual([]);
});

test("a project keeps its own name, and a retry that is no longer due is forgotten", () => {
  const failed = { ...structuredClone(project), inputs: { name: "shop" }, initErrors: ["failed"] };
  const state = { deployment: { resources: [failed] } };
  rewrite(state, [{ urn: project.urn, projectId: "p-1", name: "main", from: "br-main", to: "br-new" }]);
  expect(state.deployment.resources).toEqual([{ ...project, inputs: { name: "shop" }, outputs: { defaultBranchId: "br-new" } }]);
});
