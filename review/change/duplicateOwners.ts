import { type Kind, type Properties, isProperties, findEndpointId } from "../../provider/introspection.js";
import { hasEffect } from "./effects.js";
import type { ChangeFinding } from "./finding.js";
import { toResourceRef } from "./resourceRef.js";
import type { Change, Declared, ResourceChange } from "./change.js";
import type { Moment, References } from "./references.js";

/** Settings that two resources of the stack both declare: whoever runs last wins, and the next update turns it round. */
export function judgeDuplicateOwners({ resources }: Change, references: References): ChangeFinding[] {
  const [before, after] = [collectSettingOwners(resources, "before", references), collectSettingOwners(resources, "after", references)];
  return [...after].flatMap(([setting, owners]) => {
    const earlier = new Set(before.get(setting));
    // Told of those that come in addition; among equals of all but the object itself, or the first.
    const [first, ...others] = [...owners].sort((a, b) => Number(earlier.has(b)) - Number(earlier.has(a)) || getRank(a) - getRank(b));
    const names = owners.map(({ name }) => name).join(" and ");
    return others.map((resource): ChangeFinding => ({
      urn: resource.urn,
      resource: toResourceRef(resource),
      rule: "declared-twice",
      // What was so before is no part of the change.
      ...(earlier.size > 1 && earlier.has(resource) && !owners.some(isSentAgain)
        ? { severity: "low", direction: "neutral" }
        : { severity: "medium", direction: "unknown" }),
      before: earlier.size > 1 ? `declared by ${names}` : `declared by ${(first as ResourceChange).name}`,
      after: `declared by ${names}`,
      says: `${SETTINGS[setting.slice(0, setting.indexOf(" "))] ?? "One setting"} is declared by ${names}${earlier.size > 1 ? ", as before" : ""}: where they differ, the order of the update decides.`,
      remedy: "Let one resource declare it.",
    }));
  });
}

const SETTINGS: Readonly<Record<string, string>> = {
  network: "Who may connect to the project",
  protected: "The protection of the branch",
  compute: "The read-write compute of the branch",
  permission: "A person's access to the project",
  restriction: "The restriction to one private endpoint",
  assignment: "One private endpoint of the organisation",
  privileges: "What the role may do in the database",
  membership: "A person's membership",
};

/** Whether it sends again what it declares, over what another one has. What reach is made of the model tells in every order. */
const isSentAgain = ({ op, kind }: ResourceChange): boolean => op !== "same" && op !== "read" && !hasEffect(kind);

const getRank = ({ kind }: ResourceChange): number => (kind === "Project" || kind === "Branch" ? 0 : 1);

/** Who declares each setting, by `what where`. */
export function collectSettingOwners(
  resources: readonly ResourceChange[],
  moment: Moment,
  references: References,
): ReadonlyMap<string, readonly ResourceChange[]> {
  const owners = new Map<string, ResourceChange[]>();
  for (const resource of resources)
    for (const setting of resource[moment] ? listOwnedSettings(resource[moment], moment, references) : []) {
      const others = owners.get(setting);
      if (others) others.push(resource);
      else owners.set(setting, [resource]);
    }
  return owners;
}

/** `what where` of each setting that a resource owns: an object has one key, by whatever words it is named. */
export const listOwnedSettings = (declared: Declared, moment: Moment, references: References): readonly string[] => {
  const owned = declared.kind === undefined ? undefined : OWNED[declared.kind];
  return owned === undefined || owned === "its own object" ? [] : owned(declared, new SettingScope(declared, moment, references));
};

/** The places that a resource's settings are in. What nothing tells is like no other. */
class SettingScope {
  constructor(
    private readonly declared: Declared,
    private readonly moment: Moment,
    private readonly references: References,
  ) {}

  get project(): string {
    return this.references.findProjectKey(this.declared, this.moment) ?? `unknown to ${this.declared.urn}`;
  }

  getBranchKey(property: string): string {
    return this.references.findBranchKey(this.declared, property, this.moment) ?? `unknown to ${this.declared.urn}`;
  }

  get defaultBranch(): string {
    return this.references.getDefaultBranchKey(this.project);
  }

  get own(): string {
    return this.references.getOwnKey(this.declared);
  }
}

/** Two accounts may be two organisations. */
const formatOrganisation = ({ orgId, account }: Properties): string => `${String(orgId)}@${String(account)}`;

const OWNED: Record<Kind, "its own object" | ((declared: Declared, naming: SettingScope) => string[])> = {
  Project: ({ inputs: { network, defaultBranch } }, { project, defaultBranch: branch }) => [
    ...(isProperties(network) && network["allow"] !== "managedSeparately" ? [`network ${project}`] : []),
    ...(isProperties(defaultBranch) && defaultBranch["protected"] !== undefined ? [`protected ${branch}`] : []),
    ...(isProperties(defaultBranch) && defaultBranch["compute"] !== undefined ? [`compute ${branch}`] : []),
  ],
  IpAllowlist: (_, { project }) => [`network ${project}`],
  Branch: ({ inputs }, { own }) => [
    ...(inputs["protected"] === undefined ? [] : [`protected ${own}`]),
    ...(isProperties(inputs["compute"]) ? [`compute ${own}`] : []),
  ],
  ComputeEndpoint: ({ inputs }, naming) => (inputs["type"] === "read_write" ? [`compute ${naming.getBranchKey("branchId")}`] : []),
  BranchProtection: (_, naming) => [`protected ${naming.getBranchKey("branch")}`],
  ProjectPermission: ({ inputs }, { project }) => [`permission ${project}/${String(inputs["email"]).toLowerCase()}`],
  VpcEndpointRestriction: ({ inputs }, { project }) => [`restriction ${project}/${String(inputs["vpcEndpointId"])}`],
  PrivateEndpoint: ({ inputs }) => [
    `assignment ${formatOrganisation(inputs)}/${String(inputs["regionId"])}/${String(findEndpointId(inputs))}`,
  ],
  RoleGrants: ({ inputs }, naming) => [
    `privileges ${naming.getBranchKey("branchId")}/${String(inputs["databaseName"])}/${String(inputs["roleName"])}`,
  ],
  TemporaryAccess: ({ inputs }, naming) => [`access ${naming.getBranchKey("branchId")}/${String(inputs["roleName"])}`],
  OrganizationMember: ({ inputs }) => [`membership ${formatOrganisation(inputs)}/${String(inputs["email"]).toLowerCase()}`],
  CustomerManagedKey: (_, { project }) => [`key ${project}`],
  KeyVaultRotationPolicy: ({ inputs }) => [`rotation ${String(inputs["vaultUrl"])}/${String(inputs["keyName"])}`],
  // An entry is made to stand beside others, and a schedule is one of several.
  IpAllowlistEntry: "its own object",
  BackupSchedule: "its own object",
  AuditExport: "its own object",
  ApiKey: "its own object",
  Database: "its own object",
  JwksUrl: "its own object",
  Role: "its own object",
  RotatingRole: "its own object",
  Snapshot: "its own object",
};
