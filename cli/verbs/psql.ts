import type { Command } from "commander";
import { PalisadeError } from "../../contract/errors.js";
import { readConnectionTarget } from "../connection/connectionTarget.js";
import { requirePsql, buildPsqlEnvironment, runPsql } from "../connection/psql.js";
import { readSettings } from "../connection/settings.js";
import type { Verb } from "../verb.js";

interface Options {
  project?: string;
  role?: string;
  database?: string;
  pooled: boolean;
  stack?: string;
  cwd: string;
}

export const psql: Verb = (program, ended, all) =>
  void program
    .command("psql")
    .argument("[branch]", "id or name of the branch; the default one when omitted")
    .argument("[words...]", "behind --: what psql itself is given")
    .option("--project <id or name>", "project; the only one when omitted")
    .option("--role <name>", "role; the only one when omitted")
    .option("--database <name>", "database; the only one when omitted")
    .option("--pooled", "through the pooler", false)
    .option("--stack <name>", "stack whose configuration names the API; the selected one when omitted")
    .option("--cwd <directory>", "directory of the Pulumi project", ".")
    .addHelpText("after", NOTES)
    .action(async (_branch: string | undefined, _words: string[], options: Options, command: Command) => {
      const { branch, words } = splitWords(command.args, all);
      const file = await requirePsql(process.env);
      const account = (await readSettings(options.cwd, options.stack)).getAccount(undefined);
      const place = await readConnectionTarget(account, { ...options, ...(branch !== undefined && { branch }) }, true);
      ended(await runPsql(file, words, buildPsqlEnvironment(place, options.pooled, process.env)));
    });

const NOTES = `
palisade psql main -- -c 'SELECT 1' gives psql its own options. It connects with verify-full and channel binding, to an embedded plane also where
names under localhost do not resolve. The password goes to psql in its environment; the exit code is psql's.`;

/** What stands behind `--` is psql's, the branch or not before it. @throws PAL_USAGE */
function splitWords(given: readonly string[], raw: readonly string[]): { branch: string | undefined; words: readonly string[] } {
  const at = raw.indexOf("--");
  const words = at < 0 ? [] : raw.slice(at + 1);
  const [branch, ...others] = given.slice(0, given.length - words.length);
  if (others.length > 0) throw new PalisadeError("PAL_USAGE", "one branch is named; what psql itself is given stands behind --");
  return { branch, words };
}
