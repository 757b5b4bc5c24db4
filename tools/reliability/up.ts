import type { Bag } from "../../provider/engine/define.js";
import type { Hooks } from "../../provider/engine/hooks.js";
import type { Kind } from "../../provider/resources/index.js";
import type { Process } from "./process.js";

/** What Pulumi's state holds of one resource. */
export interface Recorded {
  id: string;
  inputs: Bag;
  outs: Bag;
  /** Half-made: the next `up` updates it whatever the program says. */
  unfinished: boolean;
}

export interface State {
  current?: Recorded | undefined;
  /** Replaced, and not deleted yet. */
  condemned: Recorded[];
}

export const emptyState = (): State => ({ condemned: [] });

/**
 * One `pulumi up` of a program with one resource (undefined: it was removed), step by step as Pulumi's engine does it. What is recorded stays
 * so whatever fails later; of a process that is killed nothing more is recorded.
 * @throws what the hook threw
 */
export async function up(process: Process, kind: Kind, state: State, program: Bag | undefined): Promise<void> {
  const hooks = process.hooks[kind];
  const { current } = state;
  if (program === undefined) {
    if (current)
      await recording(process, hooks.delete(current.id, current.outs), () => {
        state.current = undefined;
      });
  } else {
    // Under another name it is another resource to the engine, and the old one no longer part of the program.
    const isRenamed = current !== undefined && current.inputs["managedBy"] !== program["managedBy"];
    const inputs = await checked(hooks, isRenamed ? {} : (current?.inputs ?? {}), program);
    if (!current) await create(inputs);
    else if (isRenamed) await create(inputs, () => state.condemned.push(current));
    else {
      const { replaces, changes } = await hooks.diff(current.id, current.outs, inputs);
      if (replaces.length > 0) {
        // For a replacement the engine checks again, as for a new resource.
        await create(await checked(hooks, {}, program), () => state.condemned.push(current));
      } else if (changes || current.unfinished || !equal(current.inputs, inputs)) await update(current, inputs);
    }
  }
  for (const old of [...state.condemned])
    await recording(process, hooks.delete(old.id, old.outs), () => {
      state.condemned = state.condemned.filter((other) => other !== old);
    });

  async function create(inputs: Bag, also: () => void = () => undefined): Promise<void> {
    await recording(
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

  async function update({ id, outs: olds }: Recorded, inputs: Bag): Promise<void> {
    await recording(
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

async function checked(hooks: Hooks, olds: Bag, program: Bag): Promise<Bag> {
  const { inputs, failures } = await hooks.check(olds, program);
  if (failures.length > 0) throw new Error(failures.map(({ property, reason }) => `${property} ${reason}`).join("; "));
  return inputs;
}

/** Keeps what a hook answers, and what a half-made resource carries. */
async function recording<R>(
  process: Process,
  hook: Promise<R>,
  keep: (answer: R) => void,
  keepHalf: (made: { id: string; outs: Bag }) => void = () => undefined,
): Promise<void> {
  try {
    const answer = await hook;
    if (process.killed) throw new Error("the process was killed");
    keep(answer);
  } catch (error) {
    const { id, properties } = error as { id?: string; properties?: Bag };
    if (!process.killed && id !== undefined && properties !== undefined) keepHalf({ id, outs: properties });
    throw error;
  }
}

export const equal = (a: unknown, b: unknown): boolean => JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));

const sorted = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(sorted)
    : typeof value === "object" && value !== null
      ? Object.fromEntries(
          Object.entries(value)
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([name, inner]) => [name, sorted(inner)]),
        )
      : value;
