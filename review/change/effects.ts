import type { ComputeFacts } from "../../contract/reachability.js";
import { canonicalRange } from "../../contract/ranges.js";
import type { Kind } from "../../provider/resources/index.js";
import { inForce, isOverdue, type Network, type RangeEntry, removalDue, textOf } from "../../provider/resources/network.js";
import { type Bag, isBag, isUnreadable, settled, UNKNOWN } from "../../provider/resources/settled.js";
import { endpointIdOf } from "../../provider/resources/vpcEndpoint.js";
import type { Declared } from "./model.js";
import { keyOf, type Moment, type References } from "./references.js";
import { whyUnreadable } from "./unreadable.js";

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

export interface Unjudged {
  readonly urn: string;
  readonly why: string;
}

/** A resource at one moment, with the inputs that hold then. */
export interface Present {
  readonly declared: Declared;
  readonly inputs: Bag;
  readonly moment: Moment;
}

export interface EffectContext {
  readonly references: References;
  /** Milliseconds since 1970: entries end with time. */
  readonly nowMs: number;
  readonly refuse: (unjudged: Unjudged) => void;
}

/** `none`: nothing of who may try to connect is made of the kind. */
type EffectOf = "none" | ((present: Present, context: EffectContext) => Effect);

const EFFECTS: Record<Kind, EffectOf> = {
  Project(present, context) {
    const { declared, inputs } = present;
    const network = networkOf(present, inputs["network"], context);
    const { protected: isProtected, compute } = isBag(inputs["defaultBranch"]) ? inputs["defaultBranch"] : {};
    const branchKey = context.references.defaultKey(keyOf(declared));
    return {
      ...(network && network.allow !== "managedSeparately" && { network }),
      ...protectionOf(declared.urn, branchKey, isProtected, context),
      ...(compute !== undefined && {
        compute: { id: ownCompute(branchKey), branchId: branchKey, disabled: isBag(compute) ? disabledIn(compute) : false },
      }),
    };
  },
  Branch(present, context) {
    const { declared, inputs } = present;
    const key = keyOf(declared);
    return {
      branch: branchOf(present, key, context),
      ...(inputs["compute"] !== undefined && { branchCompute: inputs["compute"] === "none" ? ("none" as const) : ("running" as const) }),
      ...protectionOf(declared.urn, key, inputs["protected"], context),
    };
  },
  BranchProtection({ declared, inputs, moment }, context) {
    const key = recordedBranch(declared) ?? context.references.branchKey(declared, "branch", moment);
    if (key !== undefined) return protectionOf(declared.urn, key, inputs["protected"], context);
    context.refuse({ urn: declared.urn, why: "it is not known here which branch it is about" });
    return {};
  },
  ComputeEndpoint({ declared, inputs, moment }, context) {
    const branchId = context.references.branchKey(declared, "branchId", moment);
    if (branchId !== undefined) return { compute: { id: keyOf(declared), branchId, disabled: disabledIn(inputs) } };
    context.refuse({ urn: declared.urn, why: "it is not known here which branch it opens" });
    return {};
  },
  IpAllowlist(present, context) {
    const { allow, ranges, scope, privateEndpoints } = present.inputs;
    const network = networkOf(present, { allow, ranges, scope, privateEndpoints }, context);
    return network ? { network } : {};
  },
  IpAllowlistEntry: (present, context) => ({ ranges: rangesOf(present, context) }),
  VpcEndpointRestriction: ({ inputs }) => ({ restriction: String(inputs["vpcEndpointId"]) }),
  PrivateEndpoint: ({ inputs }) => ({ assignment: String(endpointIdOf(inputs)) }),
  ...{ ApiKey: "none", BackupSchedule: "none", Database: "none", JwksUrl: "none", OrganizationMember: "none" },
  ...{ ProjectPermission: "none", Role: "none", RoleGrants: "none", RotatingRole: "none", Snapshot: "none" },
  ...{ CustomerManagedKey: "none", KeyVaultRotationPolicy: "none" },
};

/** Whether reachability is made of the kind. */
export const hasEffect = (kind: Kind | undefined): kind is Kind => kind !== undefined && EFFECTS[kind] !== "none";

/** What is recorded of it; of a half-made object only that it is there. */
export function recordedEffect(present: Present, context: EffectContext): Effect {
  const effect = effectOf(present, context);
  if (!present.declared.isHalfMade) return effect;
  const { branch } = effect;
  return branch ? { branch, branchCompute: "none" } : {};
}

