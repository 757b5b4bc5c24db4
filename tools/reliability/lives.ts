import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Bag, Resource } from "../../provider/engine/define.js";
import { changes } from "../../provider/engine/fields.js";
import { catalogue, type Kind } from "../../provider/resources/index.js";
import { Stack } from "../pulumi/stack.js";
import { type Admin, adminOf } from "./admin.js";
import { type Outcomes, outcomesOf } from "./outcomes.js";
import { type StartPlane, withPlane } from "./plane.js";
import { type Access, startProcess } from "./process.js";
import { type OurState, recorded } from "./recorded.js";
import { Lane, type Scenario, SCENARIOS } from "./site.js";
import { equal } from "./up.js";

/** Every class of the package lives once under the real CLI, all of them in one stack: a call of the CLI costs more than fifty resources. */

export const STEPS = ["create", "update", "refresh", "adopt", "delete"] as const;
export type Step = (typeof STEPS)[number];

export interface Life {
  /** The class, and which of its lives. */
  title: string;
  className: string;
  steps: Partial<Record<Step, Verdict>>;
}

/** What became of it, in words, and whether that is as it must be. */
export interface Verdict {
  says: string;
  good: boolean;
}

/** What is designed to be left of an object whose resource is deleted, and what the deletion answers. */
interface Design {
  /** Occurs in the refusal; undefined: the deletion ends well. */
  refused?: string;
  left: (live: Bag) => boolean;
  says: string;
}

const DELETE: Readonly<Record<string, Design>> = {
  BranchProtection: { says: "kept: protection outlives it", left: (live) => live["protected"] === false },
  IpAllowlist: { says: 'kept: closed by onDestroy: "nobody"', left: (live) => live["allow"] === "nobody" },
  IpAllowlistEntry: { says: "ok: the list without it", left: (live) => equal(live["ranges"], []) },
  OrganizationMember: { says: "refused: no call takes an invitation back", refused: "PAL_INVITED", left: () => true },
  RoleGrants: { says: "kept: the adopted role, without privileges", left: (live) => equal(live["database"], []) },
  ProtectedBranch: { says: "kept: Pulumi protects it", left: (live) => live["protected"] === true },
};

/** One resource of the stack's program. */
interface Subject {
  title: string;
  className: string;
  kind: Kind;
  strong: Bag;
  changed: Bag;
}

export const lives = (start: StartPlane): Promise<Life[]> =>
  withPlane(
    (options) => start({ ...options, computes: "postgres" }),
    async ({ ready }) => {
      const subjects = await subjectsOn(ready);
      const stack = await Stack.create({ program: PROGRAM, env: { NEON_API_KEY: ready.apiKey, PULUMI_NODEJS_TRANSPILE_ONLY: "true" } });
      try {
        await stack.init({ "palisade:apiUrl": ready.apiUrl, "palisade:stackId": randomUUID() });
        return await new Lives(stack, ready, subjects).run();
      } finally {
        await stack.dispose();
      }
    },
  );

/** The resources are data: a step changes nothing else. */
const PROGRAM = `
const neon = require("@palisade/neon");
for (const { className, title, inputs } of require("./resources.json")) new neon[className](title, inputs);
`;

/** Every class that the package exports, each scenario of its kind, each in a place of its own. */
async function subjectsOn(access: Access): Promise<Subject[]> {
  const lane = new Lane(access);
  const scenarios: (Scenario & { className: string })[] = [
    ...SCENARIOS.map((scenario) => ({ ...scenario, className: scenario.kind })),
    { title: "RoleGrants", kind: "RoleGrants", className: "RoleGrants", phases: [] },
    { title: "ProtectedBranch", kind: "Branch", className: "ProtectedBranch", phases: [] },
  ];
  const subjects: Subject[] = [];
  for (const scenario of scenarios) {
    const { title, kind, className } = scenario;
    const site = await lane.site(scenario);
    const [strong, changed] = (["create", "update"] as const).map((phase) => {
      const { managedBy: _, ...inputs } = site.program(phase) ?? {};
      return className === "ProtectedBranch" ? withoutProtection(inputs) : inputs;
    }) as [Bag, Bag];
    subjects.push({ title, kind, className, strong, changed });
  }
  return subjects;
}

const withoutProtection = ({ protected: _, expiresAt: __, ...inputs }: Bag): Bag => inputs;

class Lives {
  private readonly admin: Admin;
  private readonly lives: Life[];

  constructor(
    private readonly stack: Stack,
    private readonly access: Access,
    private readonly subjects: readonly Subject[],
  ) {
    this.admin = adminOf(access);
    this.lives = subjects.map(({ title, className }) => ({ title, className, steps: {} }));
  }

