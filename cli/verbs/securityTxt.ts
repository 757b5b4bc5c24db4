import { DAY_SECONDS } from "../../contract/durations.js";
import { PalisadeError } from "../../contract/errors.js";
import { EXIT, type ExitCode } from "../../contract/exitCodes.js";
import { isValid, parseSecurityTxt, type SecurityTxt } from "../../contract/securityTxt.js";
import { escapeForTerminal, toSafeJson } from "../../review/terminalText.js";
import { createOutputOption } from "../options.js";
import { writeWholeFile } from "../posture/files.js";
import { type FoundSecurityTxt, readSecurityTxt } from "../securityTxt/read.js";
import type { Verb } from "../verb.js";

interface Options {
  contact: readonly string[];
  expires?: string;
  encryption: readonly string[];
  acknowledgments: readonly string[];
  preferredLanguages?: string;
  canonical: readonly string[];
  policy: readonly string[];
  hiring: readonly string[];
  out?: string;
  check?: string;
  output: "text" | "json";
}

/** Of a file that is written without --expires: half of what the RFC recommends at most. */
const USUAL_DAYS = 180;

export const securityTxt: Verb = (program, ended) =>
  void program
    .command("security-txt")
    .option("--contact <uri>", "where to report: mailto:, tel: or https:// (repeat for more, the preferred one first)", collect, [])
    .option("--expires <time>", `when the file is stale, RFC 3339; in ${USUAL_DAYS} days when omitted`)
    .option("--encryption <uri>", "where a key for reports is (repeat for more)", collect, [])
    .option("--acknowledgments <url>", "where reporters are named (repeat for more)", collect, [])
    .option("--preferred-languages <tags>", "languages of reports: en, de")
    .option("--canonical <url>", "where the file is served (repeat for more)", collect, [])
    .option("--policy <url>", "what reporters may do and expect (repeat for more)", collect, [])
    .option("--hiring <url>", "open positions in security (repeat for more)", collect, [])
    .option("--out <file>", "write there instead of printing")
    .option("--check <file>", "check this file or https:// address (- is standard input) instead of writing one")
    .addOption(createOutputOption())
    .addHelpText(
      "after",
      "\nWith --check: exits with 0 when the file is valid, 23 when it breaks RFC 9116. A signature is recognised and not verified.",
    )
    .action(async (options: Options) => {
      ended(options.check === undefined ? await write(options) : await check(options.check, options));
    });

const collect = (text: string, before: readonly string[]): readonly string[] => [...before, text];

async function write(options: Options): Promise<ExitCode> {
  const { contact, canonical, preferredLanguages, output, out } = options;
  if (contact.length === 0) throw new PalisadeError("PAL_USAGE", "--contact is needed: where do reports go? Or give --check a file");
  if (output === "json") throw new PalisadeError("PAL_USAGE", "--output json belongs to --check: the file has one form");
  const nowMs = Date.now();
  const usual = new Date(nowMs + USUAL_DAYS * DAY_SECONDS * 1_000).toISOString().replace(/\.\d+/, "");
  const fields: readonly (readonly [string, readonly string[]])[] = [
    ["Contact", contact],
    ["Expires", [options.expires ?? usual]],
    ["Encryption", options.encryption],
    ["Acknowledgments", options.acknowledgments],
    ["Preferred-Languages", preferredLanguages === undefined ? [] : [preferredLanguages]],
    ["Canonical", canonical],
    ["Policy", options.policy],
    ["Hiring", options.hiring],
  ];
  const lines = fields.flatMap(([name, values]) => values.map((value) => ({ name, value })));
  const broken = lines.find(({ value }) => /[\r\n]/.test(value));
  if (broken) throw new PalisadeError("PAL_USAGE", `--${broken.name.toLowerCase()}: a value is one line`);
  const text = lines.map(({ name, value }) => `${name}: ${value}\n`).join("");
  const { problems } = parseSecurityTxt(text, { nowMs });
  const error = problems.find(({ severity }) => severity === "error");
  if (error) {
    const { name = "contact", value = "" } = lines[error.line - 1] ?? {};
    throw new PalisadeError("PAL_USAGE", `--${name.toLowerCase()} ${JSON.stringify(value)}: ${error.message.replace(/\.$/, "")}`);
  }
  for (const { message } of problems) process.stderr.write(`palisade: ${escapeForTerminal(message)}\n`);
  if (out === undefined) process.stdout.write(text);
  else await writeWholeFile(out, text);
  return EXIT.done;
}

async function check(source: string, options: Options): Promise<ExitCode> {
  assertAlone(options);
  const found = await readSecurityTxt(source);
  const read = parseSecurityTxt(found.text, { nowMs: Date.now(), url: found.url });
  const problems = [...found.problems, ...read.problems];
  const result = { ...read, problems };
  process.stdout.write(options.output === "json" ? `${toSafeJson(toJson(found, result))}\n` : formatCheck(found, result));
  return isValid(result) ? EXIT.done : EXIT.drift;
}

/** A field that is given beside --check would be forgotten. */
function assertAlone({ contact, expires, encryption, acknowledgments, preferredLanguages, canonical, policy, hiring, out }: Options): void {
  const lists = { contact, encryption, acknowledgments, canonical, policy, hiring };
  const single = { expires, "preferred-languages": preferredLanguages, out };
  const given = [
    ...Object.entries(lists).filter(([, values]) => values.length > 0),
    ...Object.entries(single).filter(([, value]) => value !== undefined),
  ].map(([name]) => name);
  if (given[0] !== undefined) throw new PalisadeError("PAL_USAGE", `--${given[0]} writes a file: leave it out with --check`);
}

const toJson = ({ source }: FoundSecurityTxt, { fields, isSigned, expiresMs, problems }: SecurityTxt) => ({
  version: 1,
  source,
  valid: isValid({ problems }),
  signed: isSigned,
  signatureVerified: false,
  expires: expiresMs === undefined ? null : new Date(expiresMs).toISOString(),
  fields,
  problems,
});

function formatCheck({ source }: FoundSecurityTxt, { fields, isSigned, problems }: SecurityTxt): string {
  const lines = problems.map(({ line, severity, message }) => `${line === 0 ? "the file" : `line ${line}`}: ${severity}: ${message}`);
  const signed = isSigned ? " It is signed; the signature was not verified." : "";
  const verdict = `${source}: ${isValid({ problems }) ? "valid" : "not valid"} by RFC 9116, ${fields.length} fields.${signed}`;
  return `${[...lines, verdict].map(escapeForTerminal).join("\n")}\n`;
}
