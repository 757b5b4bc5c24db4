import { Command, CommanderError } from "commander";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isPalisadeError, formatErrorMessage, PalisadeError } from "../contract/errors.js";
import { EXIT } from "../contract/exitCodes.js";
import { escapeForTerminal } from "../review/terminalText.js";
import { refuseEmptyValues } from "./emptyValues.js";
import { VERBS } from "./verbs.js";

/** The verb that is named, whole; of the others, what the help lists. */
async function addVerbs(program: Command, words: readonly string[], ended: (code: number) => void): Promise<void> {
  const [first, second] = words;
  const named = first === "help" ? second : first;
  for (const [name, { description, takes = "", load }] of Object.entries(VERBS)) {
    if (name !== named) {
      // The help says `[options]` of what has any.
      program.command(`${name} ${takes}`).description(description).option("--options");
      continue;
    }
    (await load())(program, ended, words);
    program.commands.at(-1)?.description(description);
  }
}

/** Runs a command line of `palisade`. @returns its exit code; what failed is told on the error stream */
export async function run(words: readonly string[]): Promise<number> {
  let code: number = EXIT.done;
  const program = new Command("palisade")
    .description("The security posture of serverless Postgres as code.")
    .version((JSON.parse(readFileSync(join(__dirname, "../../package.json"), "utf8")) as { version: string }).version)
    .showHelpAfterError("(run with --help for what it takes)")
    .exitOverride()
    .addHelpText(
      "after",
      `\nExit codes: 0 done, 1 failed, 2 wrong usage, 20 needs review, 21 block, 22 cannot judge, 23 drift or findings, 130 interrupted.`,
    );
  program.hook("preAction", (_, verb) => {
    refuseEmptyValues(verb);
  });
  await addVerbs(program, words, (ended) => (code = ended));
  for (const command of program.commands) command.exitOverride().showHelpAfterError("(run with --help for what it takes)");
  try {
    await program.parseAsync(words, { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.wrongUsage;
    const { message } =
      error instanceof PalisadeError ? error : (toFileError(error) ?? new PalisadeError("PAL_INTERNAL", formatErrorMessage(error)));
    process.stderr.write(`palisade: ${message.split("\n").map(escapeForTerminal).join("\n")}\n`);
    return isPalisadeError(error, "PAL_USAGE") ? EXIT.wrongUsage : EXIT.failed;
  }
}

/** What the system says of a path is no fault of ours, wherever it was met. */
function toFileError(error: unknown): PalisadeError | undefined {
  const { code, path, syscall } = error as Partial<NodeJS.ErrnoException>;
  const isOfPath = typeof path === "string" || ["EISDIR", "ENOTDIR", "EACCES", "ENOSPC", "EROFS"].includes(code ?? "");
  return isOfPath && syscall !== undefined && !syscall.startsWith("spawn")
    ? new PalisadeError("PAL_FILE", formatErrorMessage(error))
    : undefined;
}
