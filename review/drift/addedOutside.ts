import { getLastPart } from "../../contract/ids.js";
import { fromAnnotation, findProjectAnnotation, fromTaggedName } from "../../provider/introspection.js";
import type { ApiKey } from "../../contract/wire/apiKey.js";
import type { ResourceRef } from "../finding.js";
import type { ProjectInventory } from "../scan/inventory.js";
import { computeDelta, getDirection } from "../reachability/edits.js";
import { EMPTY } from "../reachability/model.js";
import { collectIds } from "./added.js";
import type { ManagedResource } from "./appliedRecord.js";
import { isCallerKey, findTrustedAdministrator, countPersonalKeys } from "./caller.js";
import { buildAddedFinding, type DriftItem, toProjectRef, formatRule } from "./driftItem.js";
import { buildLiveModel } from "./liveModel.js";
import { type Observation, getLocation } from "./observation.js";

/** What the organisation holds and nothing declares: projects, keys, people, private endpoints. */
export const listAddedOutside = (observation: Observation, managed: readonly ManagedResource[], urnStart: string): DriftItem[] => [
  ...listUndeclaredProjects(observation, managed).flatMap((read) => listUnmanagedProject(read, urnStart)),
  ...listAddedApiKeys(observation, managed),
  ...listAddedPeople(observation, managed),
  ...listAddedPrivateEndpoints(observation, managed),
];

const buildOrganizationRef = ({ orgId }: Observation, kind: string, id: string, name: string): ResourceRef => ({
  kind,
  id: `${orgId}/${id}`,
  name,
});

function listAddedApiKeys(observation: Observation, managed: readonly ManagedResource[]): DriftItem[] {
  const { ofOrganization = [], ofPerson = [] } = observation.inventory.keys;
  const declared = collectIds(managed, "ApiKey");
  const personal = new Set(ofPerson.map(({ id }) => id));
  const projects = new Set(managed.map((one) => getLocation(one).projectId));
  const ownUrns = managed.flatMap(({ kind, inputs }) =>
    kind === "ApiKey" && typeof inputs["managedBy"] === "string" ? [inputs["managedBy"]] : [],
  );
  return [...ofOrganization, ...ofPerson]
    .filter(({ id }) => !declared.has(String(id)))
    .map((key) => {
      const { id, name, created_at: changedAt, created_by, project_id: projectId } = key;
      const opens =
        projectId === undefined ? (personal.has(id) ? "all that its owner may see" : "all of the organisation") : `project ${projectId}`;
      const at = { resource: buildOrganizationRef(observation, "apiKey", String(id), name), changedAt, changedBy: created_by.name };
      const item = { ...at, rule: formatRule("ApiKey", "added"), traces: [{ kind: "api_key", id: String(id) }] };
      if (isCallerKey(observation, id))
        return buildAddedFinding({
          ...item,
          means: "neutral",
          severity: "low",
          expected: "askingKey",
          says: `The key that runs this command: its owner has no other. It opens ${opens}.`,
          remedy: "No action needed; take it into the ignore file if no run is to mention it.",
        });
      const mark = findTagOwner(key, ownUrns);
      // Everybody who can make a key can forge a mark: what it would open here is not made light of.
      const isHere = projectId === undefined || projects.has(projectId);
      if (mark === "other")
        return buildAddedFinding({
          ...item,
          rule: CLAIMED_KEY,
          ...(isHere ? { means: "opens", severity: "medium" } : { means: "neutral", severity: "low" }),
          says: `An API key that opens ${opens}. Its name carries the ownership tag of another stack, which is only a claim: whoever can create a key can write one.`,
          remedy:
            "Look for it in the other stack; revoke it if no stack declares it, otherwise accept it in the ignore file with a reason.",
        });
      const more = [
        ...(mark === "own" ? ["It carries this stack's ownership tag and is not recorded."] : []),
        ...(personal.has(id) && countPersonalKeys(observation) > 1
          ? [`One of the ${countPersonalKeys(observation)} keys of this person runs this command; the API does not say which.`]
          : []),
        key.last_used_at === undefined ? "It was never used." : `It was used last at ${key.last_used_at}.`,
      ];
      return buildAddedFinding({
        ...item,
        means: "opens",
        severity: projectId === undefined ? "high" : "medium",
        says: `An API key that nothing declares opens ${opens}. ${more.join(" ")}`,
      });
    });
}

/** Of a key whose name carries another stack's mark. */
export const CLAIMED_KEY = "api-key-claimed";

/** Whose mark a key's name carries. */
function findTagOwner({ name }: ApiKey, ownUrns: readonly string[]): "own" | "other" | undefined {
  if (fromTaggedName(name, { managedBy: "" }).ownershipTag === undefined) return undefined;
  return ownUrns.some((managedBy) => fromTaggedName(name, { managedBy }).ownershipTag?.managedBy === managedBy) ? "own" : "other";
}

