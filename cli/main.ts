#!/usr/bin/env node
import { Command, CommanderError } from "commander";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isPalisadeError, messageOf, PalisadeError } from "../contract/errors.js";
import { EXIT, type ExitCode } from "../contract/exitCodes.js";
import { shown } from "../review/shown.js";
import { approve } from "./verbs/approve.js";
import { checkConnection } from "./verbs/checkConnection.js";
import { connectionString } from "./verbs/connectionString.js";
import { dev } from "./verbs/dev.js";
import { doctor } from "./verbs/doctor.js";
import { drift } from "./verbs/drift.js";
import { enforce } from "./verbs/enforce.js";
import { guard } from "./verbs/guard.js";
import { rebind } from "./verbs/rebind.js";
import { review } from "./verbs/review.js";
import { scan } from "./verbs/scan.js";
import { verdicts } from "./verbs/verdicts.js";
import type { Verb } from "./verb.js";

const VERBS: readonly Verb[] = [
  dev,
  doctor,
  connectionString,
  checkConnection,
  scan,
  review,
  approve,
  guard,
  verdicts,
  rebind,
  drift,
  enforce,
];

async function main(words: readonly string[]): Promise<number> {
  let code: ExitCode = EXIT.done;
  const program = new Command("palisade")
    .description("The security posture of serverless Postgres as code.")
    .version((JSON.parse(readFileSync(join(__dirname, "../../package.json"), "utf8")) as { version: string }).version)
    .showHelpAfterError("(run with --help for what it takes)")
    .exitOverride()
    .addHelpText(
      "after",
      `\nExit codes: 0 done, 1 failed, 2 wrong usage, 20 needs review, 21 block, 22 cannot judge, 23 drift or findings, 130 interrupted.`,
    );
  for (const verb of VERBS) verb(program, (ended) => (code = ended));
  for (const command of program.commands) command.exitOverride().showHelpAfterError("(run with --help for what it takes)");
  try {
    await program.parseAsync(words, { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.wrongUsage;
    const { message } = error instanceof PalisadeError ? error : new PalisadeError("PAL_INTERNAL", messageOf(error));
    process.stderr.write(`palisade: ${message.split("\n").map(shown).join("\n")}\n`);
    return isPalisadeError(error, "PAL_USAGE") ? EXIT.wrongUsage : EXIT.failed;
  }
}

/** A reader that has gone (`| head`) neither ends what is under way nor changes its exit code. */
for (const stream of [process.stdout, process.stderr])
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });

void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
