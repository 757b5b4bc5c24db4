import { formatErrorMessage } from "../../contract/errors.js";
import { LIMITS } from "../../provider/client/transport.js";
import { catalogue } from "../../provider/resources/index.js";
import type { Properties, Resource } from "../../provider/engine/define.js";
import { type Call, watchCalls } from "./callWatcher.js";
import { readInventory, compareInventories } from "./inventory.js";
import { type ProviderProcess, startProviderProcess } from "./providerProcess.js";
import { EARLIER_PHASES, type SiteFactory, type Phase, type Scenario, type Site } from "./site.js";
import { createEmptyState, isEqual, type State, runUp } from "./pulumiUp.js";

export const FAULTS = ["lost-before", "lost-after", "423", "429", "500", "503", "hang", "kill"] as const;
export type Fault = (typeof FAULTS)[number];

/** A call of a scenario's phase, by its place among those that change something. */
export interface FaultTarget {
  scenario: Scenario;
  phase: Phase;
  index: number;
  /** `POST /projects/:project_id/branches` */
  route: string;
}

/** What a phase does when nothing goes wrong. */
export interface ExpectedPhase {
  routes: string[];
  difference: string[];
}

export type Outcome = "same up" | "next up" | "taken over" | "recreated" | "by adopt";

export interface Cell {
  target: FaultTarget;
  fault: Fault;
  outcome: Outcome | "failed";
  duplicates: number;
  lost: number;
  /** What is not as it must be, in words. */
  wrong: string[];
}

/** Milliseconds. An attempt that hangs is given up long before it is answered. */
const HANG_ATTEMPT_MS = 2_000;
const HANG_MS = 3_500;

/** The phase without a fault: its calls, and what they leave behind. */
export async function runReference(factory: SiteFactory, scenario: Scenario, phase: Phase): Promise<ExpectedPhase> {
  const site = await factory.createSite(scenario);
  try {
    const before = await readInventory(site.admin, site.access.orgId, site.names);
    const state = await runEarlierPhases(site, scenario, phase);
    const calls: Call[] = [];
    await site.admin.callOrThrow("DELETE", "/x-palisade/test/calls");
    await watchCalls(site.access.apiUrl, { before: (call) => Promise.resolve(void calls.push(call)), after: () => undefined }, () =>
      runPhase(site, scenario, state, phase),
    );
    const counted = Object.keys((await site.admin.callOrThrow("GET", "/x-palisade/test/calls"))["calls"] as object);
    const after = await readInventory(site.admin, site.access.orgId, site.names);
    return {
      routes: calls.map((call) => counted.find((route) => isCallOfRoute(route, call)) ?? "?"),
      difference: compareInventories(before, after),
    };
  } finally {
    await site.clear();
  }
}

/** One fault at one call; then Pulumi is run again as the messages say, and everything is verified. */
export async function runCell(factory: SiteFactory, target: FaultTarget, fault: Fault, expected: ExpectedPhase): Promise<Cell> {
  const { scenario, phase } = target;
  const site = await factory.createSite(scenario);
  try {
    const before = await readInventory(site.admin, site.access.orgId, site.names);
    const state = await runEarlierPhases(site, scenario, phase);
    const { failure, hit } = await runWithFault(site, target, fault, state);
    const outcome = failure === undefined ? "same up" : await recover(site, target, state, hit);
    const wrong = [
      ...(hit === undefined ? ["the call was not made"] : []),
      ...(outcome === "failed" ? [`no way on after ${failure}`] : await listInconsistencies(site, target, state)),
    ];
    const after = await readInventory(site.admin, site.access.orgId, site.names);
    const left = compare(expected.difference, compareInventories(before, after));
    return { target, fault, outcome, duplicates: left.duplicates, lost: left.lost, wrong: [...wrong, ...left.wrong] };
  } finally {
    await site.clear();
  }
}

/** Everything before the phase, without faults. */
async function runEarlierPhases(site: Site, scenario: Scenario, phase: Phase): Promise<State> {
  const state = createEmptyState();
  for (const earlier of EARLIER_PHASES[phase]) await runPhase(site, scenario, state, earlier);
  return state;
}

const runPhase = (
  site: Site,
  { kind }: Scenario,
  state: State,
  phase: Phase,
  process: ProviderProcess = startProviderProcess(site.access, site),
) => runUp(process, kind, state, site.program(phase));

/** What it failed with; undefined when it did not. */
const catchFailure = (work: Promise<unknown>): Promise<string | undefined> => work.then(() => undefined, formatErrorMessage);

/** @returns the call that was hit, and what the `up` failed with */
async function runWithFault(
  site: Site,
  { scenario, phase, index }: FaultTarget,
  fault: Fault,
  state: State,
): Promise<{ failure: string | undefined; hit: Call | undefined }> {
  const limits = fault === "hang" ? { ...LIMITS, attempt: HANG_ATTEMPT_MS } : LIMITS;
  const process = startProviderProcess(site.access, { stackId: site.stackId, limits });
  let seen = 0;
  let hit: Call | undefined;
  const watcher = {
    before: async (call: Call) => {
      if (seen++ !== index) return;
      hit = call;
      if (fault !== "kill") await site.admin.callOrThrow("POST", "/x-palisade/test/faults", { ...call, ...buildFault(fault) });
    },
    after: (call: Call) => {
      if (fault === "kill" && call === hit) process.kill();
    },
  };
  const failure = await watchCalls(site.access.apiUrl, watcher, () => catchFailure(runPhase(site, scenario, state, phase, process)));
  return { failure, hit };
}

