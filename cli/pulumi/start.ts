import { type ChildProcess, type ChildProcessByStdio, spawn } from "node:child_process";
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

/** The same, with what it prints going where our own output goes. */
export const startPulumiInherited = (call: Call): ChildProcess => spawn(...commandOf(call), { ...placeOf(call), stdio: "inherit" });

const commandOf = ({ binary, args }: Call): [string, string[]] => [binary, [...args, "--non-interactive"]];
const placeOf = ({ directory: cwd, env }: Call) => ({ cwd, env });
