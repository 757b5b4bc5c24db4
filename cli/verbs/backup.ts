import { Argument } from "commander";
import { PalisadeError } from "../../contract/errors.js";
import { EXIT, type ExitCode } from "../../contract/exitCodes.js";
import { escapeForTerminal, toSafeJson } from "../../review/terminalText.js";
import { CONFIGURATION_FILE, readBackupConfiguration } from "../backup/configuration.js";
import { planPruning, pruneBackups } from "../backup/pruneBackups.js";
import { drillBackup, restoreBackup } from "../backup/restoreBackup.js";
import { formatHandover } from "../backup/restoreInto.js";
import { type BackupRequest, openBackupSession, openStoreSession } from "../backup/session.js";
import { takeBackup } from "../backup/takeBackup.js";
import { readSettings } from "../connection/settings.js";
import { createOutputOption } from "../options.js";
import type { Verb } from "../verb.js";

const ACTIONS = ["run", "list", "restore", "drill", "prune"] as const;
type Action = (typeof ACTIONS)[number];

interface Options {
  config: string;
  into?: string;
  yes: boolean;
  stack?: string;
  cwd: string;
  output: "text" | "json";
}

/** What an action has to say, in both forms. */
interface Outcome {
  readonly json: object;
  readonly text: readonly string[];
  readonly code?: ExitCode;
}

export const backup: Verb = (program, ended) =>
  void program
    .command("backup")
    .addArgument(new Argument("<action>", "what to do").choices(ACTIONS))
    .argument("[backup]", "with restore: id of the backup; the newest when omitted")
    .option("--config <file>", "what is backed up, whereto and under which keys", CONFIGURATION_FILE)
    .option("--into <name>", "with restore: name of the new branch")
    .option("--yes", "with prune: remove; without it nothing is changed, and what would be is told", false)
    .option("--stack <name>", "stack whose configuration names the API; the selected one when omitted")
    .option("--cwd <directory>", "directory of the Pulumi project", ".")
    .addOption(createOutputOption())
    .addHelpText("after", NOTES)
    .action(async (action: Action, id: string | undefined, options: Options) => {
      assertFits(action, id, options);
      const stop = new AbortController();
      const interrupt = () => {
        stop.abort();
      };
      for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, interrupt);
      try {
        const { json, text, code = EXIT.done } = await perform(action, id, options, stop.signal);
        const lines = text.map(escapeForTerminal).join("\n");
        process.stdout.write(options.output === "json" ? `${toSafeJson({ version: 1, action, ...json })}\n` : `${lines}\n`);
        ended(code);
      } catch (error) {
        if (!stop.signal.aborted) throw error;
        process.stderr.write("palisade: interrupted; what was not finished is not listed\n");
        ended(EXIT.interrupted);
      } finally {
        for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, interrupt);
      }
    });

const NOTES = `
run      dumps the branch from one snapshot of each database, sealed under your own key, into the store
list     says which backups the store has, after the signature and the chain of its index were verified
restore  makes a new, protected branch and restores into fresh databases of it, as a role without power
drill    restores the newest into a branch that is removed again, compares, and writes signed evidence; 23 where something is wrong
prune    removes backups whose time is over, never the newest and never the newest that a drill has passed
pg_dump and pg_restore are those on PATH. docs/guides/backups.md has the configuration file.`;

/** @throws PAL_USAGE */
function assertFits(action: Action, id: string | undefined, { into, yes }: Options): void {
  if (action === "restore" && into === undefined) throw new PalisadeError("PAL_USAGE", "restore needs --into, the name of the new branch");
  if (action !== "restore" && into !== undefined) throw new PalisadeError("PAL_USAGE", `--into is for restore, not for ${action}`);
  if (action !== "restore" && id !== undefined) throw new PalisadeError("PAL_USAGE", `${action} takes no backup`);
  if (action !== "prune" && yes) throw new PalisadeError("PAL_USAGE", `--yes is for prune, not for ${action}`);
}

async function perform(action: Action, id: string | undefined, options: Options, signal: AbortSignal): Promise<Outcome> {
  const configuration = await readBackupConfiguration(options.config);
  if (action === "list") return list(configuration);
  const account = (await readSettings(options.cwd, options.stack)).getAccount(undefined);
  const log = (line: string) => process.stderr.write(`palisade: ${escapeForTerminal(line)}\n`);
  const request: BackupRequest = { configuration, account, environment: process.env, signal, log };
  const session = await openBackupSession(request, action === "run");
  switch (action) {
    case "run": {
      const manifest = await takeBackup(session);
      const bytes = manifest.databases.reduce((sum, one) => sum + one.bytes, 0);
      const text = [`Backup ${manifest.id} of ${manifest.databases.length} databases: ${bytes} bytes, kept until ${manifest.keep_until}`];
      return { json: { backup: manifest }, text };
    }
    case "restore": {
      const { manifest, branch, databases, findings } = await restoreBackup(session, id, options.into ?? "");
      const told = databases.map(formatHandover);
      const json = { backup: manifest.id, branch, databases: databases.map(({ facts: _, ...one }) => one), findings };
      const text = [`Restored ${manifest.id} into the protected branch ${branch.name} (${branch.id})`, ...told, ...findings];
      return { json, text, ...(findings.length > 0 && { code: EXIT.drift }) };
    }
    case "drill": {
      const evidence = await drillBackup(session);
      const rows = evidence.restored.map(
        ({ database, tables, rows: count }) => `  ${database}: ${tables} tables, ${count} rows, as dumped`,
      );
      const text = evidence.passed
        ? [`Backup ${evidence.backup} restores:`, ...rows]
        : [`Backup ${evidence.backup}:`, ...evidence.findings];
      return { json: { evidence }, text, code: evidence.passed ? EXIT.done : EXIT.drift };
    }
    case "prune": {
      const { removed, kept } = options.yes ? await pruneBackups(session) : await planPruning(session);
      const word = options.yes ? "Removed" : "Would remove";
      const hint = options.yes || removed.length === 0 ? [] : ["Nothing was changed: add --yes. It cannot be undone."];
      const text = [`${word} ${removed.length} backups, ${kept.length} stay`, ...removed.map((one) => `  ${one.id}`), ...hint];
      return { json: { removed, kept, dry_run: !options.yes }, text };
    }
  }
}

async function list(configuration: BackupRequest["configuration"]): Promise<Outcome> {
  const { catalogue, store } = await openStoreSession({ configuration });
  const backups = await catalogue.list();
  const text = backups.map(({ id, taken_at, keep_until }) => `${id}  taken ${taken_at}, kept until ${keep_until}`);
  return { json: { store: store.name, backups }, text: text.length > 0 ? text : [`${store.name} has no backup`] };
}
