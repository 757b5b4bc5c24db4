import type { Command } from "commander";

/**
 * A verb adds itself to the program; its action tells the exit code (contract/exitCodes.ts), or that of the program which ran in its place.
 * @param words the whole command line, for what Commander does not keep of it
 */
export type Verb = (program: Command, ended: (code: number) => void, words: readonly string[]) => void;
