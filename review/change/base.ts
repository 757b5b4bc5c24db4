import { type Network, toFirstSettings } from "../../provider/resources/network.js";
import { isBag, isUnreadable } from "../../provider/resources/settled.js";
import { Draft, type NetworkState, uniteNetworks, UNDECLARED_NETWORK, withNetwork, withSettings } from "./draft.js";
import { type Effect, type EffectContext, type Present, recordedEffect } from "./effects.js";
import type { Declared } from "./model.js";
import { addUndeclared } from "./undeclared.js";

/** What a project begins with, before its acts. */

const CLOSED: NetworkState = { ips: [], protectedBranchesOnly: false, blockPublicConnections: true, blockVpcConnections: true };
const OPEN: NetworkState = { ...CLOSED, blockPublicConnections: false, blockVpcConnections: false };

/** A project that is being made: born as closed as it can be, with its default branch. */
export function firstDraft(project: Declared, defaultKey: string): Draft {
  const draft = new Draft();
  const { network } = project.inputs;
  // Where the program hides it, that is said already.
  draft.network = isBag(network) && !isUnreadable(network) ? withSettings(OPEN, toFirstSettings(network as unknown as Network)) : CLOSED;
  addDefault(draft, project, defaultKey);
  return draft;
}

export interface RecordedProject {
  readonly key: string;
  readonly defaultKey: string;
  /** Of the resource that declares it, if the stack does. */
  readonly project: Declared | undefined;
  readonly present: readonly Present[];
  /** Branches that are referred to by their ids, with the URN of what refers. */
  readonly named: ReadonlyMap<string, string>;
}

/** A setting of which recorded resources say different things. */
export interface Contested {
  readonly what: string;
  /** The branch whose protection it is; undefined of the project's network. */
  readonly branchKey: string | undefined;
}

/** A project that is there: what is recorded of it. Where resources disagree, what surely holds, and the settings they disagree on. */
export function recordedDraft(
  { key, defaultKey, project, present, named }: RecordedProject,
  context: EffectContext,
): { draft: Draft; contested: readonly Contested[]; networkDeclared: boolean } {
  const draft = new Draft();
  const effects = present.map((one) => ({ declared: one.declared, effect: recordedEffect(one, context) }));
  if (project) addDefault(draft, project, defaultKey);
  for (const { effect } of effects) draft.add(effect);
  addUndeclared(draft, key, (project ?? present[0]?.declared)?.urn ?? key, named);
  const contested = [...addNetwork(draft, effects), ...addProtection(draft, effects)];
  return { draft, contested, networkDeclared: effects.some(({ effect }) => effect.network !== undefined) };
}

function addDefault(draft: Draft, { urn, inputs }: Declared, key: string): void {
  const { defaultBranch } = inputs;
  const name =
    isBag(defaultBranch) && typeof defaultBranch["name"] === "string" && !isUnreadable(defaultBranch["name"])
      ? defaultBranch["name"]
      : "main";
  draft.branches.set(key, { key, urn, name, parentKey: undefined, schemaOnly: false, origin: "declared" });
  draft.run(key);
}

/** What a recorded resource says. */
interface Recorded {
  readonly declared: Declared;
  readonly effect: Effect;
}

function addNetwork(draft: Draft, recorded: readonly Recorded[]): Contested[] {
  const owners = recorded.flatMap(({ declared, effect: { network } }) => (network ? [{ urn: declared.urn, network }] : []));
  const states = owners.map((last) =>
    [...owners.filter((one) => one !== last), last].reduce((state, { network }) => withNetwork(state, network), UNDECLARED_NETWORK),
  );
  draft.network = uniteNetworks(states, "surest");
  // Who owns a list as a whole takes out what others put in, unless they come after it.
  const lists = owners.filter(({ network }) => network.allow === "listed");
  for (const { declared, effect } of recorded)
    if (effect.ranges && lists.every(({ urn }) => declared.dependencies.includes(urn))) draft.addRanges(effect.ranges);
  return new Set(states.map((state) => JSON.stringify({ ...state, ips: [...state.ips].sort() }))).size > 1
    ? [{ what: "who may connect", branchKey: undefined }]
    : [];
}

function addProtection(draft: Draft, recorded: readonly Recorded[]): Contested[] {
  const values = new Map<string, Set<boolean>>();
  for (const { effect } of recorded) {
    if (!effect.protection) continue;
    const { branchKey, value } = effect.protection;
    values.set(branchKey, new Set([...(values.get(branchKey) ?? []), value]));
  }
  return [...values].flatMap(([key, found]) => {
    draft.protect(key, found.has(true));
    return found.size > 1 ? [{ what: `the protection of ${draft.branches.get(key)?.name ?? key}`, branchKey: key }] : [];
  });
}
