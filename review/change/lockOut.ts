import { isProperties, isUnreadable, findEndpointId } from "../../provider/introspection.js";
import type { BranchComparison } from "./compare.js";
import type { UnjudgedPart } from "./effects.js";
import type { ChangeFinding } from "./finding.js";
import type { Change, Declared, ResourceChange } from "./change.js";
import type { References } from "./references.js";
import { toResourceRef } from "./resourceRef.js";
import { formatUnreadableReason } from "./unreadable.js";

/**
 * `acceptLockOut: true`: the program takes it on itself that nobody may be able to connect. It opens nothing, and blocks all the same: unless a
 * private endpoint that is recorded as accepted leads to the project afterwards, and the word then only saves a wait.
 */
export function judgeLockOut({ resources }: Change, comparisons: readonly BranchComparison[], references: References): ChangeFinding[] {
  return resources.flatMap((one): ChangeFinding[] => {
    const { before, after, op, kind } = one;
    const property = kind === "Project" ? "network.acceptLockOut" : "acceptLockOut";
    if (
      after === undefined ||
      op === "same" ||
      op === "read" ||
      !hasAcceptedLockOut(after) ||
      (before !== undefined && hasAcceptedLockOut(before))
    )
      return [];
    if (kind === "Project" && (before === undefined || op === "replace")) return [listAcceptedAtCreation(one, after)];
    const key = references.findProjectKey(after, "after");
    const reaching = comparisons.flatMap(({ project, after: reaches }) => (project.key === key ? [...(reaches?.reach.private ?? [])] : []));
    const path = findAcceptedEndpoint(after, resources, new Set(reaching));
    return [
      {
        urn: one.urn,
        resource: toResourceRef(one),
        rule: "lock-out-accepted",
        direction: "closes",
        property,
        severity: path === undefined ? "high" : "medium",
        before: before === undefined ? "does not exist" : "not set",
        after: "true",
        says:
          path === undefined
            ? "No private endpoint of the stack is known to be accepted: if none is, nobody can connect any more, and the program says that this is so meant."
            : `A way through the private endpoint ${path} was accepted; whether anybody can use it nobody has tried, and the program says that this is so meant.`,
        remedy:
          "Leave acceptLockOut out: wait until a private endpoint is accepted, or have the way tried from inside (palisade attest-path).",
      },
    ];
  });
}

/** Nobody connects to what is new, so nobody is locked out of it yet; but what closes it later asks no more. */
function listAcceptedAtCreation(one: ResourceChange, { inputs }: Declared): ChangeFinding {
  const network = inputs["network"];
  const isClosed = isProperties(network) && network["allow"] === "nobody";
  return {
    urn: one.urn,
    resource: toResourceRef(one),
    rule: "lock-out-accepted",
    direction: "closes",
    property: "network.acceptLockOut",
    severity: isClosed ? "low" : "medium",
    before: "does not exist",
    after: "true",
    says: "The project accepts from the start that nobody may be able to connect: whatever closes it later is done without a word.",
    remedy: "Leave acceptLockOut out, and say it in the change that closes the last way in.",
  };
}

/**
 * Both ways in blocked, where a private endpoint that is recorded as accepted led in: whether in one change or the private one beside a public block
 * that stands. The provider refuses that, too, unless a lock-out is accepted.
 */
export function judgeLockedOut({ resources }: Change, comparisons: readonly BranchComparison[]): ChangeFinding[] {
  const accepted = resources.flatMap(({ before }) => {
    const id = before?.kind === "PrivateEndpoint" && before.outputs["state"] === "accepted" ? findEndpointId(before.inputs) : undefined;
    return id === undefined ? [] : [id];
  });
  const byProject = new Map(comparisons.map((one) => [one.project.key, one] as const));
  return [...byProject.values()].flatMap(({ project, projectBefore, before, after }): ChangeFinding[] => {
    const { blockPublicConnections, blockVpcConnections } = project.facts;
    const wasOpen = after !== undefined && projectBefore?.facts.blockVpcConnections === false;
    const lost =
      wasOpen && blockPublicConnections && blockVpcConnections ? accepted.find((id) => before?.latent.private.has(id)) : undefined;
    const owner = resources.find(({ urn }) => urn === project.urn);
    if (lost === undefined || owner === undefined) return [];
    return [
      {
        urn: owner.urn,
        resource: toResourceRef(owner),
        rule: "locked-out",
        severity: "high",
        direction: "closes",
        before: `the private endpoint ${lost}`,
        after: "nobody",
        says: "Nobody can connect any more: public connections and private endpoints are both blocked.",
        remedy: "Keep one way in. Where the project is to be closed for good, disable its computes instead.",
      },
    ];
  });
}

function hasAcceptedLockOut({ kind, inputs }: Declared): boolean {
  if (kind === "VpcEndpointRestriction" || kind === "IpAllowlist") return inputs["acceptLockOut"] === true;
  const network = kind === "Project" ? inputs["network"] : undefined;
  return isProperties(network) && !isUnreadable(network) && network["acceptLockOut"] === true;
}

/** The name of a private endpoint that the stack has recorded as accepted, and that the project admits: the restriction's own one, or any. */
const findAcceptedEndpoint = (
  declared: Declared,
  resources: readonly ResourceChange[],
  admitted: ReadonlySet<string>,
): string | undefined =>
  resources.find(({ before, after }) => {
    if (before?.kind !== "PrivateEndpoint" || after === undefined || before.outputs["state"] !== "accepted") return false;
    const id = findEndpointId(before.inputs);
    if (id === undefined || !admitted.has(id)) return false;
    return declared.kind !== "VpcEndpointRestriction" || id === declared.inputs["vpcEndpointId"];
  })?.name;

/** Whether a lock-out is accepted where nobody can read it. A project's network is judged as a whole. */
export const listUnreadableLockOuts = ({ resources }: Change): UnjudgedPart[] =>
  resources.flatMap(({ urn, op, after }) => {
    const value = after?.kind === "VpcEndpointRestriction" || after?.kind === "IpAllowlist" ? after.inputs["acceptLockOut"] : undefined;
    return op === "same" || op === "read" || !isUnreadable(value) ? [] : [{ urn, why: `acceptLockOut ${formatUnreadableReason(value)}` }];
  });
