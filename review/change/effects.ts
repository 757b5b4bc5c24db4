import type { ComputeFacts } from "../../contract/reachability.js";
import { canonicalizeRange } from "../../contract/ranges.js";
import {
  type Kind,
  dropEndedEntries,
  isOverdue,
  type Network,
  type RangeEntry,
  isRemovalDue,
  getRangeText,
  type Properties,
  isProperties,
  isUnreadable,
  mergeInputs,
  UNKNOWN,
  findEndpointId,
} from "../../provider/introspection.js";
import type { Declared } from "./change.js";
import { getObjectKey, type Moment, type References } from "./references.js";
import { formatUnreadableReason } from "./unreadable.js";

/** A branch that a model holds. `id` of its facts is its key. */
export interface DeclaredBranch {
  readonly key: string;
  readonly urn: string;
  readonly name: string;
  readonly parentKey: string | undefined;
  readonly schemaOnly: boolean;
}

/** What a resource says of who reaches a project, once it is applied. What it leaves out it leaves as it is. */
export interface Effect {
  /** Who may connect from the internet and privately: the whole of it, whoever else says something. */
  readonly network?: Network;
  /** Entries beside those of others. */
  readonly ranges?: readonly string[];
  readonly protection?: { readonly branchKey: string; readonly value: boolean };
  readonly branch?: DeclaredBranch;
  /** The read-write compute of the branch; absent where it is left as it is. */
  readonly branchCompute?: "none" | "running";
  /** `disabled` is undefined where it is left as it is. */
  readonly compute?: Pick<ComputeFacts, "id" | "branchId"> & { readonly disabled: boolean | undefined };
  readonly restriction?: string;
  readonly assignment?: string;
}

export interface UnjudgedPart {
  readonly urn: string;
  readonly why: string;
}

/** A resource at one moment, with the inputs that hold then. */
export interface PresentResource {
  readonly declared: Declared;
  readonly inputs: Properties;
  readonly moment: Moment;
}

export interface EffectContext {
  readonly references: References;
  /** Milliseconds since 1970: entries end with time. */
  readonly nowMs: number;
  readonly refuse: (unjudged: UnjudgedPart) => void;
}

/** `none`: nothing of who may try to connect is made of the kind. */
type EffectBuilder = "none" | ((present: PresentResource, context: EffectContext) => Effect);

const EFFECTS: Record<Kind, EffectBuilder> = {
  Project(present, context) {
    const { declared, inputs } = present;
    const network = findNetwork(present, inputs["network"], context);
    const { protected: isProtected, compute } = isProperties(inputs["defaultBranch"]) ? inputs["defaultBranch"] : {};
    const branchKey = context.references.getDefaultBranchKey(getObjectKey(declared));
    return {
      ...(network && network.allow !== "managedSeparately" && { network }),
      ...buildProtection(declared.urn, branchKey, isProtected, context),
      ...(compute !== undefined && {
        compute: { id: getOwnComputeKey(branchKey), branchId: branchKey, disabled: isProperties(compute) ? getDisabled(compute) : false },
      }),
    };
  },
  Branch(present, context) {
    const { declared, inputs } = present;
    const key = getObjectKey(declared);
    return {
      branch: buildBranch(present, key, context),
      ...(inputs["compute"] !== undefined && { branchCompute: inputs["compute"] === "none" ? ("none" as const) : ("running" as const) }),
      ...buildProtection(declared.urn, key, inputs["protected"], context),
    };
  },
  BranchProtection({ declared, inputs, moment }, context) {
    const key = findRecordedBranchKey(declared) ?? context.references.findBranchKey(declared, "branch", moment);
    if (key !== undefined) return buildProtection(declared.urn, key, inputs["protected"], context);
    context.refuse({ urn: declared.urn, why: "it is not known here which branch it is about" });
    return {};
  },
  ComputeEndpoint({ declared, inputs, moment }, context) {
    const branchId = context.references.findBranchKey(declared, "branchId", moment);
    if (branchId !== undefined) return { compute: { id: getObjectKey(declared), branchId, disabled: getDisabled(inputs) } };
    context.refuse({ urn: declared.urn, why: "it is not known here which branch it opens" });
    return {};
  },
  IpAllowlist(present, context) {
    const { allow, ranges, scope, privateEndpoints } = present.inputs;
    const network = findNetwork(present, { allow, ranges, scope, privateEndpoints }, context);
    return network ? { network } : {};
  },
  IpAllowlistEntry: (present, context) => ({ ranges: listRanges(present, context) }),
  VpcEndpointRestriction: ({ inputs }) => ({ restriction: String(inputs["vpcEndpointId"]) }),
  PrivateEndpoint: ({ inputs }) => ({ assignment: String(findEndpointId(inputs)) }),
  ApiKey: "none",
  BackupSchedule: "none",
  Database: "none",
  JwksUrl: "none",
  OrganizationMember: "none",
  ProjectPermission: "none",
  Role: "none",
  RoleGrants: "none",
  RotatingRole: "none",
  Snapshot: "none",
  AuditExport: "none",
  TemporaryAccess: "none",
  CustomerManagedKey: "none",
  KeyVaultRotationPolicy: "none",
};

