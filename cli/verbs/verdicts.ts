import { existsSync } from "node:fs";
import { EXIT } from "../../contract/exitCodes.js";
import { type Entry, readLog } from "../../review/approval/log.js";
import { jsonText, shown } from "../../review/shown.js";
import { mustBeReadable } from "../inputFile.js";
import type { Verb } from "../verb.js";
import { outputOption } from "../options.js";

export const verdicts: Verb = (program, ended) =>
  void program
    .command("verdicts")
    .option("--log <file>", "log that palisade guard wrote", ".palisade/verdicts.jsonl")
    .addOption(outputOption())
    .addHelpText("after", "\nWhat is cut off the end of the file leaves no trace in it: keep a copy of its last line elsewhere.")
    .action(async ({ log, output }: { log: string; output: "text" | "json" }) => {
      if (existsSync(log)) await mustBeReadable("--log", log);
      const entries = await readLog(log);
      process.stdout.write(output === "json" ? `${jsonText({ entries }, 1)}\n` : entries.map(line).join(""));
      ended(EXIT.done);
    });

const line = ({ number, at, stack, commit, verdict, outcome, signer, why }: Entry): string =>
  `${String(number).padStart(4)}  ${at}  ${shown(stack)}  ${commit.slice(0, 12)}  ${verdict.padEnd(11)}  ${outcome.padEnd(8)}` +
  `${signer === undefined ? "" : `  approved by ${shown(signer)}`}${why === undefined ? "" : `  ${shown(why)}`}\n`;
