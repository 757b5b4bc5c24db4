import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable } from "node:stream";

/** One call of the Pulumi CLI. */
export interface PulumiCall {
  readonly binary: string;
  /** `--non-interactive` is added: nobody can be asked. */
  readonly args: readonly string[];
  /** The folder of the Pulumi project. */
  readonly directory: string;
  /** The whole environment of the CLI. */
  readonly env: NodeJS.ProcessEnv;
}

/** Starts the Pulumi CLI. Nothing else in this repository does: what holds for one call holds for all. */
export const startPulumi = (call: PulumiCall): ChildProcessByStdio<null, Readable, Readable> =>
  spawn(...buildCommand(call), { ...buildSpawnOptions(call), stdio: ["ignore", "pipe", "pipe"] });

/** The same, with what it prints going where our own output goes; its error stream is the caller's to pass on. */
export const startPulumiAttached = (call: PulumiCall): ChildProcessByStdio<null, null, Readable> =>
  spawn(...buildCommand(call), { ...buildSpawnOptions(call), stdio: ["inherit", "inherit", "pipe"] });

const buildCommand = ({ binary, args }: PulumiCall): [string, string[]] => [binary, [...args, "--non-interactive"]];
const buildSpawnOptions = ({ directory: cwd, env }: PulumiCall) => ({ cwd, env });
