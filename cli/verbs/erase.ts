import { Argument } from "commander";
import { EXIT } from "../../contract/exitCodes.js";
import type { Erasure } from "../../contract/wire/erasure.js";
import { readSettings } from "../connection/settings.js";
import { type ErasureRequest, requestErasure } from "../erase/requestErasure.js";
import { createOutputOption } from "../options.js";
import type { Verb } from "../verb.js";
import { toSafeJson } from "../../review/terminalText.js";

interface Options {
  withCopies: boolean;
  yes: boolean;
  whereKept: boolean;
  stack?: string;
  cwd: string;
  output: "text" | "json";
}

export const erase: Verb = (program, ended) =>
  void program
    .command("erase")
    .addArgument(new Argument("<kind>", "what is erased").choices(["branch", "project"]))
    .argument("<id>", "its id; project/branch names a branch at once")
    .option("--with-copies", "erase branches that have copies of its rows, too", false)
    .option("--yes", "erase; without it nothing is changed, and what would be is told", false)
    .option("--where-kept", "list every sealed object that still has a copy, and change nothing", false)
    .option("--stack <name>", "stack whose configuration names the API; the selected one when omitted")
    .option("--cwd <directory>", "directory of the Pulumi project", ".")
    .addOption(createOutputOption())
    .action(async (kind: ErasureRequest["kind"], id: string, { withCopies, yes, whereKept, stack, cwd, output }: Options) => {
      const account = (await readSettings(cwd, stack)).getAccount(undefined);
      const erasure = await requestErasure(account, { kind, id, withCopies, dryRun: !yes || whereKept });
      process.stdout.write(output === "json" ? `${toSafeJson({ version: 1, ...erasure })}\n` : formatErasure(erasure, whereKept));
      ended(erasure.refused.length > 0 ? EXIT.failed : EXIT.done);
    });

function formatErasure(erasure: Erasure, whereKept: boolean): string {
  const { branches, dry_run, objects, refused, not_reached, certificate, fingerprint } = erasure;
  const kept = objects.map(({ purpose, name, object, bytes }) => `  ${purpose.padEnd(8)} ${name}  ${object}  ${bytes} bytes`);
  const lines = [
    `${dry_run ? (whereKept ? "Kept of" : "Would erase") : "Erased"} ${branches.join(", ")}: ${objects.length} sealed objects${whereKept || dry_run ? "" : ", none of which opens any more"}`,
    ...kept,
    ...(refused.length > 0 ? ["Refused:", ...refused.map(({ message }) => `  ${message}`)] : []),
    "Not reached:",
    ...not_reached.map((each) => `  ${each}`),
    `The plane signs with the key ${fingerprint}`,
    ...(dry_run && !whereKept && refused.length === 0 ? ["Nothing was changed: add --yes to erase. It cannot be undone."] : []),
    ...(certificate ? ["The certificate, for palisade verify-certificate:", toSafeJson(certificate)] : []),
  ];
  return `${lines.join("\n")}\n`;
}
