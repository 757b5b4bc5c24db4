import { buildTypeToken } from "../contract/typeToken.js";
import * as pulumi from "@pulumi/pulumi";
import { buildStoredProvider } from "../contract/stored.js";
import { assertKeyAcceptedOnce } from "./apiKeyCheck.js";
import { reserveSlot } from "./registrationQueue.js";
import { assertUsable, parseArguments, refuse } from "./usageChecks.js";

/** Inputs that every resource takes. */
export interface CommonArgs {
  /** Name of the account in `palisade:accounts` to use; the main one when omitted. */
  readonly account?: pulumi.Input<string> | undefined;
  /**
   * Id of an existing object to take over instead of making one. Refused when it differs from the program or belongs to another stack.
   * While it is there the resource is protected and retained on delete, unless the options say otherwise. May be removed after the first `up`.
   */
  readonly adopt?: pulumi.Input<string> | undefined;
}

/** What the generated classes tell of their kind. */
export interface KindDescription {
  readonly kind: string;
  /** Names of inputs and outputs that are encrypted in the state. */
  readonly secrets: readonly string[];
  /** Paths of inputs of which a part alone is secret, such as `sink.webhook.path`: the rest of it stays readable in previews. */
  readonly secretParts?: readonly string[];
  /** Names of outputs beside the inputs. */
  readonly outputs: readonly string[];
  /** Outputs that repeat what these inputs say. */
  readonly derived?: Readonly<Record<string, readonly string[]>>;
  /** Inputs that become a part of the id, which Pulumi keeps in clear. */
  readonly inId?: readonly string[];
}

/**
 * Pulumi notes where each promise of a resource was made, and mapping those frames to sources is half of a program's time. From its
 * registration to the program's own line it is six of them, and that line is what its errors show. Measured in bench/noop.ts.
 */
const FRAMES = 6;

/**
 * A dynamic resource whose stored provider is one constant sentence instead of serialized code: it stays the same across compilers and
 * releases, holds no captured value, and is what `palisade doctor` expects to find in the state.
 */
