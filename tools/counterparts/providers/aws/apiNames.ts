import { isProperties } from "../values.js";

/** Names that the classes of @pulumi/aws spell otherwise than by the case of their first letter; in a class a list is a plural. */
const SPELLINGS: Readonly<Record<string, string>> = {
  id: "ID",
  kmsMasterKeyId: "KMSMasterKeyID",
  sseAlgorithm: "SSEAlgorithm",
  startsWiths: "StartsWith",
  endsWiths: "EndsWith",
  notStartsWiths: "NotStartsWith",
  notEndsWiths: "NotEndsWith",
};
const CLASS_NAMES: Readonly<Record<string, string>> = Object.fromEntries(Object.entries(SPELLINGS).map(([own, api]) => [api, own]));

/** A nested input by the names of AWS' API. It has passed the types of the SDK's classes. */
export const toApiNames = (value: unknown): unknown =>
  rename(value, (name) => SPELLINGS[name] ?? `${name.charAt(0).toUpperCase()}${name.slice(1)}`);

/** What AWS' API answers by the names of the classes. */
export const toClassNames = (value: unknown): unknown =>
  rename(value, (name) => CLASS_NAMES[name] ?? `${name.charAt(0).toLowerCase()}${name.slice(1)}`);

function rename(value: unknown, toName: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map((one) => rename(one, toName));
  if (!isProperties(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [toName(name), rename(one, toName)]));
}
