import { lastPart } from "../../contract/ids.js";
import { fromAnnotation, projectAnnotation } from "../../provider/resources/context.js";
import { fromName } from "../../provider/resources/apiKey/wire.js";
import type { ApiKey } from "../../contract/wire/apiKey.js";
import type { ResourceRef } from "../finding.js";
import type { ReadProject } from "../scan/inventory.js";
import { deltaOf, directionOf } from "../reachability/edits.js";
import { EMPTY } from "../reachability/model.js";
import { idsOf } from "./added.js";
import type { Managed } from "./applied.js";
import { isAskingKey, onlyAdministrator, personalKeys } from "./caller.js";
import { addedFinding, type Item, projectRef, ruleOf } from "./item.js";
import { liveModel } from "./liveModel.js";
import { type Observation, placeOf } from "./observe.js";

/** What the organisation holds and nothing declares: projects, keys, people, private endpoints. */
export const addedOutside = (observation: Observation, managed: readonly Managed[], urnStart: string): Item[] => [
  ...othersOf(observation, managed).flatMap((read) => unmanagedProject(read, urnStart)),
  ...apiKeys(observation, managed),
  ...people(observation, managed),
  ...privateEndpoints(observation, managed),
];

const inOrganization = ({ orgId }: Observation, kind: string, id: string, name: string): ResourceRef => ({
  ...{ kind, id: `${orgId}/${id}`, name },
});

function apiKeys(observation: Observation, managed: readonly Managed[]): Item[] {
  const { ofOrganization = [], ofPerson = [] } = observation.inventory.keys;
  const declared = idsOf(managed, "ApiKey");
  const personal = new Set(ofPerson.map(({ id }) => id));
  const projects = new Set(managed.map((one) => placeOf(one).projectId));
  const ownUrns = managed.flatMap(({ kind, inputs }) =>
    kind === "ApiKey" && typeof inputs["managedBy"] === "string" ? [inputs["managedBy"]] : [],
  );
  return [...ofOrganization, ...ofPerson]
    .filter(({ id }) => !declared.has(String(id)))
    .map((key) => {
      const { id, name, created_at: changedAt, created_by, project_id: projectId } = key;
      const opens =
        projectId === undefined ? (personal.has(id) ? "all that its owner may see" : "all of the organisation") : `project ${projectId}`;
      const at = { resource: inOrganization(observation, "apiKey", String(id), name), changedAt, changedBy: created_by.name };
      const item = { ...at, rule: ruleOf("ApiKey", "added"), traces: [{ kind: "api_key", id: String(id) }] };
      if (isAskingKey(observation, id))
        return addedFinding({
          ...{ ...item, means: "neutral", severity: "low", expected: "askingKey" },
          says: `The key that runs this command: its owner has no other. It opens ${opens}.`,
          remedy: "No action needed; take it into the ignore file if no run is to mention it.",
        });
      const mark = markOf(key, ownUrns);
      // Everybody who can make a key can forge a mark: what it would open here is not made light of.
      const isHere = projectId === undefined || projects.has(projectId);
      if (mark === "other")
        return addedFinding({
          ...{ ...item, rule: CLAIMED_KEY, ...(isHere ? { means: "opens", severity: "medium" } : { means: "neutral", severity: "low" }) },
          says: `An API key that opens ${opens}. Its name carries the mark of another stack, which is only a claim: whoever can make a key can write one.`,
          remedy:
            "Look for it in the other stack; revoke it if no stack declares it, otherwise accept it in the ignore file with a reason.",
        });
      const more = [
        ...(mark === "own" ? ["It carries this stack's mark and is not recorded."] : []),
        ...(personal.has(id) && personalKeys(observation) > 1
          ? [`One of the ${personalKeys(observation)} keys of this person runs this command; the API does not say which.`]
          : []),
        key.last_used_at === undefined ? "It was never used." : `It was used last at ${key.last_used_at}.`,
      ];
      return addedFinding({
        ...{ ...item, means: "opens", severity: projectId === undefined ? "high" : "medium" },
        says: `An API key that nothing declares opens ${opens}. ${more.join(" ")}`,
      });
    });
}

/** Of a key whose name carries another stack's mark. */
export const CLAIMED_KEY = "api-key-claimed";

/** Whose mark a key's name carries. */
function markOf({ name }: ApiKey, ownUrns: readonly string[]): "own" | "other" | undefined {
  if (fromName(name, { managedBy: "" }).mark === undefined) return undefined;
  return ownUrns.some((managedBy) => fromName(name, { managedBy }).mark?.managedBy === managedBy) ? "own" : "other";
}