export abstract class NeonResource extends pulumi.CustomResource {
  protected constructor(
    { kind, secrets, secretParts = [], outputs, derived = {}, inId = [] }: KindDescription,
    name: string,
    args: CommonArgs,
    opts?: pulumi.CustomResourceOptions,
  ) {
    assertUsable(kind, name, opts);
    const type = buildTypeToken(kind);
    const fields = parseArguments(kind, name, args);
    const given = Object.entries(fields);
    const turn = reserveSlot(fields, opts);
    const urn = buildUrn(type, name, opts?.parent);
    const before = [assertKeyAcceptedOnce(), turn?.begins].filter((one) => one !== undefined);
    const options = pulumi.mergeOptions(
      {
        additionalSecretOutputs: listSecretOutputs(secrets, secretParts, opts),
        ...(fields["adopt"] !== undefined && { protect: true, retainOnDelete: true }),
      },
      opts,
    );
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = Math.min(stackTraceLimit, FRAMES);
    try {
      super(
        type,
        name,
        {
          ...Object.fromEntries(outputs.map((output) => [output, undefined])),
          ...Object.fromEntries(
            given.map(([field, value]) => [field, secrets.includes(field) ? markSecret(value, field, secretParts) : value]),
          ),
          managedBy: markDerivedSecrets(
            { title: `${kind} "${name}"`, derived, inId },
            fields,
            options,
            before.length > 0 ? Promise.all(before).then(() => urn) : urn,
          ),
          __provider: buildStoredProvider(kind),
        },
        options,
      );
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
    turn?.bindTo(this);
  }

  /** A part of the composite id. `id` stays known in previews of updates, which no other output does. */
  protected idPart(index: number): pulumi.Output<string> {
    return this.id.apply((id) => id.split("/")[index] ?? "");
  }
}

/**
 * A text or a promise of one, never an output. An output of a parent depends on the parent, for a component that means on all of its children,
 * and two children that each wait for the other never end.
 */
const buildUrn = (type: string, name: string, parent: pulumi.Resource | undefined): string | Promise<string> => {
  const root = `urn:pulumi:${pulumi.getStack()}::${pulumi.getProject()}::`;
  if (parent === undefined) return `${root}${type}::${name}`;
  return resolveUrn(parent).then((urn) => {
    const types = urn.slice(0, urn.lastIndexOf("::"));
    // The stack is everybody's parent and stands in nobody's type.
    return types.endsWith("::pulumi:pulumi:Stack") ? `${root}${type}::${name}` : `${types}$${type}::${name}`;
  });
};

/** What an output comes to, without what it depends on. Rejects where the parent could not be registered, so that nothing waits for it. */
const resolveUrn = ({ urn }: pulumi.Resource): Promise<string> => (urn as unknown as { promise(): Promise<string> }).promise();

/**
 * The engine marks only outputs of an input's own name: what is derived from a secret is added to the secret outputs here. Whether a value is
 * secret is known later than the constructor returns, and before the resource is registered, which waits for all of its inputs: for this one too.
 */
function markDerivedSecrets(
  { title, derived, inId }: { title: string } & Required<Pick<KindDescription, "derived" | "inId">>,
  args: Record<string, unknown>,
  options: pulumi.CustomResourceOptions,
  value: string | Promise<string>,
): pulumi.Input<string> {
  const open = Object.entries(derived).filter(([, paths]) => paths.some((path) => isDeferred(args[path.split(".")[0] ?? ""])));
  const openInId = inId.filter((input) => isDeferred(args[input]));
  if (open.length === 0 && openInId.length === 0) return value;
  const list = options.additionalSecretOutputs ?? [];
  const marked = open.map(async ([output, paths]) => {
    const secret = await Promise.all(paths.map((path) => isSecretAt(args, path.split("."))));
    if (secret.includes(true) && !list.includes(output)) list.push(output);
  });
  const refused = openInId.map(async (input) => {
    if (await pulumi.isSecret(pulumi.output(args[input]))) refuse("PAL_SECRET_IN_ID", `${input} of ${title}`);
  });
  return pulumi.output(Promise.all([...marked, ...refused])).apply(() => pulumi.output(value));
}

/**
 * The engine marks the same parts of an output as of the input of its name. What is only read has no inputs, so its outputs are secret as a whole;
 * where there are inputs that would hide in previews what is beside the secret.
 */
function listSecretOutputs(
  secrets: readonly string[],
  secretParts: readonly string[],
  opts: pulumi.CustomResourceOptions | undefined,
): string[] {
  const inPart = opts?.id === undefined ? secretParts.map((path) => path.split(".")[0]) : [];
  return secrets.filter((name) => !inPart.includes(name));
}

/** The value, or where the kind says so these parts of it, as secrets. What is known later only is secret as a whole. */
function markSecret(value: unknown, field: string, secretParts: readonly string[]): unknown {
  const parts = secretParts.map((path) => path.split(".")).filter(([first]) => first === field);
  return parts.length === 0 ? pulumi.secret(value) : parts.reduce((marked, [, ...path]) => markSecretAt(marked, path), value);
}

function markSecretAt(value: unknown, [step, ...rest]: readonly string[]): unknown {
  if (value === undefined) return undefined;
  if (step === undefined || typeof value !== "object" || value === null || isDeferredItself(value)) return pulumi.secret(value);
  return step in value ? { ...value, [step]: markSecretAt((value as Record<string, unknown>)[step], rest) } : value;
}

const isDeferredItself = (value: unknown): boolean => pulumi.Output.isInstance(value) || value instanceof Promise;

/** Whether a value is secret where a path leads, through whatever encloses it. */
async function isSecretAt(value: unknown, [step, ...rest]: readonly string[]): Promise<boolean> {
  if (step === undefined || pulumi.Output.isInstance(value)) return pulumi.isSecret(pulumi.output(value));
  const known = await value;
  if (pulumi.Output.isInstance(known)) return pulumi.isSecret(known);
  if (typeof known !== "object" || known === null) return false;
  if (!Array.isArray(known)) return isSecretAt((known as Record<string, unknown>)[step], rest);
  return (await Promise.all(known.map((item: unknown) => isSecretAt(item, [step, ...rest])))).includes(true);
}

/** Whether a value, or a part of it, is a promise or an output. */
const isDeferred = (value: unknown): boolean =>
  isDeferredItself(value) || (typeof value === "object" && value !== null && Object.values(value).some(isDeferred));
