import { z } from "zod";
import { PalisadeError } from "../../contract/errors.js";
import { type Kind, listPlainOutputs, type Properties, isProperties, isSecret, UNKNOWN, findKind } from "../../provider/introspection.js";
import { getUrnName } from "../change/change.js";
import { parseState, type RecordedState } from "../change/state.js";

/** A resource as it was last applied. */
export interface ManagedResource {
  readonly urn: string;
  readonly kind: Kind;
  readonly id: string;
  readonly name: string;
  readonly inputs: Properties;
  readonly outputs: Properties;
  /** Name of its account; undefined for the main one. */
  readonly account: string | undefined;
  /** What was live of the switches that the inputs leave out, by path, when the record was made; absent where nobody looked. */
  readonly left?: Properties;
}

const Bags = z.record(z.string(), z.unknown());
const Resource = z.strictObject({ urn: z.string(), type: z.string(), id: z.string(), inputs: Bags, outputs: Bags });
const head = { stack: z.string(), recordedAt: z.iso.datetime() };
/** Of releases that did not look at what was live. */
const AppliedV1 = z.strictObject({ version: z.literal(1), ...head, resources: z.array(Resource) });
const ids = z.array(z.string());
const Applied = z.strictObject({
  version: z.literal(2),
  ...head,
  /** `left`: what was live of the switches that the program leaves out, by path; absent where nobody looked. */
  resources: z.array(Resource.extend({ left: Bags.optional() })),
  /** What was live of the projects that the stack declares and no resource says, by id. */
  projects: z.record(z.string(), z.strictObject({ restrictions: ids.optional(), disabledComputes: ids.optional() })),
  /** User id of the only administrator, by organisation. */
  administrators: z.record(z.string(), z.string()),
});
export type Applied = z.output<typeof Applied>;
export type ProjectBefore = Applied["projects"][string];
/** What the record holds of what no resource says. */
export type LiveBefore = Pick<Applied, "projects" | "administrators">;
export const NOTHING_RECORDED: LiveBefore = { projects: {}, administrators: {} };

/** An exported state without what the program only reads (`.get`): that is declared elsewhere. Throws PAL_STATE_UNREADABLE. */
export function parseDeclaredState(text: string): RecordedState {
  const { resources, pending } = parseState(text);
  return { pending, resources: resources.filter(({ external }) => external !== true) };
}

/** What to keep of a state right after an update, so that a refresh cannot change what drift is measured against. No secret is in it. */
export function buildApplied({ resources }: RecordedState, stack: string, nowMs: number): Applied {
  const kept = resources.flatMap(({ urn, type, id, inputs, outputs, delete: replaced }) => {
    const kind = findKind(type);
    if (kind === undefined || id === undefined || replaced === true) return [];
    const { __provider: _code, revealPassword: _reveal, ...declared } = inputs;
    const names = [...listPlainOutputs(kind), "origin"];
    const plain = Object.fromEntries(names.filter((name) => outputs[name] !== undefined).map((name) => [name, outputs[name]]));
    return [{ urn, type, id, inputs: blindSecrets(declared) as Properties, outputs: blindSecrets(plain) as Properties }];
  });
  return { version: 2, stack, recordedAt: new Date(nowMs).toISOString(), resources: kept, ...NOTHING_RECORDED };
}

/** Parses what `buildApplied` made. Throws PAL_BAD_APPLIED. */
export function parseApplied(text: string): Applied {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new PalisadeError("PAL_BAD_APPLIED", "it is not JSON");
  }
  const before = AppliedV1.safeParse(value);
  if (before.success) return { ...before.data, version: 2, ...NOTHING_RECORDED };
  const read = Applied.safeParse(value);
  if (!read.success)
    throw new PalisadeError("PAL_BAD_APPLIED", `it is not a record of palisade drift (${read.error.issues[0]?.path.join(".") ?? ""})`);
  return read.data;
}

export interface Baseline {
  readonly managed: readonly ManagedResource[];
  /** Resources of the state that the record does not know, or knows by another id: an update that was not recorded made them. */
  readonly unrecorded: readonly string[];
}

/** What is declared: as it was recorded, and from the state what the record does not know. */
export function buildBaseline(state: Applied, applied: Applied | undefined): Baseline {
  const now = new Map(state.resources.map((resource) => [resource.urn, resource]));
  const kept = (applied ?? state).resources
    .filter(({ urn, id }) => (now.get(urn)?.id ?? id) === id)
    // What `palisade enforce` ended since is ended; nothing takes that back but an approval, which is applied and recorded.
    .map((one) => (now.get(one.urn)?.outputs["status"] === "ended" ? { ...one, outputs: { ...one.outputs, status: "ended" } } : one));
  const known = new Set(kept.map(({ urn }) => urn));
  const unrecorded = state.resources.filter(({ urn }) => !known.has(urn));
  return { managed: [...kept, ...unrecorded].flatMap(toManaged), unrecorded: unrecorded.map(({ urn }) => urn) };
}

/** The stack's own name, as its URNs say it. */
export const findStackName = ({ resources }: RecordedState): string | undefined => parseStackUrn(resources[0]?.urn)?.[1];

/** `shop/prod`: stacks of different programs often share a name, and what is kept of one must not pass as another's. */
export function findStackIdentity({ resources }: RecordedState): string | undefined {
  const [, stack, project] = parseStackUrn(resources[0]?.urn) ?? [];
  return stack === undefined || project === undefined ? undefined : `${project}/${stack}`;
}

const parseStackUrn = (urn = "") => /^urn:pulumi:(.+?)::(.+?)::/.exec(urn);

function toManaged({ urn, type, id, inputs, outputs, left }: Applied["resources"][number]): ManagedResource[] {
  const kind = findKind(type);
  const account = typeof inputs["account"] === "string" ? inputs["account"] : undefined;
  return kind ? [{ urn, kind, id, name: getUrnName(urn), inputs, outputs, account, ...(left && { left }) }] : [];
}

/** Encrypted values are not known here, so nothing is said of them. */
function blindSecrets(value: unknown): unknown {
  if (isSecret(value)) return UNKNOWN;
  if (Array.isArray(value)) return value.map(blindSecrets);
  if (!isProperties(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, blindSecrets(inner)]));
}
