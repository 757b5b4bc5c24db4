/** The same object without its undefined values: on the wire and in a state an optional field is absent, never null. */
export const omitUndefined = <T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as { [K in keyof T]?: Exclude<T[K], undefined> };

/** The value at `network.allow`, the value itself without a path; undefined where an outer one is no object. Lists have no names. */
export function getValueAt(value: unknown, path?: string): unknown {
  let inner = value;
  for (const name of path?.split(".") ?? []) {
    inner = isRecord(inner) && Object.hasOwn(inner, name) ? inner[name] : undefined;
  }
  return inner;
}

/** What JSON says; undefined where the text is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const subtract = (list: readonly string[], others: readonly string[]): string[] => list.filter((one) => !others.includes(one));

/** As every length and code of Postgres' protocol is sent: big-endian. */
export function encodeInt32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