function people(observation: Observation, managed: readonly Managed[]): Item[] {
  const { members = [], invitations = [] } = observation;
  const declared = new Set(managed.filter(({ kind }) => kind === "OrganizationMember").map(({ id }) => lastPart(id)));
  const severityOf = (role: string) => (role === "admin" ? "high" : "medium");
  const at = (email: string) => ({
    ...{ rule: ruleOf("OrganizationMember", "added"), resource: inOrganization(observation, "organizationMember", email, email) },
  });
  const only = onlyAdministrator(observation);
  return [
    ...members
      .filter(({ user }) => !declared.has(user.email))
      .map(({ member, user }) => {
        const item = {
          ...{ ...at(user.email), traces: [{ kind: "member", id: member.id }] },
          ...(member.joined_at !== undefined && { changedAt: member.joined_at }),
        };
        if (member.role === "admin" && member.user_id === only)
          return addedFinding({
            ...{ ...item, means: "neutral", severity: "low", expected: "onlyAdministrator" },
            says: `The only administrator of the organisation${observation.caller?.account_id === only ? ", whose key runs this command" : ", as when the record was made"}.`,
            remedy: "No action needed; declare an OrganizationMember, or take it into the ignore file, if no run is to mention it.",
          });
        return addedFinding({
          ...{ ...item, means: "opens", severity: severityOf(member.role) },
          says: `A member (${member.role}) that nothing declares.`,
        });
      }),
    ...invitations
      .filter(({ email }) => !declared.has(email))
      .map(({ id, email, role, invited_at: changedAt, invited_by: changedBy }) =>
        addedFinding({
          ...{ ...at(email), changedAt, changedBy, traces: [{ kind: "invitation", id }] },
          ...{ says: `An invitation (${role}) that nothing declares.`, means: "opens", severity: severityOf(role) },
        }),
      ),
  ];
}

function privateEndpoints(observation: Observation, managed: readonly Managed[]): Item[] {
  const { inventory, orgId, endpoints = [] } = observation;
  const assigned = new Set(managed.filter(({ kind }) => kind === "PrivateEndpoint").map(({ id }) => id));
  return endpoints
    .filter(({ region_id, vpc_endpoint_id }) => !assigned.has(`${orgId}/${region_id}/${vpc_endpoint_id}`))
    .map(({ region_id, vpc_endpoint_id, label }) => {
      const id = `${region_id}/${vpc_endpoint_id}`;
      const admitting = inventory.projects.filter((read) => admitsEvery(read, region_id)).length;
      return addedFinding({
        rule: ruleOf("PrivateEndpoint", "added"),
        resource: inOrganization(observation, "privateEndpoint", id, `${vpc_endpoint_id} ${label}`),
        says: `A private endpoint that nothing declares; ${admitting === 0 ? "no project admits it" : `${admitting} of the projects admit every one of the region`}.`,
        ...(admitting > 0 && { means: "opens", severity: "medium" }),
        traces: [{ kind: "vpc_endpoint", id: `${orgId}/${id}` }],
      });
    });
}

/** A project that no stack says it has made. One that carries this stack's own mark and is not recorded counts, too. */
function unmanagedProject(read: ReadProject, urnStart: string): Item[] {
  const { project, branches: all, annotations } = read;
  const mark = fromAnnotation(projectAnnotation(all?.find((branch) => branch.default)?.id ?? "", annotations));
  if (mark && !mark.managedBy.startsWith(urnStart)) return [];
  const model = liveModel(read);
  return [
    addedFinding({
      ...{ rule: ruleOf("Project", "added"), resource: projectRef(project), project: project.id, changedAt: project.updated_at },
      says: mark ? "A project that carries this stack's mark and is not recorded." : "A project that no stack declares.",
      ...{ means: model ? directionOf(deltaOf(EMPTY, model)) : "unknown", traces: [{ kind: "project", id: project.id }] },
    }),
  ];
}

/** Projects of other stacks, by what their marks say: they are not judged here. */
export const elsewhere = (observation: Observation, managed: readonly Managed[], urnStart: string): string[] =>
  othersOf(observation, managed)
    .filter((read) => unmanagedProject(read, urnStart).length === 0)
    .map(({ project }) => project.name);

function othersOf({ inventory }: Observation, managed: readonly Managed[]): ReadProject[] {
  const known = new Set(managed.map((one) => placeOf(one).projectId));
  return inventory.projects.filter(({ project }) => !known.has(project.id));
}

const admitsEvery = ({ project, restricted }: ReadProject, region: string): boolean =>
  project.region_id === region && project.settings?.block_vpc_connections !== true && restricted?.length === 0;
