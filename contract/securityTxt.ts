import { findNearest } from "./didYouMean.js";
import { DAY_SECONDS } from "./durations.js";

/** A file of RFC 9116, as it is served under /.well-known/security.txt. Pure. */

/** Longer files, and longer values, readers may refuse (RFC 9116, section 5.6). */
export const MAX_FILE_BYTES = 32 * 1024;
const MAX_LINE_CHARACTERS = 2_048;
/** Section 2.5.5: recommended to be less than a year away. */
const LONGEST_DAYS = 365;

export interface SecurityTxtProblem {
  /** 1 and up; 0 for the file as a whole. */
  readonly line: number;
  /** `error`: the RFC says must. `warning`: it recommends otherwise. */
  readonly severity: "error" | "warning";
  /** One sentence. */
  readonly message: string;
}

export interface SecurityTxt {
  readonly fields: readonly { readonly name: string; readonly value: string; readonly line: number }[];
  /** It carries an OpenPGP cleartext signature, which nothing here verifies. */
  readonly isSigned: boolean;
  /** Milliseconds since 1970; undefined where there is no such time. */
  readonly expiresMs: number | undefined;
  /** In the order of the lines. */
  readonly problems: readonly SecurityTxtProblem[];
}

/** The fields of the RFC, and CSAF of its registry. The names are compared without case. */
export const SECURITY_TXT_FIELDS = [
  "Contact",
  "Expires",
  "Encryption",
  "Acknowledgments",
  "Preferred-Languages",
  "Canonical",
  "Policy",
  "Hiring",
  "CSAF",
] as const;
type FieldName = (typeof SECURITY_TXT_FIELDS)[number];
const ONCE: ReadonlySet<string> = new Set<FieldName>(["Expires", "Preferred-Languages"]);

