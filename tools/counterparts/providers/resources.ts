import { findFailures, type InputFailure } from "./checkInputs.js";
import type { KindDouble, ProviderDouble } from "./providerDouble.js";
import { findChanges, type PathChange } from "./pathChanges.js";
import { SdkSchema } from "./sdkSchema.js";
import { isAlike, isKnown, type Properties, UNKNOWN, removeAbsent } from "./values.js";

/** What Create answers: a whole object, or one that stands and is not finished. */
export type CreateResult =
  { readonly id: string; readonly outputs: Properties } | { readonly id: string; readonly inputs: Properties; readonly unfinished: string };

/** What a change of inputs costs. */
export interface InputDiff {
  /** Inputs by name. */
  readonly changed: readonly string[];
  readonly replacedBy: readonly string[];
  /** Where in them, as `properties.sku.name` or `tags["a.b"]`. */
  readonly paths: readonly PathChange[];
}

/** What every provider does alike, over the kinds of a double: names, types, differences, what a preview shows. */
export class Resources {
  private readonly schema: SdkSchema;

  /** @param schemaFolder as of {@link SdkSchema} */
  constructor(
    private readonly double: ProviderDouble,
    schemaFolder?: string,
  ) {
    this.schema = new SdkSchema(double.sdk, schemaFolder);
  }

  check(urn: string, before: Properties, after: Properties, random: string): { inputs: Properties; failures: InputFailure[] } {
    const { token, name } = parseUrn(urn);
    const kind = this.getKind(token);
    const inputs: Record<string, unknown> = { ...kind.defaults, ...removeAbsent(after) };
    const { autoName } = kind;
    if (autoName !== undefined) inputs[autoName.input] ??= before[autoName.input] ?? autoName.make(name, random);
    const failures = findFailures(this.schema, this.schema.getResource(token).inputs, inputs);
    return { inputs, failures: failures.length > 0 ? failures : (kind.validate?.(inputs) ?? []) };
  }

  diff(urn: string, before: Properties, after: Properties, ignored: readonly string[]): InputDiff {
    const { replacedBy } = this.getKind(parseUrn(urn).token);
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    const changed = names.filter((name) => !name.startsWith("__") && !ignored.includes(name) && !isAlike(before[name], after[name]));
    const paths = changed.flatMap((name) => findChanges(before[name], after[name], name));
    return { changed, replacedBy: changed.filter((name) => replacedBy.includes(name)), paths };
  }

  /** Whatever the class offers and no input says is known only afterwards. */
  previewCreate(urn: string, inputs: Properties): Properties {
    const { outputs } = this.schema.getResource(parseUrn(urn).token);
    return { ...Object.fromEntries(outputs.map((name) => [name, UNKNOWN])), ...inputs };
  }

  async create(urn: string, inputs: Properties): Promise<CreateResult> {
    const kind = this.getKind(parseUrn(urn).token);
    let made: string | undefined;
    try {
      const id = await kind.create(inputs, (known) => (made = known));
      return { id, outputs: { ...inputs, ...(await this.readLive(kind, id)) } };
    } catch (error) {
      if (made === undefined) throw error;
      return { id: made, inputs, unfinished: formatError(error) };
    }
  }

  async read(
    urn: string,
    id: string,
    inputs: Properties,
    state: Properties,
  ): Promise<{ inputs: Properties; outputs: Properties } | undefined> {
    const { token } = parseUrn(urn);
    const kind = this.getKind(token);
    const live = await kind.read(id);
    if (live === undefined) return undefined;
    const found = removeAbsent(live);
    // Of an import nothing is recorded: every input that the object tells.
    const refreshed = Object.keys(inputs).length === 0 ? found : kind.refreshInputs(inputs, state, found);
    const names = Object.keys(this.schema.getResource(token).inputs).filter((name) => isKnown(refreshed[name]));
    return { inputs: Object.fromEntries(names.map((name) => [name, refreshed[name]])), outputs: { ...state, ...found } };
  }

  async update(urn: string, id: string, inputs: Properties): Promise<Properties> {
    const kind = this.getKind(parseUrn(urn).token);
    await kind.update(id, inputs, await this.readLive(kind, id));
    return { ...inputs, ...(await this.readLive(kind, id)) };
  }

  delete(urn: string, id: string, state: Properties): Promise<void> {
    return this.getKind(parseUrn(urn).token).delete(id, state);
  }

  private async readLive(kind: KindDouble, id: string): Promise<Properties> {
    const live = await kind.read(id);
    if (live === undefined) throw new Error(`${id} is gone`);
    return removeAbsent(live);
  }

  private getKind(token: string): KindDouble {
    const kind = this.double.kind(token);
    if (kind === undefined) throw new Error(`there is no double of ${token}`);
    return kind;
  }
}

/** Of `urn:pulumi:STACK::PROJECT::PARENT$TOKEN::NAME`, whose name may hold `::` too. */
function parseUrn(urn: string): { token: string; name: string } {
  const [, , types = "", ...name] = urn.split("::");
  return { token: types.split("$").at(-1) ?? "", name: name.join("::") };
}

/** With the name of the error where it says something, as those of AWS do. */
export function formatError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.name === "Error" ? error.message : `${error.name}: ${error.message}`;
}
