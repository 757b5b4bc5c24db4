import { PalisadeError, formatErrorMessage } from "../../contract/errors.js";
import { MAX_FILE_BYTES, type SecurityTxtProblem } from "../../contract/securityTxt.js";
import { readInputChunks } from "../inputFile.js";

/** A file, and what its place has against it. */
export interface FoundSecurityTxt {
  /** As it was named. */
  readonly source: string;
  readonly text: string;
  /** Where it was asked for; undefined for a file of this machine. */
  readonly url: string | undefined;
  readonly problems: readonly SecurityTxtProblem[];
}

const WELL_KNOWN = "/.well-known/security.txt";
/** Where files were before the RFC. */
const OLD_PLACE = "/security.txt";
/** An address and not a name that begins like one; a URL spells every form of it so. */
const LOOPBACK_IPV4 = /^127(?:\.\d{1,3}){3}$/;
const DEADLINE_MS = 10_000;

/** @param source a path, `-`, or a web address, whose path may be left out @throws PAL_USAGE, PAL_NO_SECURITY_TXT */
export async function readSecurityTxt(source: string): Promise<FoundSecurityTxt> {
  return /^https?:/i.test(source) ? fetchFile(source) : { source, text: await readFile(source), url: undefined, problems: [] };
}

async function readFile(path: string): Promise<string> {
  let text = "";
  for await (const chunk of readInputChunks("--check", path)) {
    text += chunk;
    // The reader says that it is too long; more of it says nothing.
    if (text.length > MAX_FILE_BYTES) break;
  }
  return text;
}

async function fetchFile(source: string): Promise<FoundSecurityTxt> {
  const url = parseAddress(source);
  try {
    // What answers elsewhere is to be looked at by whoever asks, and is not followed.
    const answer = await fetch(url, { redirect: "manual", signal: AbortSignal.timeout(DEADLINE_MS), headers: { accept: "text/plain" } });
    if (answer.status !== 200) {
      const to = answer.headers.get("location");
      throw new PalisadeError("PAL_NO_SECURITY_TXT", `${url.href} answered ${answer.status}${to === null ? "" : `, and sends to ${to}`}`);
    }
    const problems = [...judgePlace(url), ...judgeType(answer.headers.get("content-type"))];
    return { source, text: await readBounded(answer), url: url.href, problems };
  } catch (error) {
    if (error instanceof PalisadeError) throw error;
    const { cause } = error as { cause?: unknown };
    throw new PalisadeError("PAL_NO_SECURITY_TXT", `${url.href}: ${formatErrorMessage(cause ?? error)}`);
  }
}

/** http is for a plane of this machine alone. */
function parseAddress(source: string): URL {
  if (!URL.canParse(source)) throw new PalisadeError("PAL_USAGE", `--check: ${source} is no address`);
  const url = new URL(source);
  const isLoopback = url.hostname === "localhost" || url.hostname === "[::1]" || LOOPBACK_IPV4.test(url.hostname);
  if (url.protocol === "http:" && !isLoopback)
    throw new PalisadeError("PAL_USAGE", "--check: the file is served over https (http is for this machine alone)");
  if (url.username || url.password) throw new PalisadeError("PAL_USAGE", "--check: the address holds credentials");
  if (url.pathname === "/") url.pathname = WELL_KNOWN;
  return url;
}

function judgePlace({ pathname }: URL): SecurityTxtProblem[] {
  if (pathname === WELL_KNOWN) return [];
  return [
    pathname === OLD_PLACE
      ? { line: 0, severity: "warning", message: `The file belongs at ${WELL_KNOWN}; ${OLD_PLACE} may redirect there.` }
      : { line: 0, severity: "error", message: `The file belongs at ${WELL_KNOWN}, not at ${pathname}.` },
  ];
}

function judgeType(type: string | null): SecurityTxtProblem[] {
  const [media = "", ...parameters] = (type ?? "").toLowerCase().split(";");
  const charset = parameters.map((one) => one.trim()).find((one) => one.startsWith("charset="));
  const isRight = media.trim() === "text/plain" && (charset === undefined || charset.replaceAll('"', "") === "charset=utf-8");
  return isRight
    ? []
    : [{ line: 0, severity: "error", message: `It is served as ${type ?? "nothing"}, not as text/plain; charset=utf-8.` }];
}

async function readBounded(answer: Response): Promise<string> {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let text = "";
  for await (const chunk of answer.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MAX_FILE_BYTES) break;
  }
  return text + decoder.decode();
}