/** RFC 3339, section 5.6. */
const DATE_TIME = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})$/;
const FIELD_NAME = /^[!-9;-~]+$/;
const URI = /^[A-Za-z][A-Za-z0-9+.-]*:[!-~]+$/;
/** RFC 5646, as far as its shape goes. */
const LANGUAGE_TAG = /^[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*$/;
const FORBIDDEN = /[\p{Cc}\p{Cs}]/u;

interface Line {
  readonly text: string;
  readonly number: number;
}

/**
 * Reads a file and says everything that RFC 9116 has against it.
 * @param text as UTF-8 gave it; `U+FFFD` is what it could not @param url where it was found, for Canonical
 */
export function parseSecurityTxt(text: string, { nowMs, url }: { nowMs: number; url?: string | undefined }): SecurityTxt {
  const problems: SecurityTxtProblem[] = [];
  const say = (line: number, severity: SecurityTxtProblem["severity"], message: string) => void problems.push({ line, severity, message });
  if (text.startsWith("\uFEFF")) say(1, "error", "The file begins with a byte order mark, which Net-Unicode does not have.");
  if (text.includes("\uFFFD")) say(0, "error", "The file is not UTF-8.");
  if (new TextEncoder().encode(text).length > MAX_FILE_BYTES)
    say(0, "error", `The file is larger than ${MAX_FILE_BYTES} bytes, which readers may refuse.`);
  const lines = splitLines(text, say);
  const { body, isSigned } = takeSigned(lines, say);
  const fields = body.flatMap((line) => parseLine(line, say) ?? []);
  for (const field of fields) checkField(field, say);
  const expiresMs = checkExpires(fields, nowMs, say);
  checkCounts(fields, say);
  checkCanonical(fields, isSigned, url, say);
  return { fields, isSigned, expiresMs, problems: problems.sort((a, b) => a.line - b.line) };
}

type Say = (line: number, severity: SecurityTxtProblem["severity"], message: string) => void;
type Field = SecurityTxt["fields"][number];

/** CRLF or LF ends a line, each line. */
function splitLines(text: string, say: Say): Line[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  else say(lines.length, "error", "The last line has no end: each line ends with LF or CRLF.");
  return lines.map((line, index) => {
    const kept = line.endsWith("\r") ? line.slice(0, -1) : line;
    if (kept.includes("\r")) say(index + 1, "error", "A CR stands alone: each line ends with LF or CRLF.");
    else if (FORBIDDEN.test(kept.replaceAll("\t", " "))) say(index + 1, "error", "The line holds a control character.");
    if (kept.length > MAX_LINE_CHARACTERS) say(index + 1, "warning", `The line is longer than ${MAX_LINE_CHARACTERS} characters.`);
    return { text: kept.replace(index === 0 ? "\uFEFF" : "", ""), number: index + 1 };
  });
}

const SIGNED = "-----BEGIN PGP SIGNED MESSAGE-----";
const SIGNATURE = "-----BEGIN PGP SIGNATURE-----";
const SIGNATURE_END = "-----END PGP SIGNATURE-----";

/** What is signed, without the frame of RFC 4880's cleartext signatures. */
function takeSigned(lines: readonly Line[], say: Say): { body: readonly Line[]; isSigned: boolean } {
  if (lines[0]?.text.trimEnd() !== SIGNED) {
    const stray = lines.find(({ text }) => text.startsWith("-----BEGIN PGP"));
    if (stray) say(stray.number, "error", "A signed file begins with its signed message: nothing stands before it.");
    return { body: lines, isSigned: false };
  }
  const at = lines.findIndex(({ text }) => text.trimEnd() === SIGNATURE);
  const end = lines.findIndex(({ text }) => text.trimEnd() === SIGNATURE_END);
  // Headers of the message end with an empty line.
  const first = lines.findIndex(({ text }) => text.trim() === "") + 1;
  if (at < 0 || end < at || first === 0 || first > at) {
    say(1, "error", "The signature is cut off or malformed.");
    return { body: lines.slice(1), isSigned: true };
  }
  const after = lines.slice(end + 1).find(({ text }) => text.trim() !== "");
  if (after) say(after.number, "error", "Something stands after the signature, and is not signed.");
  return {
    body: lines.slice(first, at).map(({ text, number }) => ({ text: text.startsWith("- ") ? text.slice(2) : text, number })),
    isSigned: true,
  };
}

function parseLine({ text, number }: Line, say: Say): Field | undefined {
  if (text.trim() === "" || text.startsWith("#")) return undefined;
  const at = text.indexOf(":");
  const name = text.slice(0, Math.max(at, 0));
  if (at < 1 || !FIELD_NAME.test(name)) {
    say(number, "error", "The line is neither a field (Name: value), a comment (#) nor empty.");
    return undefined;
  }
  if (text[at + 1] !== " ") say(number, "error", `A space follows the colon of ${name}.`);
  const known = SECURITY_TXT_FIELDS.find((one) => one.toLowerCase() === name.toLowerCase());
  if (known === undefined) {
    const near = findNearest(name, SECURITY_TXT_FIELDS);
    say(number, "warning", `${name} is no field of RFC 9116, and readers ignore it${near === undefined ? "" : `; did you mean ${near}?`}`);
  }
  const value = text.slice(at + 1).trim();
  if (value === "") say(number, "error", `${name} has no value.`);
  return { name: known ?? name, value, line: number };
}

const WEB = /^https?:/i;

function checkField({ name, value, line }: Field, say: Say): void {
  if (value === "") return;
  if (name === "Preferred-Languages") {
    const wrong = value.split(",").find((tag) => !LANGUAGE_TAG.test(tag.trim()));
    if (wrong !== undefined) say(line, "error", `Preferred-Languages: ${JSON.stringify(wrong.trim())} is no language tag, such as en.`);
    return;
  }
  if (name === "Expires" || !(SECURITY_TXT_FIELDS as readonly string[]).includes(name)) return;
  if (!URI.test(value)) {
    const hint = name === "Contact" ? hintContact(value) : "";
    say(line, "error", `${name} is a URI${hint}.`);
  } else if (WEB.test(value) && !isHttps(value)) say(line, "error", `${name}: a web address begins with https://.`);
  else if (name !== "Contact" && name !== "Encryption" && !WEB.test(value)) say(line, "error", `${name} is an https:// address.`);
}

const isHttps = (value: string): boolean => URL.canParse(value) && new URL(value).protocol === "https:";

function hintContact(value: string): string {
  if (value.includes("@")) return ": write mailto: before an address";
  return /^\+?[\d ()-]+$/.test(value) ? ": write tel: before a number" : "";
}

function checkExpires(fields: readonly Field[], nowMs: number, say: Say): number | undefined {
  const field = fields.find(({ name }) => name === "Expires");
  if (!field || field.value === "") return undefined;
  const time = DATE_TIME.test(field.value) ? Date.parse(field.value) : Number.NaN;
  if (Number.isNaN(time)) {
    say(field.line, "error", "Expires is a time of RFC 3339, such as 2027-06-30T00:00:00Z.");
    return undefined;
  }
  if (time <= nowMs) say(field.line, "error", "The file has expired, and is not to be used.");
  else if (time - nowMs > LONGEST_DAYS * DAY_SECONDS * 1_000)
    say(field.line, "warning", "Expires is more than a year away: less is recommended.");
  return time;
}

function checkCounts(fields: readonly Field[], say: Say): void {
  for (const required of ["Contact", "Expires"] satisfies FieldName[])
    if (!fields.some(({ name }) => name === required)) say(0, "error", `${required} is missing.`);
  for (const [index, { name, line }] of fields.entries())
    if (ONCE.has(name) && fields.findIndex((one) => one.name === name) < index) say(line, "error", `${name} stands there more than once.`);
}

function checkCanonical(fields: readonly Field[], isSigned: boolean, url: string | undefined, say: Say): void {
  const canonical = fields.filter(({ name }) => name === "Canonical");
  const [first] = canonical;
  if (!first) {
    if (isSigned) say(0, "warning", "A signed file should name its place with Canonical: without it, it can be served from another one.");
  } else if (url !== undefined && !canonical.some(({ value }) => value === url))
    say(first.line, "error", `Canonical does not name ${url}, where the file was found.`);
}

export const isValid = ({ problems }: Pick<SecurityTxt, "problems">): boolean => !problems.some(({ severity }) => severity === "error");
