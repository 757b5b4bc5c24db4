import { existsSync } from "node:fs";
import { EXIT } from "../../contract/exitCodes.js";
import { type VerdictEntry, readLog } from "../../review/approval/verdictLog.js";
import { toSafeJson, escapeForTerminal } from "../../review/terminalText.js";
import { assertReadable } from "../inputFile.js";
import type { Verb } from "../verb.js";
import { createOutputOption } from "../options.js";

export const verdicts: Verb = (program, ended) =>
  void program
    .command("verdicts")
    .option("--log <file>", "log that palisade guard wrote", ".palisade/verdicts.jsonl")
    .addOption(createOutputOption())
    .addHelpText("after", "\nWhat is cut off the end of the file leaves no trace in it: keep a copy of its last line elsewhere.")
    .action(async ({ log, output }: { log: string; output: "text" | "json" }) => {
      if (existsSync(log)) await assertReadable("--log", log);
      const entries = await readLog(log);
      process.stdout.write(output === "json" ? `${toSafeJson({ entries }, 1)}\n` : entries.map(formatEntry).join(""));
      ended(EXIT.done);
    });

const formatEntry = ({ number, at, stack, commit, verdict, outcome, signer, why }: VerdictEntry): string =>
  `${String(number).padStart(4)}  ${at}  ${escapeForTerminal(stack)}  ${commit.slice(0, 12)}  ${verdict.padEnd(11)}  ${outcome.padEnd(8)}` +
  `${signer === undefined ? "" : `  approved by ${escapeForTerminal(signer)}`}${why === undefined ? "" : `  ${escapeForTerminal(why)}`}\n`;
