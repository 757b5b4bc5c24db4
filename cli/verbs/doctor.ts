import { isPalisadeError, formatErrorMessage } from "../../contract/errors.js";
import { EXIT } from "../../contract/exitCodes.js";
import { type Configuration, readConfiguration } from "../../provider/client/configuration.js";
import { isPulumiProject } from "../connection/settings.js";
import { checkApi } from "../doctor/api.js";
import { type Check, fail, skip } from "../doctor/checks.js";
import { checkStackId, checkState } from "../doctor/stack.js";
import { checkEngine, checkNode, checkPackages } from "../doctor/toolchain.js";
import type { Verb } from "../verb.js";
import { readConfig } from "../pulumi/config.js";
import { resolveDirectory, type StackTarget } from "../pulumi/target.js";
import { createOutputOption } from "../options.js";
import { createColours } from "../terminal.js";
import { escapeForTerminal, toSafeJson } from "../../review/terminalText.js";

interface DoctorOptions {
  stack?: string;
  cwd: string;
  fix: boolean;
  output: "text" | "json";
}

export const doctor: Verb = (program, ended) =>
  void program
    .command("doctor")
    .option("--stack <name>", "stack to look at; the selected one when omitted")
    .option("--cwd <directory>", "directory of the Pulumi project", ".")
    .option("--fix", "write palisade:stackId into the stack's configuration when it is missing", false)
    .addOption(createOutputOption())
    .action(async (options: DoctorOptions) => {
      const checks: Check[] = [];
      const print = (check: Check) => {
        checks.push(check);
        if (options.output === "text") process.stdout.write(formatCheck(check));
      };
      await examine(options, print);
      if (options.output === "json") process.stdout.write(`${toSafeJson({ checks })}\n`);
      ended(checks.some(({ status }) => status === "fail") ? EXIT.failed : EXIT.done);
    });

async function examine({ cwd, stack, fix }: DoctorOptions, print: (check: Check) => void): Promise<void> {
  const directory = resolveDirectory(cwd);
  print(checkNode());
  const { check, pulumi } = await checkEngine();
  print(check);
  checkPackages(directory).forEach(print);
  const inProject = isPulumiProject(directory);
  const target: StackTarget | undefined = pulumi && inProject ? { pulumi, directory, stack } : undefined;
  if (!inProject) print(skip("stack", `${directory} is not a Pulumi project; only the environment is checked`));
  const announce = (text: string) => process.stderr.write(`${text}\n`);
  let settings: Configuration;
  try {
    settings = target ? await readConfig(target, announce) : readConfiguration({ get: () => undefined }, process.env, announce);
  } catch (error) {
    print(
      fail(
        "stack",
        isPalisadeError(error) ? error.detail : formatErrorMessage(error),
        "Select a stack (`pulumi stack select`) and give its passphrase, then run the command again",
      ),
    );
    return;
  }
  let origin;
  try {
    const reached = await checkApi(settings.getAccount(undefined));
    reached.checks.forEach(print);
    origin = reached.origin;
  } catch (error) {
    print(
      isPalisadeError(error)
        ? fail("configuration", error.detail, error.remedy)
        : fail("configuration", formatErrorMessage(error), "Correct the configuration"),
    );
  }
  if (!target) return;
  print(await checkStackId(target, settings, fix));
  (await checkState(target, origin)).forEach(print);
}

const { green, yellow, red, dim } = createColours(process.stdout);
const MARKS = { ok: green("ok  "), warn: yellow("warn"), fail: red("fail"), skip: dim("skip") };

const formatCheck = ({ name, status, detail, remedy }: Check) =>
  `${MARKS[status]}  ${name.padEnd(17)} ${escapeForTerminal(detail)}\n${remedy === undefined ? "" : `${" ".repeat(24)}${escapeForTerminal(remedy)}\n`}`;
