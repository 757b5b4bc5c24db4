import type { ResourceRef } from "../../finding.js";
import { toProjectRef } from "../../scan/inventory.js";
import { RULES, type ScanRule } from "../../scan/rules.js";
import type { Outcome, PostureControl } from "../control.js";
import type { PostureFacts, PostureProject, Read } from "../facts.js";

/** What a control must know of a project, by the name under which an inventory says that it could not be read. */
export type Need = "branches" | "computes" | "private endpoints" | "whose rows its restored branches carry" | "history";

/** One outcome for each project: what is missing first, then what is wrong. @param find what is wrong, in a few words */
export const judgeProjects = (needs: readonly Need[], find: (project: PostureProject, facts: PostureFacts) => string | undefined) =>
  function* (facts: PostureFacts): Iterable<Outcome> {
    for (const project of facts.projects) {
      const resource = toProjectRef(project.project);
      const reason = needs.map((need) => findGap(project, need, facts)).find((gap) => gap !== undefined);
      const what = find(project, facts);
      // What is surely wrong is told, however little else could be read.
      if (what !== undefined) yield { resource, state: "fails", what };
      else yield reason === undefined ? { resource, state: "holds" } : { resource, state: "notKnown", reason };
    }
  };

/** Why a part of the project is not known; undefined where it is. */
function findGap(project: PostureProject, need: Need, { inventory }: PostureFacts): string | undefined {
  const { branches, computes, privateKnown, project: live } = project;
  const told = inventory.unjudged.find(({ resource, what }) => resource.id === live.id && what === need)?.reason;
  const isMissing = {
    branches: branches === undefined,
    computes: computes === undefined,
    "private endpoints": !privateKnown,
    "whose rows its restored branches carry": told !== undefined,
    history: live.history_retention_seconds === undefined,
  }[need];
  return isMissing ? `${need} could not be read: ${told ?? "the key may not read them"}` : undefined;
}

/** What a rule of `palisade scan` has of a control. */
type OfRule = Pick<PostureControl, "id" | "says" | "severity" | "remedy" | "check">;

const findRule = (id: string): ScanRule => {
  const rule = RULES.find((one) => one.id === id);
  if (!rule) throw new Error(`there is no rule ${id}`);
  return rule;
};

/** Where a rule says nothing because others tell of the same: whether what the control requires is so all the same. */
export interface Silence {
  readonly toldBy: readonly string[];
  /** What breaks it, in a few words. */
  readonly find: (project: PostureProject) => string | undefined;
}

/** A rule of scan over projects. */
export function fromProjectRule(id: string, needs: readonly Need[], silence?: Silence): OfRule {
  const { says, severity, remedy, find } = findRule(id);
  const check = (facts: PostureFacts): Iterable<Outcome> => {
    const matches = find({ ...toScanInput(facts), projects: facts.projects });
    const byProject = new Map<string, { resource: ResourceRef; after: string }[]>();
    for (const match of matches) {
      const projectId = match.resource.id.split("/")[0] ?? "";
      byProject.set(projectId, [...(byProject.get(projectId) ?? []), match]);
    }
    const quiet = judgeProjects(needs, (project) => silence?.find(project))(facts);
    return [...quiet].flatMap((outcome): Outcome[] => {
      const found = byProject.get(outcome.resource.id) ?? [];
      if (found.length > 0) return found.map(({ resource, after }) => ({ resource, state: "fails", what: after }));
      if (outcome.state !== "fails") return [outcome];
      return [{ resource: outcome.resource, state: "toldBy", rules: silence?.toldBy ?? [], what: outcome.what }];
    });
  };
  return { id, says, severity, remedy, check };
}

/** A rule of scan over API keys: those of the organisation, and those of whoever asks. */
export function fromKeyRule(id: string): OfRule {
  const { says, severity, remedy, find } = findRule(id);
  const check = function* (facts: PostureFacts): Iterable<Outcome> {
    const { organization, keys } = facts.inventory;
    const found = find({ ...toScanInput(facts), projects: [] });
    for (const { resource, after } of found) yield { resource, state: "fails", what: after };
    if (keys.ofOrganization === undefined) yield { resource: organization, state: "notKnown", reason: KEYS_UNREAD };
    else if (found.length === 0 && keys.ofOrganization.length + (keys.ofPerson ?? []).length > 0)
      yield { resource: organization, state: "holds" };
  };
  return { id, says, severity, remedy, check };
}

export const KEYS_UNREAD = "this key may not list the organisation's keys (a personal key of an administrator may)";

const toScanInput = ({ inventory: { organization, keys }, nowMs }: PostureFacts) => ({ organization, keys, now: nowMs });

/** Outcomes of a list of the organisation; what could not be read is one of them. */
export function* judgeRead<T>(resource: ResourceRef, found: Read<T>, judge: (value: T) => Iterable<Outcome>): Iterable<Outcome> {
  if ("reason" in found) yield { resource, state: "notKnown", reason: found.reason };
  else yield* judge(found.value);
}

export const toBranchRef = ({ project }: PostureProject, { id, name }: { id: string; name: string }): ResourceRef => ({
  kind: "branch",
  id: `${project.id}/${id}`,
  name: `${project.name}/${name}`,
});

/** @param what is wrong; nothing where it is undefined */
export const toOutcome = (resource: ResourceRef, what: string | undefined): Outcome =>
  what === undefined ? { resource, state: "holds" } : { resource, state: "fails", what };
