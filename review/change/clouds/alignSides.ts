import type { Declared, ResourceChange } from "../change.js";
import { AWS_ENDPOINT } from "./aws.js";
import { toList, hasReferenceTo } from "./privatePath.js";

/**
 * The same resources with one URN and one type on both sides. By an alias the recorded side has another URN, as has what refers to it: here it has
 * the one of the declared side, so that both are compared as one resource. Types are without the API version that Azure's may have.
 */
export function alignSides(resources: readonly ResourceChange[]): ResourceChange[] {
  const moved = new Map(resources.flatMap(({ urn, before }) => (before && before.urn !== urn ? [[before.urn, urn] as const] : [])));
  const now = (urn: string): string => moved.get(urn) ?? urn;
  const follow = (one: Declared): Declared => ({
    ...one,
    urn: now(one.urn),
    dependencies: one.dependencies.map(now),
    origins: Object.fromEntries(Object.entries(one.origins).map(([property, urns]) => [property, urns.map(now)])),
  });
  return resources.map((one) => {
    const type = normalizeType(one.type);
    // Of what is only read, what it is stands in what the cloud answered.
    const read = (side: Declared): Declared => ({
      ...side,
      type: normalizeType(side.type),
      ...(side.external && side.kind === undefined && { inputs: { ...side.outputs, ...side.inputs } }),
    });
    return {
      ...one,
      type,
      after: one.after && read(one.after),
      before: one.before && read(moved.size === 0 ? one.before : follow(one.before)),
    };
  });
}

export const listRecorded = (resources: readonly ResourceChange[]): Declared[] =>
  mergeAttached(resources.flatMap(({ before }) => (before ? [before] : [])));
export const listDeclared = (resources: readonly ResourceChange[]): Declared[] =>
  mergeAttached(resources.flatMap(({ after }) => (after ? [after] : [])));

/** What a resource of its own gives an endpoint beside its own list. Without a list of its own an endpoint has the default group, which stays. */
const ATTACHED: Readonly<Record<string, readonly [from: string, to: string]>> = {
  "aws:ec2/vpcEndpointSubnetAssociation:VpcEndpointSubnetAssociation": ["subnetId", "subnetIds"],
  "aws:ec2/securityGroupAssociation:SecurityGroupAssociation": ["securityGroupId", "securityGroupIds"],
};

function mergeAttached(side: readonly Declared[]): Declared[] {
  const attached = side.filter(({ type }) => type in ATTACHED);
  if (attached.length === 0) return [...side];
  return side.map((one) => {
    const mine = one.type === AWS_ENDPOINT ? attached.filter((other) => hasReferenceTo(other, "vpcEndpointId", one)) : [];
    return mine.reduce((endpoint, { type, inputs, origins }): Declared => {
      const [from, to] = ATTACHED[type] ?? ["", ""];
      const own = toList(endpoint.inputs[to]);
      if (own.length === 0) return endpoint;
      return {
        ...endpoint,
        inputs: { ...endpoint.inputs, [to]: [...own, ...toList(inputs[from])] },
        origins: { ...endpoint.origins, [to]: [...(endpoint.origins[to] ?? []), ...(origins[from] ?? [])] },
      };
    }, one);
  });
}

/** `azure-native:network/v20240301:Subnet`, and `azure-native_network_v20240301:network:Subnet` of a package for one version: the same as without. */
export function normalizeType(type: string): string {
  if (!type.startsWith("azure-native")) return type;
  const [, module = "", name = ""] = type.split(":");
  return `azure-native:${module.split("/")[0] ?? ""}:${name}`;
}
