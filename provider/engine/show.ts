import { messageOf } from "../../contract/errors.js";
import type { Bag, Shape } from "./define.js";
import { reserved } from "./reserved.js";
import { secretNames } from "./fields.js";

/** The host refuses undefined, Date and Map after the object exists (pulumi#3012); JSON is what the state can hold. */
export const plain = (bag: Bag): Bag => JSON.parse(JSON.stringify(bag)) as Bag;

/** Inputs that every resource takes, of what is recorded. */
export const engineFields = (props: Bag): Bag =>
  Object.fromEntries(
    Object.keys(reserved.shape)
      .filter((name) => name in props)
      .map((name) => [name, props[name]]),
  );
/** Without the stored text, which Pulumi passes along. */
export const bare = ({ __provider: _, ...rest }: Bag): Bag => rest;

/**
 * Runs a hook; what it throws becomes an error for people: one message, no stack (the host prints stacks), and none of the secrets that were passed in.
 * A half-made resource keeps its id and properties.
 */
export const failing = (inputs: Shape, outputs: Shape) => {
  const names = [...secretNames(inputs), ...secretNames(outputs)];
  return async <R>(bags: Bag[], hook: () => R | Promise<R>): Promise<R> => {
    try {
      return await hook();
    } catch (error) {
      const { id, properties } = error as { id?: string; properties?: Bag };
      const secrets = [...bags, properties ?? {}].flatMap((bag) => names.flatMap((name) => leaves(bag[name])));
      const shown = new ShownError(secrets.reduce((text, secret) => text.split(secret).join("[secret]"), messageOf(error)));
      throw id === undefined ? shown : Object.assign(shown, { id, properties, reasons: [shown.message] });
    }
  };
};

/** After the id is known every failure is a half-made resource, with all that was learned, that the next `up` goes on with. */
export async function halfMadeOnError<R>(id: string, known: Bag, run: () => Promise<R>): Promise<R> {
  try {
    return await run();
  } catch (error) {
    throw Object.assign(error instanceof Error ? error : new Error(String(error)), { id, properties: plain(known) });
  }
}

/** Prints as its message alone. */
class ShownError extends Error {
  override readonly name = "";
  constructor(message: string) {
    super(message);
    this.stack = "";
  }
}

/** Texts long enough to be a secret, in a value of any shape. */
const leaves = (value: unknown): string[] =>
  typeof value === "string"
    ? value.length >= 4
      ? [value]
      : []
    : typeof value === "object" && value !== null
      ? Object.values(value).flatMap(leaves)
      : [];
