import type { Command } from "commander";
import type { ExitCode } from "../contract/exitCodes.js";

/** A verb adds itself to the program; its action tells the exit code. */
export type Verb = (program: Command, ended: (code: ExitCode) => void) => void;
