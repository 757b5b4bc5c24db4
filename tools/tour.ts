import { formatErrorMessage } from "../contract/errors.js";
import { createColours } from "../cli/terminal.js";

const { bold, dim, green } = createColours(process.stdout);
const proofs: { what: string; seen: string }[] = [];
const began = Date.now();
const formatElapsed = (): string => String(Math.round((Date.now() - began) / 1_000));

/** Runs one step, says how long it took, and what it proved. Throws when it proved something else. */
export async function runStep(what: string, work: () => Promise<string>): Promise<void> {
  process.stdout.write(`${dim(`[${formatElapsed().padStart(3)} s]`)} ${what} … `);
  const seen = await work();
  process.stdout.write(`${green("ok")}\n`);
  proofs.push({ what, seen });
}

/**
 * The tour of an example, a process of its own. `clean` registers what must be undone at the end, in reverse order.
 */
export async function runTour(title: string, work: (clean: (undo: () => Promise<void>) => void) => Promise<void>): Promise<void> {
  const undos: (() => Promise<void>)[] = [];
  const cleaned = async () => {
    for (let undo = undos.pop(); undo; undo = undos.pop()) await undo();
  };
  const interrupt = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => {
      interrupt.abort();
      void cleaned().then(() => process.exit(130));
    });
  process.stdout.write(`${bold(title)} on the embedded control plane. Nothing leaves this machine.\n`);
  try {
    await work((undo) => undos.push(undo));
    const width = Math.max(...proofs.map(({ what }) => what.length));
    const rows = proofs.map(({ what, seen }) => `  ${what.padEnd(width)}  ${green(seen)}`);
    process.stdout.write(`\n${bold("Proved")} in ${formatElapsed()} s:\n${rows.join("\n")}\n`);
  } catch (error) {
    if (!interrupt.signal.aborted) process.stderr.write(`\n${formatErrorMessage(error)}\n`);
    process.exitCode = 1;
  } finally {
    if (!interrupt.signal.aborted) await cleaned();
  }
}
