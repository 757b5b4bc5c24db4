import { spawn } from "node:child_process";

/** What to run and within what bounds. */
export interface Command {
  command: string;
  args: readonly string[];
  cwd?: string;
  /** The whole environment of the child. Default: this process's. */
  env?: NodeJS.ProcessEnv;
  /** The child and all it started are killed after this many milliseconds. */
  timeoutMs: number;
  /** Aborting kills the child and all it started. */
  signal?: AbortSignal | undefined;
  /** Called for each complete line the child writes to stderr. */
  onErrorLine?: (line: string) => void;
}

export interface ProcessResult {
  /** Exit code; null when the child was killed or could not be started. */
  code: number | null;
  stdout: string;
  stderr: string;
  /** Why there is no exit code, as half a sentence; undefined when there is one. */
  failure?: string;
}

/** Runs a command to its end in a process group of its own, so that killing it leaves nothing behind. Never rejects. */
export function run(command: Command): Promise<ProcessResult> {
  return startProcess(command).catch((error: unknown) => ({ code: null, stdout: "", stderr: "", failure: String(error) }));
}

function startProcess({ command, args, cwd, env, timeoutMs, signal, onErrorLine }: Command): Promise<ProcessResult> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env: env ?? process.env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    let failure: string | undefined;
    const stop = (why: string): void => {
      failure ??= why;
      killGroup(child.pid, "SIGKILL");
    };
    const timer = setTimeout(() => {
      stop(`took longer than ${Math.round(timeoutMs / 1000)} s`);
    }, timeoutMs);
    const onAbort = (): void => {
      stop("was interrupted");
    };
    signal?.addEventListener("abort", onAbort);
    if (signal?.aborted === true) onAbort();

    const stdout = collectOutput(child.stdout);
    const stderr = collectOutput(child.stderr, onErrorLine);
    child.on("error", (error) => {
      failure ??= error.message;
    });
    child.on("close", (code) => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      const reason = failure ?? (code === null ? "was killed" : undefined);
      const output = { stdout: stdout(), stderr: stderr() };
      resolve(reason === undefined ? { code, ...output } : { code: null, ...output, failure: reason });
    });
  });
}

/** Sends a signal to a process group; one that has ended already is no error. */
export function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** One reason out of an outcome that is not a success: why it has no code, or its last lines. */
export function formatFailure(outcome: ProcessResult): string {
  if (outcome.failure !== undefined) return outcome.failure;
  const lines = `${outcome.stderr}\n${outcome.stdout}`.split("\n").filter((line) => line.trim() !== "");
  return [`ended with code ${outcome.code ?? "?"}`, ...lines.slice(-REASON_LINES)].join("\n  ");
}

/** Enough for a compiler's or a download's message, not enough to hide the sentence above it. */
const REASON_LINES = 6;

function collectOutput(stream: NodeJS.ReadableStream, onLine?: (line: string) => void): () => string {
  let text = "";
  let reported = 0;
  stream.setEncoding("utf8");
  stream.on("data", (chunk: string) => {
    text += chunk;
    for (let end = text.indexOf("\n", reported); onLine && end >= 0; end = text.indexOf("\n", reported)) {
      onLine(text.slice(reported, end));
      reported = end + 1;
    }
  });
  return () => text;
}
