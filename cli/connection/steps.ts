/** Steps of a connection, in order. */
export const STEPS = [
  "address",
  "tcp",
  "tls offered",
  "tls version",
  "certificate chain",
  "certificate name",
  "endpoint",
  "admission",
  "authentication",
  "query",
] as const;
/** `path`, after all of them: which way it came in, where somebody can tell. */
export type StepName = (typeof STEPS)[number] | "path";

/** Result of one step. */
export interface Step {
  step: StepName;
  status: "ok" | "warn" | "fail" | "not tried";
  /** Null where it was part of the step before it. */
  ms: number | null;
  detail: string;
  /** Which of the proxy's rules refused, by its name in the proxy's log. */
  rule?: string;
  remedy?: string;
}

/** Why a step failed, and what to do. */
export class StepFailure extends Error {
  constructor(
    readonly step: StepName,
    detail: string,
    readonly remedy: string,
    readonly rule?: string,
  ) {
    super(detail);
  }
}

/** Ends every wait: when the user interrupts, or after the limit, which is told as a failure of the step. */
export interface WaitLimits {
  /** The user's interrupt. */
  readonly interrupted: AbortSignal;
  readonly limitMs: number;
}

/** Thrown when the user interrupts. */
export class InterruptedError extends Error {}

/**
 * Runs work whose every wait ends with the signal. A failure of the network in it becomes a Failure of the step.
 * @param hint what to do when it fails in no way that is known better
 */
export async function attempt<T>(
  step: StepName,
  hint: string,
  { interrupted, limitMs }: WaitLimits,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = AbortSignal.timeout(limitMs);
  const signal = AbortSignal.any([interrupted, late]);
  const over = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => {
      reject(new Error("over"));
    });
  });
  over.catch(() => undefined);
  try {
    if (interrupted.aborted) throw new InterruptedError();
    return await Promise.race([work(signal), over]);
  } catch (error) {
    if (interrupted.aborted) throw new InterruptedError();
    if (error instanceof StepFailure) throw error;
    throw new StepFailure(step, late.aborted ? `no answer within ${limitMs / 1_000} s` : formatNetworkError(error), hint);
  }
}

/** `ECONNREFUSED`, where there is a code. */
function formatNetworkError(error: unknown): string {
  const { code, message, errors } = error as { code?: string; message: string; errors?: { code?: string }[] };
  return code ?? errors?.[0]?.code ?? message;
}

/** Makes a text safe for a terminal: it may come from a hostile server or its certificate. */
export function toPrintable(text: string): string {
  const plain = text.replace(/\p{C}/gu, "�");
  return plain.length > MOST_SHOWN ? `${plain.slice(0, MOST_SHOWN)}…` : plain;
}

const MOST_SHOWN = 600;
