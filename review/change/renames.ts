import { catalogue, type Kind, type Properties } from "../../provider/introspection.js";
import { listOwnedSettings } from "./duplicateOwners.js";
import type { ChangeFinding } from "./finding.js";
import type { Declared, ResourceChange } from "./change.js";
import type { Moment, References } from "./references.js";
import { toResourceRef } from "./resourceRef.js";

/** For each new resource the one that goes at the same time and was the same in other words, by URN: a rename that the program does not tell Pulumi of. */
export function findRenames(resources: readonly ResourceChange[], references: References): ReadonlyMap<string, ResourceChange> {
  const gone = new Map<string, ResourceChange>();
  for (const resource of resources)
    if (resource.op === "delete" && resource.kind && resource.before)
      gone.set(computeIdentity(resource.kind, resource.before, "before", references), resource);
  const renames = new Map<string, ResourceChange>();
  for (const resource of resources) {
    if (resource.op !== "create" || !resource.kind || !resource.after) continue;
    const identity = computeIdentity(resource.kind, resource.after, "after", references);
    const before = gone.get(identity);
    if (before === undefined) continue;
    gone.delete(identity);
    renames.set(resource.urn, before);
  }
  return renames;
}

/** What makes two declarations speak of the same object: the settings that they own, else all that they say. */
function computeIdentity(kind: Kind, declared: Declared, moment: Moment, references: References): string {
  const settings = listOwnedSettings(declared, moment, references);
  const { account } = declared.inputs;
  if (settings.length > 0 && OWNS_NO_OBJECT.has(kind)) return [kind, String(account), ...settings].join("\n");
  const { __provider: _, managedBy: __, ...inputs } = declared.inputs;
  const where = "projectId" in catalogue[kind].inputs.shape ? references.findProjectKey(declared, moment) : undefined;
  return JSON.stringify([kind, where, sortEntries({ ...inputs, projectId: undefined })]);
}

/** Kinds of which a second declaration makes nothing new: what was there in other words gives nobody more. */
export const OWNS_NO_OBJECT: ReadonlySet<Kind> = new Set<Kind>([
  ...(["IpAllowlist", "BranchProtection", "ProjectPermission", "VpcEndpointRestriction", "PrivateEndpoint", "RoleGrants"] as const),
  ...(["OrganizationMember", "KeyVaultRotationPolicy"] as const),
]);

const sortEntries = (bag: Properties): [string, unknown][] => Object.entries(bag).sort(([a], [b]) => (a < b ? -1 : 1));

/** What Pulumi is to be told of a rename. */
export function judgeRenames(resources: readonly ResourceChange[], renames: ReadonlyMap<string, ResourceChange>): ChangeFinding[] {
  return resources.flatMap((resource): ChangeFinding[] => {
    const before = renames.get(resource.urn);
    if (before === undefined) return [];
    return [
      {
        urn: resource.urn,
        resource: toResourceRef(resource),
        rule: "renamed-without-alias",
        severity: "low",
        direction: "neutral",
        before: before.name,
        after: resource.name,
        says: `It was declared as ${before.name}: without an alias Pulumi makes it once more and then removes the old one, and what the two share goes with it.`,
        remedy: `Renamed? Add the option ${formatAlias(before, resource)}`,
      },
    ];
  });
}

/** A name says enough where nothing but the name has changed. */
const formatAlias = (before: ResourceChange, after: ResourceChange): string => {
  const head = (urn: string) => urn.slice(0, urn.lastIndexOf("::"));
  return head(before.urn) === head(after.urn)
    ? `aliases: [{ name: ${JSON.stringify(before.name)} }]`
    : `aliases: [${JSON.stringify(before.urn)}]`;
};
