export function omit<T extends object, K extends keyof T>(value: T, ...keys: K[]): Omit<T, K> {
  const rest = { ...value };
  for (const key of keys) Reflect.deleteProperty(rest, key);
  return rest;
}

/** Names of roles and databases: Postgres cuts identifiers at 63 bytes. */
export const NAME_BYTES = 63;
export const countBytes = (text: string): number => Buffer.byteLength(text);
