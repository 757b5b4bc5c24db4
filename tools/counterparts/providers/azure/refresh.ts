import { isDeepStrictEqual } from "node:util";
import { isRecord } from "../../../../contract/values.js";
import { type Properties } from "../values.js";

/** Answers of ARM that no program asks for: a change of theirs is no drift. */
const SERVER_PROPERTIES: ReadonlySet<string> = new Set(["etag", "privateLinkServiceConnectionState", "provisioningState"]);

/** Inputs after a refresh, as the real provider makes them: those recorded, with what has changed of the object since. */
export function applyChanges(inputs: Properties, state: Properties, live: Properties): Properties {
  const names = [...new Set([...Object.keys(state), ...Object.keys(live)])].filter((name) => !SERVER_PROPERTIES.has(name));
  const changed = names.filter((name) => !isDeepStrictEqual(state[name], live[name]));
  return { ...inputs, ...Object.fromEntries(changed.map((name) => [name, applyChange(inputs[name], state[name], live[name])])) };
}

function applyChange(input: unknown, before: unknown, after: unknown): unknown {
  if (isRecord(before) && isRecord(after)) return applyChanges(isRecord(input) ? input : {}, before, after);
  const [inputs, befores, afters] = [findList(input), findList(before), findList(after)];
  if (afters === undefined || befores?.length !== afters.length || inputs?.length !== afters.length) return after;
  return afters.map((one, index) =>
    isDeepStrictEqual(one, befores[index]) ? inputs[index] : applyChange(inputs[index], befores[index], one),
  );
}

const findList = (value: unknown): readonly unknown[] | undefined => (Array.isArray(value) ? (value as unknown[]) : undefined);
