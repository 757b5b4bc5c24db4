import { PalisadeError } from "../../contract/errors.js";
import { EXIT } from "../../contract/exitCodes.js";
import { type Overdue, overdueIn } from "../../review/drift/overdue.js";
import { jsonText, shown } from "../../review/shown.js";
import type { Verb } from "../verb.js";
import { outputOption } from "../options.js";
import { recordedState } from "../pulumi/export.js";
import { lockError } from "../pulumi/lock.js";
import { type Target, targetOf } from "../pulumi/target.js";
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
    .option("--dry-run", "say what would be removed, and change nothing", false)
    .addOption(outputOption())
    .addHelpText(
      "after",
      "\nExits with 0 when nothing is overdue or all of it is removed, 1 when it failed. Made for a scheduler: see docs/guides/drift.md.",
    )
    .action(async ({ stack, cwd, dryRun, output }: Options) => {
      const target = await targetOf({ cwd, stack });
      const overdue = await overdueOf(target);
      if (overdue.length > 0 && !dryRun) {
        await up(target, overdue);
        const left = await overdueOf(target);
        if (left.length > 0) throw new PalisadeError("PAL_STILL_OVERDUE", left.map(({ urn }) => urn).join(", "));
      }
      process.stdout.write(output === "json" ? `${jsonText({ version: 1, dryRun, removed: overdue })}\n` : textOf(overdue, dryRun));
      ended(EXIT.done);
    });

const overdueOf = async (target: Target): Promise<Overdue[]> => overdueIn((await recordedState(target)).resources, Date.now());

function textOf(overdue: readonly Overdue[], dryRun: boolean): string {
  if (overdue.length === 0) return "Nothing is overdue.\n";
  const lines = overdue.flatMap(({ resource, entries }) =>
    entries.map(({ range, removeAfter, description }) => {
      const why = description === undefined ? "" : ` (${description})`;
      return `${dryRun ? "would remove" : "removed"} ${shown(range)}${shown(why)} from ${resource.kind} ${shown(resource.name)}: ended ${shown(removeAfter)}`;
    }),
  );
  return `${lines.join("\n")}\n`;
}

async function up(target: Target, overdue: readonly Overdue[]): Promise<void> {
  const { code, said } = await runUp(target, ["--skip-preview", ...targetsOf(overdue)]);
  if (code !== 0)
    throw (
      lockError(said) ??
      new PalisadeError(
        "PAL_ENFORCE_FAILED",
        `pulumi up ended with ${code ?? "a signal"}\n${shown(said.trim()).replaceAll("\\u{a}", "\n")}`,
      )
    );
}

/** Exactly these: the CLI would take a star for every resource that fits. */
export const targetsOf = (overdue: readonly Overdue[]): string[] =>
  overdue.map(({ urn }) => {
    if (urn.includes("*"))
      throw new PalisadeError("PAL_ENFORCE_FAILED", `the name of ${urn} holds a star, which pulumi takes for a pattern`);
    return `--target=${urn}`;
  });
