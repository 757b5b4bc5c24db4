import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable } from "node:stream";

/** One call of the Pulumi CLI. */
export interface Call {
  readonly binary: string;
  /** `--non-interactive` is added: nobody can be asked. */
  readonly args: readonly string[];
  /** The folder of the Pulumi project. */
  readonly directory: string;
  /** The whole environment of the CLI. */
  readonly env: NodeJS.ProcessEnv;
}

/** Starts the Pulumi CLI. Nothing else in this repository does: what holds for one call holds for all. */
export const startPulumi = (call: Call): ChildProcessByStdio<null, Readable, Readable> =>
  spawn(...commandOf(call), { ...placeOf(call), stdio: ["ignore", "pipe", "pipe"] });

/** The same, with what it prints going where our own output goes; its error stream is the caller's to pass on. */
export const startPulumiShown = (call: Call): ChildProcessByStdio<null, null, Readable> =>
  spawn(...commandOf(call), { ...placeOf(call), stdio: ["inherit", "inherit", "pipe"] });

const commandOf = ({ binary, args }: Call): [string, string[]] => [binary, [...args, "--non-interactive"]];
const placeOf = ({ directory: cwd, env }: Call) => ({ cwd, env });
