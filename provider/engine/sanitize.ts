import { formatErrorMessage } from "../../contract/errors.js";
import type { Properties, Shape } from "./define.js";
import { reserved } from "./reservedInputs.js";
import { isProperties, listSecretPaths } from "./fields.js";

/** The host refuses undefined, Date and Map after the object exists (pulumi#3012); JSON is what the state can hold. */
export const toPlainJson = (bag: Properties): Properties => JSON.parse(JSON.stringify(bag)) as Properties;

/** Inputs that every resource takes, of what is recorded. */
export const pickReservedInputs = (props: Properties): Properties =>
  Object.fromEntries(
    Object.keys(reserved.shape)
      .filter((name) => name in props)
      .map((name) => [name, props[name]]),
  );
/** Without the stored text, which Pulumi passes along. */
export const omitStoredProvider = ({ __provider: _, ...rest }: Properties): Properties => rest;

/**
 * Runs a hook; what it throws becomes an error for the user: one message, no stack (the host prints stacks), and none of the secrets that were passed in.
 * A half-made resource keeps its id and properties.
 */
export const sanitizeErrors = (inputs: Shape, outputs: Shape) => {
  return async <R>(bags: Properties[], hook: () => R | Promise<R>): Promise<R> => {
    try {
      return await hook();
    } catch (error) {
      const { id, properties } = error as { id?: string; properties?: Properties };
      // Walks both schemas, so not before there is an error.
      const paths = [...listSecretPaths(inputs), ...listSecretPaths(outputs)];
      const secrets = [...bags, properties ?? {}].flatMap((bag) => paths.flatMap((path) => collectStrings(getAt(bag, path))));
      const shown = new UserFacingError(secrets.reduce((text, secret) => text.split(secret).join("[secret]"), formatErrorMessage(error)));
      throw id === undefined ? shown : Object.assign(shown, { id, properties, reasons: [shown.message] });
    }
  };
};

/** After the id is known every failure is a half-made resource, with all that was learned, that the next `up` goes on with. */
export async function attachStateToErrors<R>(id: string, known: Properties, run: () => Promise<R>): Promise<R> {
  try {
    return await run();
  } catch (error) {
    throw Object.assign(error instanceof Error ? error : new Error(String(error)), { id, properties: toPlainJson(known) });
  }
}

/** Prints as its message alone. */
class UserFacingError extends Error {
  override readonly name = "";
  constructor(message: string) {
    super(message);
    this.stack = "";
  }
}

const getAt = (bag: Properties, path: readonly string[]): unknown =>
  path.reduce<unknown>((value, name) => (isProperties(value) ? value[name] : undefined), bag);

/** Texts long enough to be a secret, in a value of any shape. */
const collectStrings = (value: unknown): string[] =>
  typeof value === "string"
    ? value.length >= 4
      ? [value]
      : []
    : typeof value === "object" && value !== null
      ? Object.values(value).flatMap(collectStrings)
      : [];
