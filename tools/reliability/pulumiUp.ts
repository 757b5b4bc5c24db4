import type { Properties } from "../../provider/engine/define.js";
import type { Hooks } from "../../provider/engine/hooks.js";
import type { Kind } from "../../provider/resources/index.js";
import type { ProviderProcess } from "./providerProcess.js";

/** What Pulumi's state holds of one resource. */
export interface RecordedResource {
  id: string;
  inputs: Properties;
  outs: Properties;
  /** Half-made: the next `up` updates it whatever the program says. */
  unfinished: boolean;
}

export interface State {
  current?: RecordedResource | undefined;
  /** Replaced, and not deleted yet. */
  pendingDeletions: RecordedResource[];
}

export const createEmptyState = (): State => ({ pendingDeletions: [] });

/**
 * One `pulumi up` of a program with one resource (undefined: it was removed), step by step as Pulumi's engine does it. What is recorded stays
 * so whatever fails later; of a process that is killed nothing more is recorded.
 * @throws what the hook threw
 */
export async function runUp(process: ProviderProcess, kind: Kind, state: State, program: Properties | undefined): Promise<void> {
  const hooks = process.hooks[kind];
  const { current } = state;
  if (program === undefined) {
    if (current)
      await recordOutcome(process, hooks.delete(current.id, current.outs), () => {
        state.current = undefined;
      });
  } else {
    // Under another name it is another resource to the engine, and the old one no longer part of the program.
    const isRenamed = current !== undefined && current.inputs["managedBy"] !== program["managedBy"];
    const inputs = await checkInputs(hooks, isRenamed ? {} : (current?.inputs ?? {}), program);
    if (!current) await create(inputs);
    else if (isRenamed) await create(inputs, () => state.pendingDeletions.push(current));
    else {
      const { replaces, changes } = await hooks.diff(current.id, current.outs, inputs);
      if (replaces.length > 0) {
        // For a replacement the engine checks again, as for a new resource.
        await create(await checkInputs(hooks, {}, program), () => state.pendingDeletions.push(current));
      } else if (changes || current.unfinished || !isEqual(current.inputs, inputs)) await update(current, inputs);
    }
  }
  for (const old of [...state.pendingDeletions])
    await recordOutcome(process, hooks.delete(old.id, old.outs), () => {
      state.pendingDeletions = state.pendingDeletions.filter((other) => other !== old);
    });

  async function create(inputs: Properties, also: () => void = () => undefined): Promise<void> {
    await recordOutcome(
      process,
      hooks.create(inputs),
      ({ id, outs }) => {
        also();
        state.current = { id, inputs, outs, unfinished: false };
      },
      ({ id, outs }) => {
        also();
        state.current = { id, inputs, outs, unfinished: true };
      },
    );
  }

  async function update({ id, outs: olds }: RecordedResource, inputs: Properties): Promise<void> {
    await recordOutcome(
      process,
      hooks.update(id, olds, inputs),
      ({ outs }) => {
        state.current = { id, inputs, outs, unfinished: false };
      },
      ({ outs }) => {
        state.current = { id, inputs, outs, unfinished: true };
      },
    );
  }
}

async function checkInputs(hooks: Hooks, olds: Properties, program: Properties): Promise<Properties> {
  const { inputs, failures } = await hooks.check(olds, program);
  if (failures.length > 0) throw new Error(failures.map(({ property, reason }) => `${property} ${reason}`).join("; "));
  return inputs;
}

/** Keeps what a hook answers, and what a half-made resource carries. */
async function recordOutcome<R>(
  process: ProviderProcess,
  hook: Promise<R>,
  keep: (answer: R) => void,
  keepHalf: (made: { id: string; outs: Properties }) => void = () => undefined,
): Promise<void> {
  try {
    const answer = await hook;
    if (process.isKilled) throw new Error("the process was killed");
    keep(answer);
  } catch (error) {
    const { id, properties } = error as { id?: string; properties?: Properties };
    if (!process.isKilled && id !== undefined && properties !== undefined) keepHalf({ id, outs: properties });
    throw error;
  }
}

export const isEqual = (a: unknown, b: unknown): boolean => JSON.stringify(sortKeys(a)) === JSON.stringify(sortKeys(b));

const sortKeys = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(sortKeys)
    : typeof value === "object" && value !== null
      ? Object.fromEntries(
          Object.entries(value)
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([name, inner]) => [name, sortKeys(inner)]),
        )
      : value;
