#!/usr/bin/env node
import { Command, CommanderError } from "commander";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isPalisadeError, messageOf, PalisadeError } from "../contract/errors.js";
import { EXIT, type ExitCode } from "../contract/exitCodes.js";
import { shown } from "../review/shown.js";
import type { Verb } from "./verb.js";

/** In the order of the help. A verb is loaded when it is asked for: what the others need costs it nothing. */
const VERBS: Readonly<Record<string, () => Promise<Verb>>> = {
  dev: async () => (await import("./verbs/dev.js")).dev,
  doctor: async () => (await import("./verbs/doctor.js")).doctor,
  "connection-string": async () => (await import("./verbs/connectionString.js")).connectionString,
  "check-connection": async () => (await import("./verbs/checkConnection.js")).checkConnection,
  scan: async () => (await import("./verbs/scan.js")).scan,
  review: async () => (await import("./verbs/review.js")).review,
  approve: async () => (await import("./verbs/approve.js")).approve,
  guard: async () => (await import("./verbs/guard.js")).guard,
  verdicts: async () => (await import("./verbs/verdicts.js")).verdicts,
  rebind: async () => (await import("./verbs/rebind.js")).rebind,
  drift: async () => (await import("./verbs/drift.js")).drift,
  enforce: async () => (await import("./verbs/enforce.js")).enforce,
};

/** The verb that comes first; all of them where none does, as for the help. */
function verbsFor([first = ""]: readonly string[]): Promise<Verb[]> {
  const asked = Object.hasOwn(VERBS, first) ? VERBS[first] : undefined;
  return Promise.all((asked === undefined ? Object.values(VERBS) : [asked]).map((load) => load()));
}

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
  for (const verb of await verbsFor(words)) verb(program, (ended) => (code = ended));
  for (const command of program.commands) command.exitOverride().showHelpAfterError("(run with --help for what it takes)");
  try {
    await program.parseAsync(words, { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.wrongUsage;
    const { message } = error instanceof PalisadeError ? error : (ofFile(error) ?? new PalisadeError("PAL_INTERNAL", messageOf(error)));
    process.stderr.write(`palisade: ${message.split("\n").map(shown).join("\n")}\n`);
    return isPalisadeError(error, "PAL_USAGE") ? EXIT.wrongUsage : EXIT.failed;
  }
}

/** What the system says of a path is no fault of ours, wherever it was met. */
function ofFile(error: unknown): PalisadeError | undefined {
  const { code, path, syscall } = error as Partial<NodeJS.ErrnoException>;
  const isOfPath = typeof path === "string" || ["EISDIR", "ENOTDIR", "EACCES", "ENOSPC", "EROFS"].includes(code ?? "");
  return isOfPath && syscall !== undefined && !syscall.startsWith("spawn") ? new PalisadeError("PAL_FILE", messageOf(error)) : undefined;
}

/** A reader that has gone (`| head`) neither ends what is under way nor changes its exit code. */
for (const stream of [process.stdout, process.stderr])
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });

void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