function buildFault(fault: Fault): object {
  if (fault === "hang") return { kind: "hang", hang: HANG_MS };
  return fault === "lost-before" || fault === "lost-after" ? { kind: fault } : { kind: "status", status: Number(fault) };
}

/** What a person does next: `up` again, and where the error names `adopt`, with that. */
async function recover(site: Site, { scenario, phase }: FaultTarget, state: State, hit: Call | undefined): Promise<Outcome | "failed"> {
  const slice: Resource = catalogue[scenario.kind];
  const recordedId = state.current?.id;
  const calls: Call[] = [];
  const watcher = { before: (call: Call) => Promise.resolve(void calls.push(call)), after: () => undefined };
  const failure = await watchCalls(site.access.apiUrl, watcher, () => catchFailure(runPhase(site, scenario, state, phase)));
  if (failure === undefined) {
    if (!slice.find || state.current === undefined || state.current.id === recordedId) return "next up";
    if (slice.secretOnlyAtCreate) return calls[0]?.method === "DELETE" ? "recreated" : "next up";
    return calls.some(({ method, path }) => method === hit?.method && path === hit.path) ? "next up" : "taken over";
  }
  const [, id] = /: \w+ (\S+)\. Take it over.*\[PAL_NAME_HELD\]/.exec(failure) ?? [];
  const program = site.program(phase);
  // What carries a mark needs no person.
  if (id === undefined || program === undefined || slice.find) return "failed";
  const adopting = await catchFailure(runUp(startProviderProcess(site.access, site), scenario.kind, state, { ...program, adopt: id }));
  return adopting === undefined ? "by adopt" : "failed";
}

/** How an export of the audit does: every call of the cell itself is a row more. */
const PROGRESS: ReadonlySet<string> = new Set(["position", "behind", "missed", "state", "reason", "since"]);
const omitProgress = (props: Properties): Properties =>
  "behind" in props ? Object.fromEntries(Object.entries(props).filter(([name]) => !PROGRESS.has(name))) : props;

/** What keeps the state from being the truth, and the program from having nothing to do. */
async function listInconsistencies(site: Site, { scenario, phase }: FaultTarget, state: State): Promise<string[]> {
  const { current, pendingDeletions } = state;
  const wrong = pendingDeletions.map(({ id }) => `${id} still waits for its deletion`);
  if (phase === "delete") return current ? [...wrong, `${current.id} is still recorded`] : wrong;
  if (!current) return [...wrong, "nothing is recorded"];
  const { id, outs } = current;
  const live = await startProviderProcess(site.access, site).hooks[scenario.kind].read(id, outs);
  if (live.id !== id) wrong.push(`${id} is recorded and not live`);
  else if (!isEqual(omitProgress(live.props), omitProgress(outs)))
    wrong.push(`recorded ${JSON.stringify(outs)}, live ${JSON.stringify(live.props)}`);
  const calls: Call[] = [];
  const watcher = { before: (call: Call) => Promise.resolve(void calls.push(call)), after: () => undefined };
  const failure = await watchCalls(site.access.apiUrl, watcher, () => catchFailure(runPhase(site, scenario, state, phase)));
  if (failure !== undefined) wrong.push(`a further up fails: ${failure}`);
  if (calls.length > 0) wrong.push(`a further up calls ${calls.map(({ method, path }) => `${method} ${path}`).join(", ")}`);
  return wrong;
}

/** What an organisation holds against what it should. */
export function compare(expected: readonly string[], actual: readonly string[]): { duplicates: number; lost: number; wrong: string[] } {
  const named = (lines: readonly string[], sign: string) =>
    new Set(lines.filter((line) => line.startsWith(sign)).map((line) => line.replace(/ [{].*/, "")));
  const beyond = (some: Set<string>, others: Set<string>) => [...some].filter((name) => !others.has(name)).length;
  const surplus = actual.filter((line) => !expected.includes(line));
  const missing = expected.filter((line) => !actual.includes(line));
  return {
    duplicates: beyond(named(actual, "+"), named(expected, "+")),
    lost: beyond(named(expected, "+"), named(actual, "+")) + beyond(named(actual, "-"), named(expected, "-")),
    wrong: [...surplus.map((line) => `unexpected ${line}`), ...missing.map((line) => `missing ${line}`)],
  };
}

function isCallOfRoute(route: string, { method, path }: Call): boolean {
  const [, pattern = ""] = route.split(" ");
  const [wanted, parts] = [pattern.split("/"), path.split("/")];
  return (
    route.startsWith(`${method} `) &&
    wanted.length === parts.length &&
    wanted.every((part, index) => part.startsWith(":") || part === parts[index])
  );
}
