import { isUtf8 } from "node:buffer";
import { encodeInt32 } from "@palisade/neon/contract/values";

/** The messages of Postgres' protocol 3.0 that the proxy reads and writes itself. */

/** The longest startup packet, in bytes: Postgres' MAX_STARTUP_PACKET_LENGTH. */
export const MAX_STARTUP_BYTES = 10_000;

export type StartupPacket =
  | { readonly kind: "tls" | "gss" }
  | { readonly kind: "cancel"; readonly key: Buffer }
  | { readonly kind: "startup"; readonly major: number; readonly minor: number; readonly parameters: ReadonlyMap<string, string> };

/** `body` is what follows the length. `undefined` for what is no packet. */
export function parseStartupPacket(body: Buffer): StartupPacket | undefined {
  if (body.length < 4) return undefined;
  const code = body.readUInt32BE(0);
  if (code === TLS_REQUEST || code === GSS_REQUEST) return body.length === 4 ? { kind: code === TLS_REQUEST ? "tls" : "gss" } : undefined;
  if (code === CANCEL_REQUEST) return body.length === 12 ? { kind: "cancel", key: Buffer.from(body.subarray(4)) } : undefined;
  const parameters = parseParameters(body.subarray(4));
  return parameters && { kind: "startup", major: code >>> 16, minor: code & 0xffff, parameters };
}

/** Pairs of zero-terminated UTF-8 and one more zero; Postgres takes the last of a name given twice. */
function parseParameters(body: Buffer): Map<string, string> | undefined {
  if (body.at(-1) !== 0 || !isUtf8(body)) return undefined;
  const parts = body.subarray(0, -1).toString("utf8").split("\0");
  if (parts.pop() !== "" || parts.length % 2 !== 0) return undefined;
  const parameters = new Map<string, string>();
  for (let at = 0; at < parts.length; at += 2) {
    const name = parts[at] ?? "";
    if (name === "") return undefined;
    parameters.set(name, parts[at + 1] ?? "");
  }
  return parameters;
}

export function buildStartupPacket(parameters: Iterable<readonly [string, string]>): Buffer {
  const body = Buffer.from(`${[...parameters].map(([name, value]) => `${name}\0${value}\0`).join("")}\0`);
  return Buffer.concat([encodeInt32(body.length + 8), encodeInt32(PROTOCOL_3_0), body]);
}

export const buildCancelRequest = (key: Buffer): Buffer => Buffer.concat([encodeInt32(8 + key.length), encodeInt32(CANCEL_REQUEST), key]);

/** As Neon words all refusals of its proxy: severity ERROR, SQLSTATE XX000. */
export const buildErrorResponse = (text: string): Buffer => buildMessage("E", `SERROR\0VERROR\0CXX000\0M${text}\0\0`);

/** What an ErrorResponse says, by the names that clients give its fields. */
export function parseErrorResponse(response: Buffer): Record<string, string> {
  const said: Record<string, string> = {};
  for (const field of response.toString("utf8", 5).split("\0")) {
    const name = ERROR_FIELDS[field.slice(0, 1)];
    if (name !== undefined) said[name] = field.slice(1);
  }
  return said;
}

const ERROR_FIELDS: Readonly<Record<string, string>> = { S: "severity", C: "code", M: "message", D: "detail", H: "hint" };

/** Says that only protocol 3.0 is spoken, and which `_pq_.` parameters were not understood. */
export const buildNegotiateProtocolVersion = (unknown: readonly string[]): Buffer =>
  buildMessage("v", encodeInt32(PROTOCOL_3_0), encodeInt32(unknown.length), unknown.map((name) => `${name}\0`).join(""));

export const buildAuthenticationCleartextPassword = (): Buffer => buildMessage("R", encodeInt32(3));
export const buildAuthenticationSasl = (mechanisms: readonly string[]): Buffer =>
  buildMessage("R", encodeInt32(10), `${mechanisms.map((name) => `${name}\0`).join("")}\0`);
export const buildAuthenticationContinue = (text: string): Buffer => buildMessage("R", encodeInt32(11), text);
export const buildAuthenticationFinal = (text: string): Buffer => buildMessage("R", encodeInt32(12), text);
export const buildAuthenticationOk = (): Buffer => buildMessage("R", encodeInt32(0));
export const buildSaslInitialResponse = (mechanism: string, text: string): Buffer =>
  buildMessage("p", `${mechanism}\0`, encodeInt32(Buffer.byteLength(text)), text);
export const buildSaslResponse = (text: string): Buffer => buildMessage("p", text);

/** The mechanism and the text of a SASLInitialResponse; `undefined` for what is none. */
export function parseSaslInitialResponse(body: Buffer): { mechanism: string; text: string } | undefined {
  const end = body.indexOf(0);
  if (end < 0 || body.length < end + 5 || body.readInt32BE(end + 1) !== body.length - end - 5) return undefined;
  return { mechanism: body.toString("latin1", 0, end), text: body.toString("utf8", end + 5) };
}

/** A typed message with its length. */
export function buildMessage(type: string, ...parts: (string | Buffer)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part)));
  return Buffer.concat([Buffer.from(type, "latin1"), encodeInt32(body.length + 4), body]);
}

const PROTOCOL_3_0 = 3 << 16;
const TLS_REQUEST = 80877103;
const GSS_REQUEST = 80877104;
const CANCEL_REQUEST = 80877102;
