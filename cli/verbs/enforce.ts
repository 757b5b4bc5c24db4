import { PalisadeError } from "../../contract/errors.js";
import { EXIT } from "../../contract/exitCodes.js";
import { type OverdueResource, listOverdue } from "../../review/drift/overdue.js";
import { toSafeJson, escapeForTerminal } from "../../review/terminalText.js";
import type { Verb } from "../verb.js";
import { createOutputOption } from "../options.js";
import { readRecordedState } from "../pulumi/export.js";
import { parseLockError } from "../pulumi/lockErrors.js";
import { type StackTarget, resolveTarget } from "../pulumi/target.js";
import { runUp } from "../pulumi/up.js";

interface Options {
  stack?: string;
  cwd: string;
  dryRun: boolean;
  output: "text" | "json";
}

export const enforce: Verb = (program, ended) =>
  void program
    .command("enforce")
    .option("--stack <name>", "stack to look at; the selected one when omitted")
    .option("--cwd <directory>", "directory of the Pulumi project", ".")
    .option("--dry-run", "say what would be removed or ended, and change nothing", false)
    .addOption(createOutputOption())
    .addHelpText(
      "after",
      "\nExits with 0 when nothing is overdue or all of it is removed and ended, 1 when it failed. Made for a scheduler: see docs/guides/drift.md.",
    )
    .action(async ({ stack, cwd, dryRun, output }: Options) => {
      const target = await resolveTarget({ cwd, stack });
      const overdue = await readOverdue(target);
      if (overdue.length > 0 && !dryRun) {
        await runTargetedUp(target, overdue);
        const left = await readOverdue(target);
        if (left.length > 0) throw new PalisadeError("PAL_STILL_OVERDUE", left.map(({ urn }) => urn).join(", "));
      }
      process.stdout.write(
        output === "json" ? `${toSafeJson({ version: 1, dryRun, removed: overdue })}\n` : formatRemoved(overdue, dryRun),
      );
      ended(EXIT.done);
    });

const readOverdue = async (target: StackTarget): Promise<OverdueResource[]> =>
  listOverdue((await readRecordedState(target)).resources, Date.now());

function formatRemoved(overdue: readonly OverdueResource[], dryRun: boolean): string {
  if (overdue.length === 0) return "Nothing is overdue.\n";
  const lines = overdue.flatMap(({ resource, entries, access }) => [
    ...(access
      ? [
          `${dryRun ? "would end" : "ended"} access of role ${escapeForTerminal(access.roleName)} by ${resource.kind} ${escapeForTerminal(resource.name)}: over since ${escapeForTerminal(access.until)}`,
        ]
      : []),
    ...entries.map(({ range, removeAfter, description }) => {
      const why = description === undefined ? "" : ` (${description})`;
      return `${dryRun ? "would remove" : "removed"} ${escapeForTerminal(range)}${escapeForTerminal(why)} from ${resource.kind} ${escapeForTerminal(resource.name)}: ended ${escapeForTerminal(removeAfter)}`;
    }),
  ]);
  return `${lines.join("\n")}\n`;
}

async function runTargetedUp(target: StackTarget, overdue: readonly OverdueResource[]): Promise<void> {
  const { code, said } = await runUp(target, ["--skip-preview", ...buildTargetFlags(overdue)]);
  if (code !== 0)
    throw (
      parseLockError(said) ??
      new PalisadeError(
        "PAL_ENFORCE_FAILED",
        `pulumi up ended with ${code ?? "a signal"}\n${escapeForTerminal(said.trim()).replaceAll("\\u{a}", "\n")}`,
      )
    );
}

/** Exactly these: the CLI would take a star for every resource that fits. */
export const buildTargetFlags = (overdue: readonly OverdueResource[]): string[] =>
  overdue.map(({ urn }) => {
    if (urn.includes("*"))
      throw new PalisadeError("PAL_ENFORCE_FAILED", `the name of ${urn} holds a star, which pulumi takes for a pattern`);
    return `--target=${urn}`;
  });
