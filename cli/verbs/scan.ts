import { PalisadeError } from "../../contract/errors.js";
import { EXIT, type ExitCode } from "../../contract/exitCodes.js";
import { toSafeJson, escapeForTerminal } from "../../review/terminalText.js";
import { toJson } from "../../review/scan/json.js";
import { toProgram } from "../../review/scan/program.js";
import { type ScanReport, scan as scanned } from "../../review/scan/scan.js";
import { toText } from "../../review/scan/text.js";
import { readSettings } from "../connection/settings.js";
import type { Verb } from "../verb.js";
import { createOutputOption } from "../options.js";
import { createPainter, createProgress } from "../terminal.js";

interface Options {
  org?: string;
  code: boolean;
  stack?: string;
  cwd: string;
  output: "text" | "json";
}

export const scan: Verb = (program, ended) =>
  void program
    .command("scan")
    .option("--org <id>", "organisation; the configured one, else the only one of the key")
    .option("--code", "print a Pulumi program that takes everything over as it is", false)
    .option("--stack <name>", "stack whose configuration names the API; the selected one when omitted")
    .option("--cwd <directory>", "directory of the Pulumi project", ".")
    .addOption(createOutputOption())
    .addHelpText("after", "\nExits with 0 when nothing is found, 23 with findings, 22 when a part could not be read and so not judged.")
    .action(async ({ org, code, stack, cwd, output }: Options) => {
      if (code && output === "json") throw new PalisadeError("PAL_USAGE", "--code prints a program: leave --output out");
      const account = (await readSettings(cwd, stack)).getAccount(undefined);
      const report = await scanned({ ...account, orgId: org ?? account.orgId }, { now: Date.now(), progress: createProgress() });
      process.stdout.write(
        code ? renderProgram(report) : output === "json" ? `${toSafeJson(toJson(report))}\n` : toText(report, createPainter()),
      );
      ended(getExitCode(report, code));
    });

/** What could not be judged outranks what was found: the findings are not the whole. A program is no judgement of what it takes over. */
function getExitCode({ unjudged, findings }: ScanReport, code: boolean): ExitCode {
  if (unjudged.length > 0) return EXIT.cannotJudge;
  return findings.length > 0 && !code ? EXIT.drift : EXIT.done;
}

function renderProgram(report: ScanReport): string {
  const { text, left } = toProgram(report);
  for (const { name, why } of left) process.stderr.write(`palisade: left alone: ${escapeForTerminal(name)}: ${escapeForTerminal(why)}\n`);
  for (const { resource, what, reason } of report.unjudged)
    process.stderr.write(`palisade: not read: ${escapeForTerminal(resource.name)}, ${what}: ${escapeForTerminal(reason)}\n`);
  return text;
}
