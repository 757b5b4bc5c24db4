import { constants } from "node:os";

/**
 * Runs `work` to its end although somebody interrupts it, so that what it put down is taken away again: the CLI that works for it gets Ctrl-C
 * from the terminal as well, and ends. The process ends as interrupted afterwards. @returns what `work` did
 */
export async function endingTidily<R>(work: () => Promise<R>): Promise<R> {
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
