import { collectNeeds, sortByNeeds, type Program } from "./program.js";
import type { Trial } from "./trial.js";

/** Trials with something taken away, what takes away most first. */
export function* generateSmallerTrials(trial: Trial): Generator<Trial> {
  const { history, after, undeclared } = trial;
  if (history.length > 1) {
    yield { ...trial, history: history.slice(1) };
    yield { ...trial, history: history.slice(0, -1) };
  }
  if (undeclared.branches.length > 0) yield { ...trial, undeclared: { ...undeclared, branches: [] } };
  const names = new Set([...history, after].flat().map(({ name }) => name));
  for (const name of names) {
    const next = changeEveryProgram(trial, (program) => program.filter((one) => one.name !== name));
    if (next) yield next;
  }
  for (const name of names) {
    const next = { ...trial, after: after.filter((one) => one.name !== name) };
    if (next.after.length < after.length && isWhole(next.after)) yield next;
  }
  for (const [index, one] of after.entries()) {
    const earlier = history.at(-1)?.find(({ name }) => name === one.name);
    if (earlier && JSON.stringify(earlier) !== JSON.stringify(one))
      yield { ...trial, after: after.map((each, at) => (at === index ? earlier : each)) };
  }
  for (const name of names) {
    const without = (option: string) =>
      changeEveryProgram(trial, (program) =>
        program.map((one) =>
          one.name === name ? { ...one, options: Object.fromEntries(Object.entries(one.options).filter(([key]) => key !== option)) } : one,
        ),
      );
    for (const option of new Set([...history, after].flat().flatMap((one) => (one.name === name ? Object.keys(one.options) : [])))) {
      const next = without(option);
      if (next) yield next;
    }
  }
}

function changeEveryProgram(trial: Trial, change: (program: Program) => Program): Trial | undefined {
  const next = { ...trial, history: trial.history.map(change), after: change(trial.after) };
  return [...next.history, next.after].every(isWhole) ? next : undefined;
}

/** Whether nothing refers to what is not there. Literal ids may speak of what was there earlier. */
function isWhole(program: Program): boolean {
  const names = new Set(program.map(({ name }) => name));
  const isLiteral = () => true;
  return program.every((one) => [...collectNeeds(one, isLiteral)].every((name) => names.has(name))) && sortByNeeds(program) !== undefined;
}
