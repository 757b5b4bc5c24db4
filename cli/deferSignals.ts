import { constants } from "node:os";

/**
 * Runs `work` to its end although a signal arrives, so that it cleans up after itself: the CLI that it runs gets Ctrl-C from the terminal
 * as well, and ends. The process then ends as interrupted. @returns the result of `work`
 */
export async function deferSignals<R>(work: () => Promise<R>): Promise<R> {
  let signal: "SIGINT" | "SIGTERM" | undefined;
  const note = (name: "SIGINT" | "SIGTERM") => void (signal = name);
  for (const name of NAMES) process.on(name, note);
  try {
    return await work();
  } finally {
    for (const name of NAMES) process.off(name, note);
    if (signal !== undefined) {
      process.stderr.write("palisade: interrupted\n");
      process.exit(128 + constants.signals[signal]);
    }
  }
}

const NAMES = ["SIGINT", "SIGTERM"] as const;