  async run(): Promise<Life[]> {
    await this.made();
    await this.changed();
    await this.refreshed();
    await this.adopted();
    await this.deleted();
    return this.lives;
  }

  private async made(): Promise<void> {
    const did = await this.up(({ strong }) => strong);
    const state = await recorded(this.stack);
    this.judge("create", (subject) => verdict(did.complaint(subject.title), holds(subject, state, subject.strong)));
  }

  private async changed(): Promise<void> {
    const did = await this.up(({ changed }) => changed);
    const state = await recorded(this.stack);
    this.judge("update", (subject) => {
      const replaced = did.operations(subject.title).includes("create-replacement");
      return verdict(did.complaint(subject.title), holds(subject, state, subject.changed), replaced ? "ok: replaced" : "ok");
    });
  }

  /** Secrets are encrypted anew, so the state is no measure; the engine's own comparison is. */
  private async refreshed(): Promise<void> {
    const did = outcomesOf(await this.stack.refresh());
    this.judge("refresh", ({ title }) => verdict(did.complaint(title), equal(did.operations(title), ["same"])));
  }

  /** Out of the state, and back by `adopt` without a call that changes anything; then `adopt` is taken out of the program. */
  private async adopted(): Promise<void> {
    const before = await recorded(this.stack);
    const live = await this.lookAt(before);
    await this.stack.run(["state", "delete", "--all", "--force", "--yes"], { check: true });
    await this.admin.ok("DELETE", "/x-palisade/test/calls");
    const did = await this.up(({ title, changed }) => ({ ...changed, adopt: before[title]?.id }));
    const after = await recorded(this.stack);
    const then = await this.up(({ changed }) => changed);
    const { calls } = (await this.admin.ok("GET", "/x-palisade/test/calls")) as { calls: Record<string, number> };
    const changing = Object.keys(calls).filter((call) => !call.startsWith("GET "));
    if (changing.length > 0) throw new Error(`adopting called ${changing.join(", ")}`);
    const now = await this.lookAt(before);
    this.judge("adopt", ({ title }) =>
      verdict(
        did.complaint(title) ?? then.complaint(title),
        after[title]?.id === before[title]?.id && equal(now.get(title), live.get(title)),
      ),
    );
  }

  private async deleted(): Promise<void> {
    const before = await recorded(this.stack);
    const did = outcomesOf(await this.stack.destroy({ args: ["--continue-on-error", "--exclude-protected"] }));
    const live = await this.lookAt(before);
    this.judge("delete", ({ title }) => {
      const [left, complaint, designed] = [live.get(title), did.complaint(title), DELETE[title]];
      if (!designed) return verdict(complaint, !left);
      const refused = designed.refused !== undefined && complaint?.includes(designed.refused) === true;
      return verdict(refused ? undefined : complaint, left !== undefined && designed.left(left), designed.says);
    });
  }

  /** The live inputs of what was recorded, as another process of the provider reads them; undefined for what is proved gone. */
  private async lookAt(state: Record<string, OurState>): Promise<Map<string, Bag | undefined>> {
    const { hooks } = startProcess(this.access);
    const seen = new Map<string, Bag | undefined>();
    for (const { title, kind } of this.subjects) {
      const { id = "", outputs = {} } = state[title] ?? {};
      const found = await hooks[kind].read(id, outputs);
      seen.set(title, found.id === "" ? undefined : found.inputs);
    }
    return seen;
  }

  private async up(inputsOf: (subject: Subject) => Bag): Promise<Outcomes> {
    const resources = this.subjects.map((subject) => ({ className: subject.className, title: subject.title, inputs: inputsOf(subject) }));
    await writeFile(join(this.stack.project, "resources.json"), JSON.stringify(resources));
    return outcomesOf(await this.stack.up({ args: ["--continue-on-error"] }));
  }

  private judge(step: Step, of: (subject: Subject) => Verdict): void {
    for (const [index, subject] of this.subjects.entries()) {
      const life = this.lives[index];
      if (life) life.steps[step] = of(subject);
    }
  }
}

const verdict = (complaint: string | undefined, good: boolean, says = "ok"): Verdict =>
  complaint !== undefined ? { says: complaint, good: false } : good ? { says, good } : { says: "not as it must be", good };

/** What the program says is recorded. */
const holds = ({ kind, title }: Subject, state: Record<string, OurState>, program: Bag): boolean => {
  const { inputs } = state[title] ?? {};
  return inputs !== undefined && changes((catalogue[kind] as Resource).inputs, inputs, program).length === 0;
};
