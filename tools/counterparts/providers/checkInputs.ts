import { isRecord } from "../../../contract/values.js";
import type { Inputs, InputType, SdkSchema } from "./sdkSchema.js";
import { type Properties, UNKNOWN } from "./values.js";

/** What a provider's Check says of one input. */
export interface InputFailure {
  /** As `properties.sku.name` or `subnetIds[0]`. */
  readonly property: string;
  readonly reason: string;
}

/** What is missing or of another type than the SDK's own. Values that are known only after the update pass. */
export function findFailures(schema: SdkSchema, fields: Inputs, inputs: Properties, at = ""): InputFailure[] {
  const missing = Object.entries(fields)
    .filter(([name, { required }]) => required && (inputs[name] === undefined || inputs[name] === null))
    .map(([name]) => ({ property: `${at}${name}`, reason: "Missing required argument" }));
  const wrong = Object.entries(inputs)
    .filter(([name]) => !name.startsWith("__"))
    .flatMap(([name, value]) => {
      const field = fields[name];
      const property = `${at}${name}`;
      return field === undefined ? [{ property, reason: "Unknown argument" }] : checkType(schema, field.type, value, property);
    });
  return [...missing, ...wrong];
}

function checkType(schema: SdkSchema, type: InputType, value: unknown, property: string): InputFailure[] {
  if (value === undefined || value === null || value === UNKNOWN) return [];
  const refuse = (): InputFailure[] => [{ property, reason: `Expected ${describeType(type)}, got ${describeValue(value)}` }];
  switch (type.is) {
    case "any":
      return [];
    case "string":
    case "number":
    case "boolean":
      return typeof value === type.is ? [] : refuse();
    case "literal":
      return value === type.value ? [] : refuse();
    case "anyOf":
      return type.types.some((one) => checkType(schema, one, value, property).length === 0) ? [] : refuse();
    case "list":
      return Array.isArray(value) ? value.flatMap((one, index) => checkType(schema, type.of, one, `${property}[${index}]`)) : refuse();
    case "map":
      if (!isRecord(value)) return refuse();
      return Object.entries(value).flatMap(([name, one]) => checkType(schema, type.of, one, `${property}.${name}`));
    case "object": {
      if (!isRecord(value)) return refuse();
      const fields = schema.findNestedInputs(type.name);
      return fields === undefined ? [] : findFailures(schema, fields, value, `${property}.`);
    }
  }
}

const describeValue = (value: unknown): string => (Array.isArray(value) ? "list" : typeof value);

function describeType(type: InputType): string {
  if (type.is === "literal") return `"${type.value}"`;
  return type.is === "anyOf" ? type.types.map(describeType).join(" or ") : type.is;
}
