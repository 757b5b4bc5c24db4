import type { Network } from "../../provider/introspection.js";
import { type Act, type ActOrder } from "./acts.js";
import { ProjectDraft, type NetworkState, type ProjectModel, uniteNetworks, applyNetwork } from "./projectDraft.js";
import type { Effect } from "./effects.js";

/** An act, and what it does in one project. */
export interface PlannedAct {
  readonly act: Act;
  /** Of a write what it says from then on; of a removal what goes. */
  readonly effect: Effect;
  /** Entries that an update takes off the list. */
  readonly dropped: readonly string[];
  /** The branch that alone it is about; undefined for the whole project. */
  readonly branchKey: string | undefined;
}

/** One project: what surely holds before the update, and what the update does to it. */
export interface ProjectPlan {
  readonly head: Pick<ProjectModel, "key" | "urn" | "name" | "declared" | "networkDeclared">;
  readonly base: ProjectDraft;
  /** Key of the act that makes the project; undefined where it is there already. */
  readonly createdBy: string | undefined;
  readonly acts: readonly PlannedAct[];
}

/** The project once these acts are done, in whatever order: undefined before it is made. Of what the order decides, the most open counts. */
export function buildModelAt(
  { head, base, createdBy, acts }: ProjectPlan,
  order: ActOrder,
  done: (act: PlannedAct) => boolean,
): ProjectModel | undefined {
  const doing = acts.filter(done);
  if (createdBy !== undefined && !doing.some(({ act }) => act.key === createdBy)) return undefined;
  if (doing.length === 0) return base.toModel(head);
  const draft = new ProjectDraft(base);
  const writes = doing.filter(({ act }) => act.phase === "write");
  for (const { effect } of writes) draft.add(effect);
  const lasts = writeNetwork(draft, doing, order);
  writeProtection(draft, writes, order);
  for (const { dropped } of writes) draft.removeRanges(dropped);
  for (const { act, effect } of writes) {
    const survives = lasts.length === 0 || lasts.some((last) => !order.isBefore(act, last.act));
    if (effect.ranges && survives) draft.addRanges(effect.ranges);
  }
  for (const { act, effect } of doing) if (act.phase === "remove") draft.remove(effect);
  return draft.toModel(head);
}

const isNetworkWriter = (act: PlannedAct): act is PlannedAct & { effect: { network: Network } } => act.effect.network !== undefined;

/** Those that may be the last of several, since none of the others surely follows. */
const listPossiblyLast = <A extends PlannedAct>(writers: readonly A[], order: ActOrder): A[] =>
  writers.filter((one) => !writers.some((other) => other !== one && order.isBefore(one.act, other.act)));

/** @returns the writers that may be the last */
function writeNetwork(draft: ProjectDraft, doing: readonly PlannedAct[], order: ActOrder): readonly PlannedAct[] {
  const writers = doing.filter(isNetworkWriter);
  if (writers.length === 0) return [];
  const lasts = listPossiblyLast(writers, order);
  draft.network = uniteNetworks(
    lasts.map((last) => applyInTurn(draft.network, writers, last, order)),
    "widest",
  );
  return lasts;
}

/** The network after all writers, this one last. */
function applyInTurn(
  start: NetworkState,
  writers: readonly (PlannedAct & { effect: { network: Network } })[],
  last: PlannedAct,
  order: ActOrder,
): NetworkState {
  const others = writers.filter((one) => one !== last);
  const sorted = [...others].sort((a, b) => (order.isBefore(a.act, b.act) ? -1 : order.isBefore(b.act, a.act) ? 1 : 0));
  return [...sorted, last as (typeof writers)[number]].reduce((state, { effect }) => applyNetwork(state, effect.network), start);
}

function writeProtection(draft: ProjectDraft, writes: readonly PlannedAct[], order: ActOrder): void {
  const byBranch = new Map<string, PlannedAct[]>();
  for (const write of writes) {
    const key = write.effect.protection?.branchKey;
    if (key === undefined) continue;
    const others = byBranch.get(key);
    if (others) others.push(write);
    else byBranch.set(key, [write]);
  }
  for (const [key, writers] of byBranch)
    draft.protect(
      key,
      listPossiblyLast(writers, order).every(({ effect }) => effect.protection?.value === true),
    );
}
