import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { getValueAt } from "../../contract/values.js";
import type { Properties, Resource } from "../../provider/engine/define.js";
import { computeChanges } from "../../provider/engine/fields.js";
import { catalogue, type Kind } from "../../provider/resources/index.js";
import { listSecretInputs } from "../../provider/resources/shared/fieldReviews.js";
import { isSecret } from "../../provider/resources/shared/mergeInputs.js";
import { Stack } from "../pulumi/stack.js";
import { type Admin, createAdmin } from "./admin.js";
import { type Outcomes, readOutcomes } from "./engineOutcomes.js";
import { type StartPlane, withPlane } from "./testPlane.js";
import { type Access, startProviderProcess } from "./providerProcess.js";
import { type RecordedState, readRecorded } from "./readRecorded.js";
import { SiteFactory, type Scenario, SCENARIOS } from "./site.js";
import { isEqual } from "./pulumiUp.js";

/** Every class of the package goes through its lifecycle under the real CLI, all of them in one stack: a call of the CLI costs more than fifty resources. */

export const STEPS = ["create", "update", "refresh", "adopt", "delete"] as const;
export type Step = (typeof STEPS)[number];

export interface Lifecycle {
  /** The class, and which of its scenarios. */
  title: string;
  className: string;
  steps: Partial<Record<Step, Verdict>>;
}

/** What became of it, in words, and whether that is as it must be. */
export interface Verdict {
  summary: string;
  good: boolean;
}

/** What is designed to be left of an object whose resource is deleted, and what the deletion answers. */
interface ExpectedRemains {
  /** Occurs in the refusal; undefined: the deletion ends well. */
  refused?: string;
  left: (live: Properties) => boolean;
  summary: string;
}

const DELETE: Readonly<Record<string, ExpectedRemains>> = {
  BranchProtection: { summary: "kept: protection outlives it", left: (live) => live["protected"] === false },
  IpAllowlist: { summary: 'kept: closed by onDestroy: "nobody"', left: (live) => live["allow"] === "nobody" },
  IpAllowlistEntry: { summary: "ok: the list without it", left: (live) => isEqual(live["ranges"], []) },
  OrganizationMember: { summary: "refused: no call takes an invitation back", refused: "PAL_INVITED", left: () => true },
  RoleGrants: { summary: "kept: the adopted role, without privileges", left: (live) => isEqual(live["database"], []) },
  ProtectedBranch: { summary: "kept: Pulumi protects it", left: (live) => live["protected"] === true },
};

/** One resource of the stack's program. */
interface Subject {
  title: string;
  className: string;
  kind: Kind;
  strong: Properties;
  changed: Properties;
}

