import { lastPart } from "../../contract/ids.js";
import type { Kind } from "../../provider/resources/index.js";
import { isBag, UNKNOWN } from "../../provider/resources/settled.js";
import type { ChangeFinding } from "./finding.js";
import type { Change, Declared, ResourceChange } from "./model.js";
import { refOf } from "./resources.js";

/** Settings that two resources of the stack both declare: whoever runs last wins, and the next update turns it round. */
export function twiceFindings({ resources }: Change): ChangeFinding[] {
  const [earlier, owners] = [ownersOf(resources, "before"), ownersOf(resources, "after")];
  return [...owners].flatMap(([setting, [first, ...others]]) =>
    others.map((resource): ChangeFinding => ({
      ...{ urn: resource.urn, resource: refOf(resource), rule: "declared-twice" },
      // What was so before is no part of the change.
      ...((earlier.get(setting)?.length ?? 0) > 1
        ? { severity: "low", direction: "neutral" }
        : { severity: "medium", direction: "unknown" }),
      before: `declared by ${(first as ResourceChange).name}`,
      after: `declared by ${resource.name} as well`,
      says: `${setting.slice(0, setting.indexOf(" "))} has two owners: which one holds depends on the order of the update.`,
      remedy: "Let one resource declare it.",
    })),
  );
}

function ownersOf(resources: readonly ResourceChange[], side: "before" | "after"): Map<string, ResourceChange[]> {
  const owners = new Map<string, ResourceChange[]>();
  for (const resource of resources)
    for (const setting of resource[side] ? settingsOf(resource[side]) : []) {
      const others = owners.get(setting);
      if (others) others.push(resource);
      else owners.set(setting, [resource]);
    }
  return owners;
}

/** `what where` of each setting that a resource owns. References that are known only later are compared by what they come from. */
const settingsOf = (declared: Declared): readonly string[] => (declared.kind && OWNED[declared.kind]?.(declared)) ?? [];

const OWNED: Partial<Record<Kind, (declared: Declared) => string[]>> = {
  Project: ({ id, urn, inputs: { network, defaultBranch } }) => [
    ...(isBag(network) && network["allow"] !== "elsewhere" ? [`network ${id ?? urn}`] : []),
    ...(isBag(defaultBranch) && defaultBranch["protected"] !== undefined ? [`protected ${id ?? urn}/default`] : []),
  ],
  IpAllowlist: (one) => [`network ${projectOf(one)}`],
  Branch: ({ id, urn, inputs }) => (inputs["protected"] === undefined ? [] : [`protected ${id === undefined ? urn : lastPart(id)}`]),
  BranchProtection: (one) => [
    one.inputs["branch"] === "default" ? `protected ${projectOf(one)}/default` : `protected ${reference(one, "branch")}`,
  ],
  ProjectPermission: (one) => [`permission ${projectOf(one)}/${String(one.inputs["email"]).toLowerCase()}`],
  VpcEndpointRestriction: (one) => [`restriction ${projectOf(one)}/${String(one.inputs["vpcEndpointId"])}`],
  RoleGrants: (one) => [`privileges ${reference(one, "branchId")}/${String(one.inputs["databaseName"])}/${String(one.inputs["roleName"])}`],
};

const projectOf = (one: Declared): string => reference(one, "projectId");

function reference({ inputs, origins }: Declared, property: string): string {
  const value = inputs[property];
  if (typeof value === "string" && value !== UNKNOWN)
    return property === "projectId" ? (value.split("/", 1)[0] as string) : lastPart(value);
  return origins[property]?.[0] ?? `${property} of an unknown resource`;
}
