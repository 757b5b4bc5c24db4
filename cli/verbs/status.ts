import { PalisadeError } from "../../contract/errors.js";
import { EXIT } from "../../contract/exitCodes.js";
import { readSettings } from "../connection/settings.js";
import { createOutputOption } from "../options.js";
import { readStatus } from "../status/readStatus.js";
import { formatHostLines, formatStatus } from "../status/formatStatus.js";
import type { Verb } from "../verb.js";
import { toSafeJson } from "../../review/terminalText.js";

interface Options {
  project?: string;
  hostsFile: boolean;
  stack?: string;
  cwd: string;
  output: "text" | "json";
}

export const status: Verb = (program, ended) =>
  void program
    .command("status")
    .option("--project <id or name>", "this project alone")
    .option(
      "--hosts-file",
      "print lines for /etc/hosts instead, with which every tool finds the computes of an embedded plane by name",
      false,
    )
    .option("--stack <name>", "stack whose configuration names the API; the selected one when omitted")
    .option("--cwd <directory>", "directory of the Pulumi project", ".")
    .addOption(createOutputOption())
    .action(async ({ project, hostsFile, stack, cwd, output }: Options) => {
      const found = await readStatus((await readSettings(cwd, stack)).getAccount(undefined), project);
      if (hostsFile && found.plane?.proxy === undefined)
        throw new PalisadeError(
          "PAL_USAGE",
          `--hosts-file: ${found.apiUrl} is not an embedded plane with a proxy: its computes need no such lines`,
        );
      if (hostsFile) process.stdout.write(formatHostLines(found));
      else process.stdout.write(output === "json" ? `${toSafeJson(found)}\n` : formatStatus(found));
      ended(EXIT.done);
    });