export const runLifecycles = (start: StartPlane): Promise<Lifecycle[]> =>
  withPlane(
    (options) => start({ ...options, computes: "postgres" }),
    async ({ ready }) => {
      const subjects = await createSubjects(ready);
      const stack = await Stack.create({ program: PROGRAM, env: { NEON_API_KEY: ready.apiKey, PULUMI_NODEJS_TRANSPILE_ONLY: "true" } });
      try {
        await stack.init({ "palisade:apiUrl": ready.apiUrl, "palisade:stackId": randomUUID() });
        return await new LifecycleRun(stack, ready, subjects).run();
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
async function createSubjects(access: Access): Promise<Subject[]> {
  const factory = new SiteFactory(access);
  const scenarios: (Scenario & { className: string })[] = [
    ...SCENARIOS.map((scenario) => ({ ...scenario, className: scenario.kind })),
    { title: "RoleGrants", kind: "RoleGrants", className: "RoleGrants", phases: [] },
    { title: "ProtectedBranch", kind: "Branch", className: "ProtectedBranch", phases: [] },
  ];
  const subjects: Subject[] = [];
  for (const scenario of scenarios) {
    const { title, kind, className } = scenario;
    const site = await factory.createSite(scenario);
    const [strong, changed] = (["create", "update"] as const).map((phase) => {
      const { managedBy: _, ...inputs } = site.program(phase) ?? {};
      return className === "ProtectedBranch" ? removeProtection(inputs) : inputs;
    }) as [Properties, Properties];
    subjects.push({ title, kind, className, strong, changed });
  }
  return subjects;
}

const removeProtection = ({ protected: _, expiresAt: __, ...inputs }: Properties): Properties => inputs;

class LifecycleRun {
  private readonly admin: Admin;
  private readonly lifecycles: Lifecycle[];

  constructor(
    private readonly stack: Stack,
    private readonly access: Access,
    private readonly subjects: readonly Subject[],
  ) {
    this.admin = createAdmin(access);
    this.lifecycles = subjects.map(({ title, className }) => ({ title, className, steps: {} }));
  }

  async run(): Promise<Lifecycle[]> {
    await this.runCreate();
    await this.runUpdate();
    await this.runRefresh();
    await this.runAdopt();
    await this.runDelete();
    return this.lifecycles;
  }

  private async runCreate(): Promise<void> {
    const did = await this.runUp(({ strong }) => strong);
    const state = await readRecorded(this.stack);
    this.recordVerdicts("create", (subject) => createVerdict(did.findComplaint(subject.title), isRecorded(subject, state, subject.strong)));
  }

  private async runUpdate(): Promise<void> {
    const did = await this.runUp(({ changed }) => changed);
    const state = await readRecorded(this.stack);
    this.recordVerdicts("update", (subject) => {
      const replaced = did.listOperations(subject.title).includes("create-replacement");
      return createVerdict(did.findComplaint(subject.title), isRecorded(subject, state, subject.changed), replaced ? "ok: replaced" : "ok");
    });
  }

  /** Secrets are encrypted again, so the state is no measure; the engine's own comparison is. */
  private async runRefresh(): Promise<void> {
    const did = readOutcomes(await this.stack.refresh());
    this.recordVerdicts("refresh", ({ title }) => createVerdict(did.findComplaint(title), isEqual(did.listOperations(title), ["same"])));
  }

  /** Out of the state, and back by `adopt` without a call that changes anything; then `adopt` is taken out of the program. */
  private async runAdopt(): Promise<void> {
    const before = await readRecorded(this.stack);
    const live = await this.readLive(before);
    await this.stack.run(["state", "delete", "--all", "--force", "--yes"], { check: true });
    await this.admin.callOrThrow("DELETE", "/x-palisade/test/calls");
    const did = await this.runUp(({ title, changed }) => ({ ...changed, adopt: before[title]?.id }));
    const after = await readRecorded(this.stack);
    const then = await this.runUp(({ changed }) => changed);
    const { calls } = (await this.admin.callOrThrow("GET", "/x-palisade/test/calls")) as { calls: Record<string, number> };
    const changing = Object.keys(calls).filter((call) => !call.startsWith("GET "));
    if (changing.length > 0) throw new Error(`adopting called ${changing.join(", ")}`);
    const now = await this.readLive(before);
    this.recordVerdicts("adopt", ({ title }) =>
      createVerdict(
        did.findComplaint(title) ?? then.findComplaint(title),
        after[title]?.id === before[title]?.id && isEqual(now.get(title), live.get(title)),
      ),
    );
  }

  private async runDelete(): Promise<void> {
    const before = await readRecorded(this.stack);
    const did = readOutcomes(await this.stack.destroy({ args: ["--continue-on-error", "--exclude-protected"] }));
    const live = await this.readLive(before);
    this.recordVerdicts("delete", ({ title }) => {
      const [left, complaint, designed] = [live.get(title), did.findComplaint(title), DELETE[title]];
      if (!designed) return createVerdict(complaint, !left);
      const refused = designed.refused !== undefined && complaint?.includes(designed.refused) === true;
      return createVerdict(refused ? undefined : complaint, left !== undefined && designed.left(left), designed.summary);
    });
  }

  /** The live inputs of what was recorded, as another process of the provider reads them; undefined for what is proved gone. */
  private async readLive(state: Record<string, RecordedState>): Promise<Map<string, Properties | undefined>> {
    const { hooks } = startProviderProcess(this.access);
    const seen = new Map<string, Properties | undefined>();
    for (const { title, kind } of this.subjects) {
      const { id = "", outputs = {} } = state[title] ?? {};
      const found = await hooks[kind].read(id, outputs);
      seen.set(title, found.id === "" ? undefined : found.inputs);
    }
    return seen;
  }

  private async runUp(inputsOf: (subject: Subject) => Properties): Promise<Outcomes> {
    const resources = this.subjects.map((subject) => ({ className: subject.className, title: subject.title, inputs: inputsOf(subject) }));
    await writeFile(join(this.stack.project, "resources.json"), JSON.stringify(resources));
    return readOutcomes(await this.stack.up({ args: ["--continue-on-error"] }));
  }

  private recordVerdicts(step: Step, of: (subject: Subject) => Verdict): void {
    for (const [index, subject] of this.subjects.entries()) {
      const lifecycle = this.lifecycles[index];
      if (lifecycle) lifecycle.steps[step] = of(subject);
    }
  }
}

const createVerdict = (complaint: string | undefined, good: boolean, summary = "ok"): Verdict =>
  complaint !== undefined ? { summary: complaint, good: false } : good ? { summary, good } : { summary: "not as expected", good };

/** What the program says is recorded. */
const isRecorded = ({ kind, title }: Subject, state: Record<string, RecordedState>, program: Properties): boolean => {
  const { inputs } = state[title] ?? {};
  if (inputs === undefined) return false;
  // Of what is always secret the state tells that it is, and nothing else.
  const secrets = listSecretInputs(kind).map((path) => path.join("."));
  const isKept = (path: string) => getValueAt(program, path) === undefined || isSecret(getValueAt(inputs, path));
  const changes = computeChanges((catalogue[kind] as Resource).inputs, inputs, program);
  return secrets.every(isKept) && changes.every(({ path }) => secrets.includes(path));
};