/** What the resource says; nothing for a kind that reachability is not made of. */
export function effectOf(present: Present, context: EffectContext): Effect {
  const { kind } = present.declared;
  const effect = kind === undefined ? "none" : EFFECTS[kind];
  return effect === "none" ? {} : effect(present, context);
}

/** What its removal does; `retainOnDelete` and what a slice leaves behind by design do nothing. */
export function removalOf({ declared, inputs, moment }: Present, context: EffectContext): Effect & { readonly closing?: Network } {
  const { kind, retainOnDelete } = declared;
  if (retainOnDelete || kind === "BranchProtection") return {};
  if (kind === "IpAllowlist") {
    const { onDestroy } = inputs;
    return onDestroy === "nobody" || onDestroy === "anywhere" ? { closing: { allow: onDestroy } } : {};
  }
  if (kind === "PrivateEndpoint" && inputs["release"] !== true) return {};
  return effectOf({ declared, inputs, moment }, context);
}

/** What is recorded; what a refresh or `.get` saw of the object fills what the program left out. */
export const recordedPresent = (declared: Declared): Present => ({
  ...{ declared, moment: "before" },
  inputs: declared.kind ? settled(declared.kind, declared.outputs, declared.inputs) : declared.inputs,
});

/** What will be applied: what the program leaves out is not sent. */
export const appliedPresent = (declared: Declared): Present => ({ declared, moment: "after", inputs: declared.inputs });

/** What nobody can read may be on. */
const disabledIn = ({ disabled }: Bag): boolean | undefined => (disabled === undefined ? undefined : disabled === true);

/** Key of a branch's own read-write compute. */
export const ownCompute = (branchKey: string): string => `${branchKey}/compute`;

function branchOf({ declared, inputs, moment }: Present, key: string, { references, refuse }: EffectContext): DeclaredBranch {
  const project = references.projectKey(declared, moment);
  const named = inputs["parentBranchId"] !== undefined;
  const parentKey = named
    ? references.branchKey(declared, "parentBranchId", moment)
    : project === undefined
      ? undefined
      : references.defaultKey(project);
  if (named && parentKey === undefined) refuse({ urn: declared.urn, why: "it is not known here which branch it copies" });
  const name = typeof inputs["name"] === "string" && inputs["name"] !== UNKNOWN ? inputs["name"] : declared.name;
  return { key, urn: declared.urn, name, parentKey, schemaOnly: inputs["initSource"] === "schema-only" };
}

function protectionOf(urn: string, branchKey: string, value: unknown, { refuse }: EffectContext): Pick<Effect, "protection"> {
  if (value === undefined) return {};
  if (typeof value === "boolean") return { protection: { branchKey, value } };
  refuse({ urn, why: `whether it is protected ${whyUnreadable(value)}` });
  return {};
}

/** The branch that a recorded protection is of, as its id tells. */
function recordedBranch({ id }: Declared): string | undefined {
  return id?.includes("/") === true ? keyOf({ id, urn: "", inputs: {} }) : undefined;
}

/** undefined, and said, where it does not show who may connect. */
function networkOf({ declared, moment }: Present, network: unknown, context: EffectContext): Network | undefined {
  if (isBag(network) && !isUnreadable(network)) return inForce(network as unknown as Network, endsBy(declared, moment, context.nowMs));
  context.refuse({ urn: declared.urn, why: `who may connect ${whyUnreadable(network)}` });
  return undefined;
}

function rangesOf({ declared, inputs: { ranges }, moment }: Present, { refuse, nowMs }: EffectContext): string[] {
  if (Array.isArray(ranges) && !isUnreadable(ranges))
    return (ranges as RangeEntry[])
      .filter((entry) => !isOverdue(entry, endsBy(declared, moment, nowMs)))
      .map((entry) => canonicalRange(textOf(entry)));
  refuse({ urn: declared.urn, why: `who may connect ${whyUnreadable(ranges)}` });
  return [];
}

/** Entries with an end before this are not on the live list; none is off it while the removal of one is still due. */
const endsBy = ({ outputs }: Declared, moment: Moment, nowMs: number): number =>
  moment === "before" && removalDue(outputs, nowMs) ? -Infinity : nowMs;