function listAddedPeople(observation: Observation, managed: readonly ManagedResource[]): DriftItem[] {
  const { members = [], invitations = [] } = observation;
  const declared = new Set(managed.filter(({ kind }) => kind === "OrganizationMember").map(({ id }) => getLastPart(id)));
  const severityOf = (role: string) => (role === "admin" ? "high" : "medium");
  const at = (email: string) => ({
    rule: formatRule("OrganizationMember", "added"),
    resource: buildOrganizationRef(observation, "organizationMember", email, email),
  });
  const only = findTrustedAdministrator(observation);
  return [
    ...members
      .filter(({ user }) => !declared.has(user.email))
      .map(({ member, user }) => {
        const item = {
          ...at(user.email),
          traces: [{ kind: "member", id: member.id }],
          ...(member.joined_at !== undefined && { changedAt: member.joined_at }),
        };
        if (member.role === "admin" && member.user_id === only)
          return buildAddedFinding({
            ...item,
            means: "neutral",
            severity: "low",
            expected: "onlyAdministrator",
            says: `The only administrator of the organisation${observation.caller?.account_id === only ? ", whose key runs this command" : ", as when the record was made"}.`,
            remedy: "No action needed; declare an OrganizationMember, or take it into the ignore file, if no run is to mention it.",
          });
        return buildAddedFinding({
          ...item,
          means: "opens",
          severity: severityOf(member.role),
          says: `A member (${member.role}) that nothing declares.`,
        });
      }),
    ...invitations
      .filter(({ email }) => !declared.has(email))
      .map(({ id, email, role, invited_at: changedAt, invited_by: changedBy }) =>
        buildAddedFinding({
          ...at(email),
          changedAt,
          changedBy,
          traces: [{ kind: "invitation", id }],
          says: `An invitation (${role}) that nothing declares.`,
          means: "opens",
          severity: severityOf(role),
        }),
      ),
  ];
}

function listAddedPrivateEndpoints(observation: Observation, managed: readonly ManagedResource[]): DriftItem[] {
  const { inventory, orgId, endpoints = [] } = observation;
  const assigned = new Set(managed.filter(({ kind }) => kind === "PrivateEndpoint").map(({ id }) => id));
  return endpoints
    .filter(({ region_id, vpc_endpoint_id }) => !assigned.has(`${orgId}/${region_id}/${vpc_endpoint_id}`))
    .map(({ region_id, vpc_endpoint_id, label }) => {
      const id = `${region_id}/${vpc_endpoint_id}`;
      const admitting = inventory.projects.filter((read) => isAdmittingEveryEndpoint(read, region_id)).length;
      return buildAddedFinding({
        rule: formatRule("PrivateEndpoint", "added"),
        resource: buildOrganizationRef(observation, "privateEndpoint", id, `${vpc_endpoint_id} ${label}`),
        says: `A private endpoint that nothing declares; ${admitting === 0 ? "no project admits it" : `${admitting} of the projects admit every one of the region`}.`,
        ...(admitting > 0 && { means: "opens", severity: "medium" }),
        traces: [{ kind: "vpc_endpoint", id: `${orgId}/${id}` }],
      });
    });
}

/** A project that no stack says it has made. One that carries this stack's own mark and is not recorded counts, too. */
function listUnmanagedProject(read: ProjectInventory, urnStart: string): DriftItem[] {
  const { project, branches: all, annotations } = read;
  const mark = fromAnnotation(findProjectAnnotation(all?.find((branch) => branch.default)?.id ?? "", annotations));
  if (mark && !mark.managedBy.startsWith(urnStart)) return [];
  const model = buildLiveModel(read);
  return [
    buildAddedFinding({
      rule: formatRule("Project", "added"),
      resource: toProjectRef(project),
      project: project.id,
      changedAt: project.updated_at,
      says: mark ? "A project that carries this stack's ownership tag and is not recorded." : "A project that no stack declares.",
      means: model ? getDirection(computeDelta(EMPTY, model)) : "unknown",
      traces: [{ kind: "project", id: project.id }],
    }),
  ];
}

/** Projects of other stacks, by what their marks say: they are not judged here. */
export const listProjectsElsewhere = (observation: Observation, managed: readonly ManagedResource[], urnStart: string): string[] =>
  listUndeclaredProjects(observation, managed)
    .filter((read) => listUnmanagedProject(read, urnStart).length === 0)
    .map(({ project }) => project.name);

function listUndeclaredProjects({ inventory }: Observation, managed: readonly ManagedResource[]): ProjectInventory[] {
  const known = new Set(managed.map((one) => getLocation(one).projectId));
  return inventory.projects.filter(({ project }) => !known.has(project.id));
}

const isAdmittingEveryEndpoint = ({ project, restricted }: ProjectInventory, region: string): boolean =>
  project.region_id === region && project.settings?.block_vpc_connections !== true && restricted?.length === 0;
