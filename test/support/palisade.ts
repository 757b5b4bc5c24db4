import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

/** A command line, where it runs and with what environment: the whole of it. */
export interface CommandLine {
  readonly words: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * The built `palisade` in one process for all command lines of a test file, one after another: to start and load it is most of what a short
 * one costs. What is about the process itself (signals, a terminal, standard input) starts dist/cli/main.js.
 */
export class Palisade {
  #child: ChildProcess | undefined;
  #last: Promise<unknown> = Promise.resolve();

  run(line: CommandLine): Promise<Said> {
    const said = this.#last.then(() => this.#run(line));
    this.#last = said.catch(() => undefined);
    return said;
  }

  async #run(line: CommandLine): Promise<Said> {
    const child = (this.#child ??= spawn(process.execPath, [join(__dirname, "palisadeProcess.cjs")], {
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    }));
    const answers = Promise.all([readAnswer(child, "stdout"), readAnswer(child, "stderr")]);
    child.send(line);
    const [stdout, stderr] = await answers;
    return { code: stdout.code, stdout: stdout.text, stderr: stderr.text };
  }

  /** Throws where something of a verb keeps the process from ending by itself. */
  async end(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined) return;
    const ended = once(child, "exit");
    child.disconnect();
    const timer = setTimeout(() => child.kill("SIGKILL"), END_MS);
    const [code] = (await ended) as [number | null];
    clearTimeout(timer);
    if (code !== 0) throw new Error(`the process of the command lines does not end by itself: ${String(code)}`);
  }
}

/** Of connections that are kept for a next call, the longest. */
const END_MS = 20_000;

/** What is written up to the code of the command line. Rejects where the process ends before. */
async function readAnswer(child: ChildProcess, name: "stdout" | "stderr"): Promise<{ text: string; code: number }> {
  const chunks: Buffer[] = [];
  return new Promise((done, fail) => {
    const onEnd = () => {
      fail(new Error(`the process ended in a command line: ${Buffer.concat(chunks).toString()}`));
    };
    const onData = (chunk: Buffer): void => {
      chunks.push(chunk);
      if (chunk.at(-1) !== 0) return;
      const [, text = "", code] = /^([^]*)\0(\d+)\0$/.exec(Buffer.concat(chunks).toString()) ?? [];
      if (code === undefined) return;
      child[name]?.off("data", onData).off("end", onEnd);
      done({ text, code: Number(code) });
    };
    child[name]?.on("data", onData).on("end", onEnd);
  });
}
