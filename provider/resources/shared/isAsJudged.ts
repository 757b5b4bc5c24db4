import { isSecret, UNKNOWN } from "./mergeInputs.js";

/** Whether a value is the judged one. What was unknown or secret then may be anything now; what is unknown now must have been so then. */
export function isAsJudged(judged: unknown, actual: unknown): boolean {
  if (judged === UNKNOWN || isSecret(judged)) return true;
  if (typeof judged !== "object" || judged === null) return judged === actual;
  if (typeof actual !== "object" || actual === null || Array.isArray(judged) !== Array.isArray(actual)) return false;
  const [then, now] = [judged as Record<string, unknown>, actual as Record<string, unknown>];
  return [...new Set([...Object.keys(then), ...Object.keys(now)])].every((name) => isAsJudged(then[name], now[name]));
}
