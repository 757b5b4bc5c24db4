import { setTimeout as sleep } from "node:timers/promises";
import { Argument, InvalidArgumentError, Option } from "commander";
import { PalisadeError } from "../../contract/errors.js";
import { EXIT, type ExitCode } from "../../contract/exitCodes.js";
import { AUDIT_EVENT_TYPES, type AuditRow } from "../../contract/wire/audit.js";
import { toSafeJson } from "../../review/terminalText.js";
import { AuditApi, PLANE_STREAM, type RowFilter } from "../audit/auditApi.js";
import type { ChainReport } from "../audit/chainVerifier.js";
import { formatReport } from "../audit/formatReport.js";
import { formatRow } from "../audit/formatRow.js";
import { readKeptHead, verifyFile, verifyPlane } from "../audit/verify.js";
import { readSettings } from "../connection/settings.js";
import { createOutputOption } from "../options.js";
import type { Verb } from "../verb.js";

interface Options extends RowFilter {
  org?: string;
  follow: boolean;
  head?: string;
  headFile?: string;
  file?: string;
  stack?: string;
  cwd: string;
  output: "text" | "json";
}

/** How often it is looked for new rows; milliseconds. */
const FOLLOW_MS = 1_000;

export const audit: Verb = (program, ended) =>
  void program
    .command("audit")
    .addArgument(new Argument("[action]", "what is done instead of printing the rows").choices(["verify", "head"]))
    .option("--org <id>", `organisation; the configured one, else the only one of the key; ${PLANE_STREAM} for the plane's own rows`)
    .option("--since <instant>", "only rows from then on, such as 2026-11-30T08:00:00Z", parseInstant)
    .option("--until <instant>", "only rows before then", parseInstant)
    .option("--actor <who>", "only rows of this owner of a key (its id), key (its number) or role")
    .option("--branch <id>", "only rows of this branch")
    .addOption(new Option("--type <type>", "only rows of this type").choices(AUDIT_EVENT_TYPES))
    .option("--follow", "go on with rows as they come in", false)
    .addOption(
      new Option("--head <digest>", "verify: digest of a head that was kept elsewhere").argParser(parseDigest).conflicts("headFile"),
    )
    .option("--head-file <file>", "verify: head that was kept elsewhere, as palisade audit head --output json printed it")
    .option("--file <file>", "verify: rows that were exported, as JSON lines, instead of the plane's")
    .option("--stack <name>", "stack whose configuration names the API; the selected one when omitted")
    .option("--cwd <directory>", "directory of the Pulumi project", ".")
    .addOption(createOutputOption())
    .addHelpText("after", NOTES)
    .action(async (action: "verify" | "head" | undefined, options: Options) => {
      assertOptions(action, options);
      if (action === "verify") {
        ended(await verify(options));
        return;
      }
      const api = await openApi(options);
      await (action === "head" ? printHead(api, options) : printRows(api, options));
      ended(EXIT.done);
    });

const NOTES = `
Of an embedded plane alone: Neon's API has no audit rows.
verify exits with 0 when the rows up to a head kept elsewhere are proved, 22 when nothing is wrong but no such head was given (or it is older than
the rows), 23 when a row was changed, cut off, removed, moved or inserted.`;

/** What an option is for, beside printing rows. */
const USES: Readonly<Partial<Record<keyof Options, "rows" | "verify">>> = {
  ...{ since: "rows", until: "rows", actor: "rows", branch: "rows", type: "rows", follow: "rows" },
  ...{ head: "verify", headFile: "verify", file: "verify" },
};

/** @throws PAL_USAGE for options that would be ignored */
function assertOptions(action: "verify" | "head" | undefined, options: Options): void {
  const isGiven = (name: keyof Options) => options[name] !== undefined && options[name] !== false;
  for (const [name, use] of Object.entries(USES) as [keyof Options, "rows" | "verify"][])
    if (isGiven(name) && use !== (action ?? "rows"))
      throw new PalisadeError(
        "PAL_USAGE",
        `--${name === "headFile" ? "head-file" : name} is for palisade audit${use === "verify" ? " verify" : ""} alone`,
      );
  if (options.follow && options.until !== undefined) throw new PalisadeError("PAL_USAGE", "--follow has no end: leave --until out");
  if (options.file !== undefined && options.org !== undefined)
    throw new PalisadeError("PAL_USAGE", "--file: its rows say themselves whose they are: leave --org out");
}

async function openApi({ org, stack, cwd }: Options): Promise<AuditApi> {
  return AuditApi.open((await readSettings(cwd, stack)).getAccount(undefined), org);
}

async function verify(options: Options): Promise<ExitCode> {
  const { head, headFile, file, output } = options;
  const kept = headFile !== undefined ? await readKeptHead(headFile) : head === undefined ? undefined : { digest: head };
  const reports = file !== undefined ? await verifyFile(file, kept) : [await verifyPlane(await openApi(options), kept)];
  process.stdout.write(output === "json" ? `${toSafeJson({ version: 1, streams: reports })}\n` : reports.map(formatReport).join(""));
  return getExitCode(reports);
}

function getExitCode(reports: readonly ChainReport[]): ExitCode {
  if (reports.some(({ findings }) => findings.length > 0)) return EXIT.drift;
  return reports.every(({ proved }) => proved) ? EXIT.done : EXIT.cannotJudge;
}

async function printHead(api: AuditApi, { output }: Options): Promise<void> {
  const { head } = await api.readHead();
  const row = head.seq === 0 ? "no row yet" : `row ${head.seq} of ${head.at ?? ""}`;
  process.stdout.write(output === "json" ? `${toSafeJson(head)}\n` : `${head.digest}  ${row}, signed by ${head.fingerprint}\n`);
}

async function printRows(api: AuditApi, { output, follow, type, actor, branch, since, until }: Options): Promise<void> {
  const filter = {
    ...(type && { type }),
    ...(actor && { actor }),
    ...(branch && { branch }),
    ...(since && { since }),
    ...(until && { until }),
  };
  // Without a filter what is printed can be verified: what was pruned belongs to it.
  const checkpoint = output === "json" && Object.keys(filter).length === 0 ? (await api.readHead()).checkpoint : undefined;
  if (checkpoint) process.stdout.write(`${toSafeJson(checkpoint)}\n`);
  const print = (row: AuditRow) => process.stdout.write(output === "json" ? `${toSafeJson(row)}\n` : formatRow(row));
  // A reader that has gone, as `| head` does, ends it.
  const gone = new AbortController();
  process.stdout.once("error", () => {
    gone.abort();
  });
  for (let last = 0; !gone.signal.aborted;) {
    for await (const { rows, examined } of api.readPages(last, filter)) {
      rows.forEach(print);
      last = examined;
    }
    if (!follow) return;
    await sleep(FOLLOW_MS);
  }
}

function parseInstant(text: string): string {
  const at = Date.parse(text);
  if (!/^\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d))?$/.test(text) || Number.isNaN(at))
    throw new InvalidArgumentError("It must be a date or an instant with its zone, such as 2026-11-30 or 2026-11-30T08:00:00Z.");
  return new Date(at).toISOString();
}

function parseDigest(text: string): string {
  if (!/^[0-9a-f]{64}$/i.test(text))
    throw new InvalidArgumentError("It must be 64 hexadecimal digits, as palisade audit head prints them.");
  return text.toLowerCase();
}
