import { Option } from "commander";
import { resolve } from "node:path";
import { DEFAULT_API_URL } from "../../contract/account.js";
import { EXIT } from "../../contract/exitCodes.js";
import { REGION_IDS } from "../../contract/regions.js";
import { toSafeJson, escapeForTerminal } from "../../review/terminalText.js";
import type { GivenAnswers } from "../init/answers.js";
import { createOutputOption } from "../options.js";
import type { Verb } from "../verb.js";

interface Options extends GivenAnswers {
  plane?: true;
  output: "text" | "json";
}

export const init: Verb = (program, ended) =>
  void program
    .command("init")
    .argument("[directory]", "where the project is written; it is made where it is missing", ".")
    .option("--name <name>", "name of the project; that of the directory when omitted")
    .addOption(new Option("--region <region>", "region of the data").choices(REGION_IDS).default("aws-eu-central-1"))
    .option(
      "--range <range>",
      "address, CIDR network or first-last that may try to connect; may be given again; this machine alone when omitted",
      (range: string, others: readonly string[]) => [...others, range],
      [],
    )
    .option("--plane", "for an embedded plane, palisade dev; the default")
    .addOption(new Option("--host <url>", "for the control API at this address instead; neon is Neon's own").conflicts("plane"))
    .addOption(createOutputOption())
    .addHelpText("after", "\nAsks nothing and overwrites nothing: where one of its files exists, it writes none.")
    .action(async (directory: string, { output, ...given }: Options) => {
      const [{ checkAnswers: checkedAnswers }, { buildProjectFiles: projectFiles }, { writeProject }] = await Promise.all([
        import("../init/answers.js"),
        import("../init/projectFiles.js"),
        import("../init/write.js"),
      ]);
      const answers = checkedAnswers(directory, given);
      const files = projectFiles(answers);
      await writeProject(directory, files);
      const [names, next] = [[...files.keys()], listNextCommands(directory, answers.host)];
      process.stdout.write(
        output === "json"
          ? `${toSafeJson({ version: 1, directory: resolve(directory), files: names, next: next.map(({ command }) => command) })}\n`
          : `Wrote ${names.join(", ")} to ${escapeForTerminal(resolve(directory))}. Next:\n\n${next.map(formatLine).join("\n")}\n`,
      );
      ended(EXIT.done);
    });

interface NextCommand {
  readonly command: string;
  readonly note?: string;
}

function listNextCommands(directory: string, host: string | undefined): NextCommand[] {
  const key = {
    command: "pulumi config set --secret palisade:apiKey",
    note: host === undefined ? "the key that it prints" : "asks for it",
  };
  return [
    ...(resolve(directory) === process.cwd() ? [] : [{ command: `cd ${quote(directory)}` }]),
    { command: "npm install" },
    ...(host === undefined ? [{ command: "npx palisade dev", note: "in another terminal" }] : []),
    { command: "pulumi stack init dev" },
    ...(host === DEFAULT_API_URL ? [] : [{ command: `pulumi config set palisade:apiUrl ${quote(host ?? PLANE)}` }]),
    key,
    { command: "npx palisade doctor --fix", note: "gives the stack an id of its own" },
    { command: "pulumi up" },
  ];
}

/** Where palisade dev answers unless told otherwise. */
const PLANE = "http://127.0.0.1:4400/api/v2";

const formatLine = ({ command, note }: NextCommand): string =>
  `  ${escapeForTerminal(note === undefined ? command : `${command.padEnd(48)} # ${note}`)}`;

/** As a shell takes it for one word. */
const quote = (text: string): string => {
  const path = text.startsWith("-") ? `./${text}` : text;
  return /^[\w./:-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
};