/** Whether reachability is made of the kind. */
export const hasEffect = (kind: Kind | undefined): kind is Kind => kind !== undefined && EFFECTS[kind] !== "none";

/** What is recorded of it; of a half-made object only that it is there. */
export function buildRecordedEffect(present: PresentResource, context: EffectContext): Effect {
  const effect = buildEffect(present, context);
  if (!present.declared.isPartiallyCreated) return effect;
  const { branch } = effect;
  return branch ? { branch, branchCompute: "none" } : {};
}

/** What the resource says; nothing for a kind that reachability is not made of. */
export function buildEffect(present: PresentResource, context: EffectContext): Effect {
  const { kind } = present.declared;
  const effect = kind === undefined ? "none" : EFFECTS[kind];
  return effect === "none" ? {} : effect(present, context);
}

/** What its removal does; `retainOnDelete` and what a slice leaves behind by design do nothing. */
export function buildRemovalEffect(
  { declared, inputs, moment }: PresentResource,
  context: EffectContext,
): Effect & { readonly closing?: Network } {
  const { kind, retainOnDelete } = declared;
  if (retainOnDelete || kind === "BranchProtection") return {};
  if (kind === "IpAllowlist") {
    const { onDestroy } = inputs;
    return onDestroy === "nobody" || onDestroy === "anywhere" ? { closing: { allow: onDestroy } } : {};
  }
  if (kind === "PrivateEndpoint" && inputs["release"] !== true) return {};
  return buildEffect({ declared, inputs, moment }, context);
}

/** What is recorded; what a refresh or `.get` saw of the object fills what the program left out. */
export const toRecordedResource = (declared: Declared): PresentResource => ({
  declared,
  moment: "before",
  inputs: declared.kind ? mergeInputs(declared.kind, declared.outputs, declared.inputs) : declared.inputs,
});

/** What will be applied: what the program leaves out is not sent. */
export const toAppliedResource = (declared: Declared): PresentResource => ({ declared, moment: "after", inputs: declared.inputs });

/** What nobody can read may be on. */
const getDisabled = ({ disabled }: Properties): boolean | undefined => (disabled === undefined ? undefined : disabled === true);

/** Key of a branch's own read-write compute. */
export const getOwnComputeKey = (branchKey: string): string => `${branchKey}/compute`;

function buildBranch({ declared, inputs, moment }: PresentResource, key: string, { references, refuse }: EffectContext): DeclaredBranch {
  const project = references.findProjectKey(declared, moment);
  const named = inputs["parentBranchId"] !== undefined;
  const parentKey = named
    ? references.findBranchKey(declared, "parentBranchId", moment)
    : project === undefined
      ? undefined
      : references.getDefaultBranchKey(project);
  if (named && parentKey === undefined) refuse({ urn: declared.urn, why: "it is not known here which branch it copies" });
  const name = typeof inputs["name"] === "string" && inputs["name"] !== UNKNOWN ? inputs["name"] : declared.name;
  return { key, urn: declared.urn, name, parentKey, schemaOnly: inputs["initSource"] === "schema-only" };
}

function buildProtection(urn: string, branchKey: string, value: unknown, { refuse }: EffectContext): Pick<Effect, "protection"> {
  if (value === undefined) return {};
  if (typeof value === "boolean") return { protection: { branchKey, value } };
  refuse({ urn, why: `whether it is protected ${formatUnreadableReason(value)}` });
  return {};
}

/** The branch that a recorded protection is of, as its id tells. */
function findRecordedBranchKey({ id }: Declared): string | undefined {
  return id?.includes("/") === true ? getObjectKey({ id, urn: "", inputs: {} }) : undefined;
}

/** undefined, and said, where it does not show who may connect. */
function findNetwork({ declared, moment }: PresentResource, network: unknown, context: EffectContext): Network | undefined {
  if (isProperties(network) && !isUnreadable(network))
    return dropEndedEntries(network as unknown as Network, computeCutoff(declared, moment, context.nowMs));
  context.refuse({ urn: declared.urn, why: `who may connect ${formatUnreadableReason(network)}` });
  return undefined;
}

function listRanges({ declared, inputs: { ranges }, moment }: PresentResource, { refuse, nowMs }: EffectContext): string[] {
  if (Array.isArray(ranges) && !isUnreadable(ranges))
    return (ranges as RangeEntry[])
      .filter((entry) => !isOverdue(entry, computeCutoff(declared, moment, nowMs)))
      .map((entry) => canonicalizeRange(getRangeText(entry)));
  refuse({ urn: declared.urn, why: `who may connect ${formatUnreadableReason(ranges)}` });
  return [];
}

/** Entries with an end before this are not on the live list; none is off it while the removal of one is still due. */
const computeCutoff = ({ outputs }: Declared, moment: Moment, nowMs: number): number =>
  moment === "before" && isRemovalDue(outputs, nowMs) ? -Infinity : nowMs;

export const removeDuplicates = (list: readonly UnjudgedPart[]): UnjudgedPart[] => [
  ...new Map(list.map((one) => [`${one.urn} ${one.why}`, one])).values(),
];
