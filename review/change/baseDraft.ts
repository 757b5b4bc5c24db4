import { type Network, toFirstSettings, isProperties, isUnreadable } from "../../provider/introspection.js";
import { ProjectDraft, type NetworkState, uniteNetworks, UNDECLARED_NETWORK, applyNetwork, applySettings } from "./projectDraft.js";
import { type Effect, type EffectContext, type PresentResource, buildRecordedEffect } from "./effects.js";
import type { Declared } from "./change.js";
import { addUndeclaredBranches } from "./undeclared.js";

/** Initial state of a project, before its acts. */

const CLOSED: NetworkState = { ips: [], protectedBranchesOnly: false, blockPublicConnections: true, blockVpcConnections: true };
const OPEN: NetworkState = { ...CLOSED, blockPublicConnections: false, blockVpcConnections: false };

/** A project that the update creates: as closed as possible, with its default branch. */
export function buildFirstDraft(project: Declared, defaultKey: string): ProjectDraft {
  const draft = new ProjectDraft();
  const { network } = project.inputs;
  // Where the program hides it, that is said already.
  draft.network =
    isProperties(network) && !isUnreadable(network) ? applySettings(OPEN, toFirstSettings(network as unknown as Network)) : CLOSED;
  addDefaultBranch(draft, project, defaultKey);
  return draft;
}

export interface RecordedProject {
  readonly key: string;
  readonly defaultKey: string;
  /** Of the resource that declares it, if the stack does. */
  readonly project: Declared | undefined;
  readonly present: readonly PresentResource[];
  /** Branches that are referred to by their ids, with the URN of what refers. */
  readonly named: ReadonlyMap<string, string>;
}

/** A setting of which recorded resources say different things. */
export interface ContestedSetting {
  readonly what: string;
  /** The branch whose protection it is; undefined of the project's network. */
  readonly branchKey: string | undefined;
}

/** A project that is there: what is recorded of it. Where resources disagree, what surely holds, and the settings they disagree on. */
export function buildRecordedDraft(
  { key, defaultKey, project, present, named }: RecordedProject,
  context: EffectContext,
): { draft: ProjectDraft; contested: readonly ContestedSetting[]; networkDeclared: boolean } {
  const draft = new ProjectDraft();
  const effects = present.map((one) => ({ declared: one.declared, effect: buildRecordedEffect(one, context) }));
  if (project) addDefaultBranch(draft, project, defaultKey);
  for (const { effect } of effects) draft.add(effect);
  addUndeclaredBranches(draft, key, (project ?? present[0]?.declared)?.urn ?? key, named);
  const contested = [...addNetwork(draft, effects), ...addProtection(draft, effects)];
  return { draft, contested, networkDeclared: effects.some(({ effect }) => effect.network !== undefined) };
}

function addDefaultBranch(draft: ProjectDraft, { urn, inputs }: Declared, key: string): void {
  const { defaultBranch } = inputs;
  const name =
    isProperties(defaultBranch) && typeof defaultBranch["name"] === "string" && !isUnreadable(defaultBranch["name"])
      ? defaultBranch["name"]
      : "main";
  draft.branches.set(key, { key, urn, name, parentKey: undefined, schemaOnly: false, origin: "declared" });
  draft.addOwnCompute(key);
}

/** What a recorded resource says. */
interface RecordedEffect {
  readonly declared: Declared;
  readonly effect: Effect;
}

function addNetwork(draft: ProjectDraft, recorded: readonly RecordedEffect[]): ContestedSetting[] {
  const owners = recorded.flatMap(({ declared, effect: { network } }) => (network ? [{ urn: declared.urn, network }] : []));
  const states = owners.map((last) =>
    [...owners.filter((one) => one !== last), last].reduce((state, { network }) => applyNetwork(state, network), UNDECLARED_NETWORK),
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

function addProtection(draft: ProjectDraft, recorded: readonly RecordedEffect[]): ContestedSetting[] {
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
