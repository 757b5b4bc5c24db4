import type { ChangeFinding } from "../finding.js";
import type { Change, Declared, ResourceChange } from "../model.js";
import { refOf } from "../resourceRef.js";
import type { Unjudged } from "../effects.js";
import { capitalised, setText } from "../reachText.js";
import { AWS_ENDPOINT, awsPaths } from "./aws.js";
import { AZURE_ENDPOINT, azurePaths } from "./azure.js";
import { NO_SOURCES, type PrivatePath, refersTo, type Sources } from "./path.js";

export interface PathsJudged {
  readonly findings: readonly ChangeFinding[];
  readonly unjudged: readonly Unjudged[];
}

/** What the change does to the customer's own end of private connections: endpoints, and who may use them. */
export function judgePaths({ resources }: Change): PathsJudged {
  if (!resources.some(({ type }) => type === AWS_ENDPOINT || type === AZURE_ENDPOINT)) return { findings: [], unjudged: [] };
  const before = resources.flatMap((one) => (one.before ? [one.before] : []));
  const after = resources.flatMap((one) => (one.after ? [one.after] : []));
  const byUrn = new Map(resources.map((one) => [one.urn, one]));
  const olds = new Map(pathsIn(before).map((path) => [path.endpoint.urn, path]));
  const news = pathsIn(after);
  const widened = news.flatMap((path) => widening(path, olds.get(path.endpoint.urn), byUrn, after));
  const removed = resources.flatMap((one) => removal(one, before));
  const unclear = news.filter(({ sources, saidBy }) => sources.unclear && saidBy.some((urn) => moves(byUrn.get(urn))));
  return {
    findings: [...widened, ...removed],
    unjudged: unclear.map(({ endpoint }) => ({ urn: endpoint.urn, why: "who may use the endpoint is known only after the update" })),
  };
}

const pathsIn = (present: readonly Declared[]): PrivatePath[] => [...awsPaths(present), ...azurePaths(present)];
const moves = (one: ResourceChange | undefined): boolean => one !== undefined && one.op !== "same" && one.op !== "read";

function widening(
  path: PrivatePath,
  old: PrivatePath | undefined,
  byUrn: ReadonlyMap<string, ResourceChange>,
  after: readonly Declared[],
): ChangeFinding[] {
  const was = old?.sources ?? NO_SOURCES;
  const addresses = path.sources.addresses.minus(was.addresses);
  const named = [...path.sources.named].filter((name) => !was.named.has(name));
  if (addresses.isEmpty && named.length === 0) return [];
  const cause = path.saidBy.map((urn) => byUrn.get(urn)).find(moves) ?? byUrn.get(path.endpoint.urn);
  if (cause === undefined) return [];
  const leads = old !== undefined && isOurs(path.endpoint, after);
  // Ids are not to be capitalised.
  const who = [...(addresses.isEmpty ? [] : [capitalised(setText(addresses))]), ...named].join(", ");
  return [
    {
      ...{ urn: cause.urn, resource: refOf(cause), rule: "private-path-widened", direction: "opens", severity: leads ? "medium" : "low" },
      ...{ before: sourcesText(was), after: sourcesText(path.sources) },
      says: `${who} may then use the private endpoint ${path.endpoint.name}${leads ? ", which leads to the database past the address list" : ""}.`,
      remedy: "Let in only the networks of the services that use the database.",
    },
  ];
}

function removal(one: ResourceChange, before: readonly Declared[]): ChangeFinding[] {
  if (one.before === undefined || (one.type !== AWS_ENDPOINT && one.type !== AZURE_ENDPOINT)) return [];
  if ((one.after !== undefined && one.op !== "replace") || !isOurs(one.before, before)) return [];
  return [
    {
      ...{ urn: one.urn, resource: refOf(one), rule: "private-path-removed", direction: "closes", severity: "medium" },
      ...{ before: "exists", after: one.after ? "made anew" : "does not exist" },
      says: "Neon knows the private endpoint by its id: nobody connects through it any more, and a new one has another id.",
      remedy: "Assign and restrict to the new endpoint first, and remove this one afterwards.",
    },
  ];
}

/** Whether the stack assigns the endpoint to the organisation, or restricts a project to it. */
const isOurs = (endpoint: Declared, present: readonly Declared[]): boolean =>
  present.some(
    (one) =>
      (one.kind === "PrivateEndpoint" || one.kind === "VpcEndpointRestriction") &&
      (refersTo(one, "vpcEndpointId", endpoint) || refersTo(one, "azureResourceGuid", endpoint)),
  );

function sourcesText({ addresses, named }: Sources): string {
  const texts = [...(addresses.isEmpty ? [] : [setText(addresses)]), ...named];
  return texts.length === 0 ? "nobody" : texts.join(", ");
}
