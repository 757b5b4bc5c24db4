import type { Declaration, Program, Value } from "../../tools/reachability/program.js";
import { REGION } from "../../tools/reachability/program.js";
import { generateSmallerTrials } from "../../tools/reachability/smallerTrials.js";
import { renderReadable } from "../../tools/reachability/programText.js";
import { type Outcome, runTrial, type Trial } from "../../tools/reachability/trial.js";
import { OUTSIDE } from "../../tools/reachability/trialEnvironment.js";
import { withPlane } from "../../tools/reliability/testPlane.js";
import { start } from "../reliability/start.js";

/** What the property rests on: that the model of the engine and the look at the live objects see what happens. */

const one = (kind: Declaration["kind"], name: string, args: Declaration["args"], options: Declaration["options"] = {}): Declaration => ({
  kind,
  name,
  args,
  options,
});
const project = (name: string, network: Value, more: Declaration["args"] = {}): Declaration =>
  one("Project", name, { name, regionId: REGION, network, ...more });
const SHOP: Value = { $output: { of: "shop", output: "projectId" } };
const OFFICE: Value = { allow: "listed", ranges: ["203.0.113.0/24"] };

const trial = (before: Program, after: Program, more: Partial<Trial> = {}): Trial => ({
  history: [before],
  after,
  order: 1,
  undeclared: { endpoints: [0], branches: [], outsideProtected: false },
  ...more,
});

const run = (...trials: Trial[]): Promise<Outcome[]> =>
  withPlane(start, async ({ ready }) => {
    const outcomes: Outcome[] = [];
    for (const each of trials) outcomes.push(await runTrial(each, ready));
    return outcomes;
  });

const kinds = ({ widenings }: Outcome): string[] => widenings.map(({ kind }) => kind).sort();

test("a reference that says another project than it is made from is held up before the call, as the guard does", async () => {
  const gives: Value = { $literal: { of: OUTSIDE, output: "projectId" } };
  const decoy = project("decoy", { allow: "nobody" });
  const entry = one("IpAllowlistEntry", "entry", {
    projectId: { $apply: { through: { of: "decoy", output: "projectId" }, gives } },
    ranges: ["198.51.100.7"],
  });
  const [outcome] = await run(trial([], [decoy, entry]));
  expect(outcome?.verdict).toBe("approve");
  expect(outcome?.failure).toBe("projectId is not the project that was judged");
  expect(outcome?.isHidden).toBe(true);
  expect(outcome?.widenings).toEqual([]);
}, 60_000);

test("protection that is lost, and rows that a new copy shows, are seen", async () => {
  const shop = project("shop", { ...OFFICE, scope: "protectedBranches" }, { defaultBranch: { protected: true } });
  const copy = one("Branch", "copy", { projectId: SHOP, name: "copy" });
  const unguarded = { ...shop, args: { ...shop.args, defaultBranch: { protected: false } } };
  const [copied, unprotected] = await run(trial([shop], [shop, copy]), trial([shop], [unguarded]));
  expect(kinds(copied as Outcome)).toEqual(["created", "rows"]);
  expect(kinds(unprotected as Outcome)).toEqual(["latent", "protection", "reach", "rows"]);
}, 60_000);

test("what is open between two steps only is seen in the orders in which it is", async () => {
  const branch = (isProtected: boolean) => one("Branch", "dev", { projectId: SHOP, name: "dev", protected: isProtected });
  const list = (scope: string) => one("IpAllowlist", "list", { projectId: SHOP, ...(OFFICE as Record<string, Value>), scope });
  const shop = project("shop", { allow: "managedSeparately" }, { defaultBranch: { protected: true } });
  const orders = Array.from({ length: 8 }, (_, order) =>
    trial([shop, branch(false), list("all")], [shop, branch(true), list("protectedBranches")], { order }),
  );
  const seen = (await run(...orders)).map(kinds);
  expect(seen.filter((each) => each.includes("moment")).length).toBeGreaterThan(0);
  expect(seen.filter((each) => each.length === 0).length).toBeGreaterThan(0);
}, 60_000);

test("an update that the provider refuses ends there, and what stands then is looked at", async () => {
  const shop = project("shop", { allow: "anywhere" });
  const entry = one("IpAllowlistEntry", "entry", { projectId: SHOP, ranges: ["198.51.100.7"] });
  const [outcome] = await run(trial([shop], [shop, entry]));
  expect(outcome?.failure).toContain("PAL_OPEN_PROJECT");
  expect(outcome?.widenings).toEqual([]);
}, 60_000);

test("a case is made smaller by whatever nothing else needs", () => {
  const spare = project("spare", OFFICE);
  const shop = project("shop", OFFICE);
  const branch = one("Branch", "dev", { projectId: SHOP, name: "dev" }, { retainOnDelete: true });
  const all = [...generateSmallerTrials(trial([shop, spare], [shop, spare, branch]))].map(({ history, after }) => [
    ...[history.at(-1) ?? [], after].map((program) => program.map(({ name }) => name).join(" ")),
  ]);
  expect(all).toContainEqual(["shop", "shop dev"]);
  expect(all).toContainEqual(["shop spare", "shop spare"]);
  expect(all).not.toContainEqual(["spare", "spare dev"]);
});

test("a program is told as the text of one", () => {
  const lie = one("BranchProtection", "guard", {
    projectId: SHOP,
    branch: { $apply: { through: { of: "shop", output: "host" }, gives: { $literal: { of: "shop", output: "defaultBranchId" } } } },
    protected: false,
  });
  expect(renderReadable([lie, project("shop", OFFICE)])).toBe(
    [
      'const shop = new neon.Project("shop", { name: "shop", regionId: "aws-eu-central-1", network: { allow: "listed", ranges: ["203.0.113.0/24"] } });',
      'const guard = new neon.BranchProtection("guard", { projectId: shop.projectId, branch: shop.host.apply(() => ("<defaultBranchId of shop>")), protected: false });',
      "",
    ].join("\n"),
  );
});
