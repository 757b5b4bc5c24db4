import type { IncomingMessage, ServerResponse } from "node:http";
import { Client, type CustomTypesConfig, DatabaseError, type QueryArrayConfig } from "pg";
import { z } from "zod";
import { proveByPassword } from "../../passwords/scram.js";
import { Attempt } from "../attempt.js";
import { ComputeRefusal, wordsOf } from "../compute.js";
import type { Door } from "../door.js";
import { endpointNamed, forwarded } from "../naming.js";
import { parseErrorResponse } from "../protocol.js";
import { type DenyReason, Refusal, refusal } from "../refusals.js";
import type { Origin } from "../rules.js";
import { openSession, type Session } from "../session.js";
import { EnteredStream, TooLarge } from "./enteredStream.js";

/** As Neon's driver sends statements over HTTP and reads their results. */

/** Of a request, and of what the compute answers to it: Neon's own limit of answers. */
const MOST_BYTES = 10 * 1024 * 1024;
/** From the login to the last row; ours. Milliseconds. */
const STATEMENTS_MS = 60_000;

export interface Answered {
  readonly status: number;
  readonly body?: object;
}

const Statement = z.object({ query: z.string(), params: z.array(z.unknown()).default([]) });
const Asked = z.union([z.object({ queries: z.array(Statement) }), Statement]);
type Asked = z.output<typeof Asked>;

const ISOLATION_LEVELS: Readonly<Record<string, string>> = {
  ...{ ReadUncommitted: "READ UNCOMMITTED", ReadCommitted: "READ COMMITTED" },
  ...{ RepeatableRead: "REPEATABLE READ", Serializable: "SERIALIZABLE" },
};

/** The client asked for what is no request of ours. */
class Unfit extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Each request has a session of its own, so that none sees anything of another. The order is that of every connection: who asks is decided by
 * the headers, before the statements are read and before anything wakes.
 */
export async function answerStatements(
  door: Omit<Door, "http">,
  origin: Origin,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Answered> {
  const attempt = new Attempt(door, origin);
  let isAdmitted = false;
  try {
    const login = loginOf(request);
    const role = attempt.introduce(login.parameters.get("user"), login.parameters.get("database"), undefined);
    const named = endpointNamed(door.domain, login.hostname, login.parameters.get("options"));
    if (named === undefined) throw refusal("missing-endpoint-name");
    const rules = attempt.enter(named.id);
    const identity = await attempt.authenticate(rules, role, (verifier) => proveByPassword(login.password, verifier));
    const begin = beginOf(request);
    const asked = parsed(await bodyOf(request));
    const session = await openSession(door, { ...identity, pooled: named.pooled }, forwarded(login.parameters));
    const stream = new EnteredStream(session.compute.release(), session.greeting, MOST_BYTES);
    try {
      attempt.mustStillBeThere(rules);
      attempt.decided("admitted");
      isAdmitted = true;
      door.live.set(stream, rules);
      const work = { asked, begin, isArray: header(request, "neon-array-mode") === "true" };
      return { status: 200, body: await perform(stream, session.cancel, attempt, response, work) };
    } finally {
      door.live.delete(stream);
      session.end();
    }
  } catch (error) {
    // Also of what is no request: who tries a password so must be seen.
    if (!isAdmitted) attempt.decided("refused", reasonOf(error), wordsOf(error));
    return answerTo(error);
  }
}

interface Work {
  readonly asked: Asked;
  /** What begins a transaction of several statements. */
  readonly begin: string;
  /** Rows as arrays rather than objects. */
  readonly isArray: boolean;
}

async function perform(
  stream: EnteredStream,
  cancel: Session["cancel"],
  attempt: Attempt,
  response: ServerResponse,
  { asked, begin, isArray }: Work,
): Promise<object> {
  const started = performance.now();
  const client = new Client({ stream: () => stream });
  const late = new AbortController();
  const stop = () => {
    void cancel().catch(() => undefined);
    stream.destroy();
  };
  const deadline = setTimeout(() => {
    late.abort();
    stop();
  }, STATEMENTS_MS);
  const failure = new Promise<never>((_, fail) => stream.once("error", fail));
  failure.catch(() => undefined);
  client.on("error", () => undefined);
  // A client that hangs up wants no answer any more.
  response.once("close", stop);
  if (response.closed) stop();
  try {
    const work = async () => {
      await client.connect();
      if (!("queries" in asked)) return resultOf(await client.query(queryOf(asked)), isArray);
      await client.query(begin);
      const results: object[] = [];
      for (const statement of asked.queries) results.push(resultOf(await client.query(queryOf(statement)), isArray));
      await client.query("COMMIT");
      return { results };
    };
    return await Promise.race([failure, work()]);
  } catch (error) {
    throw late.signal.aborted ? new Unfit(504, `The statements took longer than ${STATEMENTS_MS / 1_000} s`) : error;
  } finally {
    clearTimeout(deadline);
    response.off("close", stop);
    const { bytesFromClient, bytesToClient } = stream;
    attempt.ended({ durationMs: Math.round(performance.now() - started), bytesFromClient, bytesToClient });
  }
}

/** Values as Postgres spells them: the driver makes types of them. */
const AS_TEXT: CustomTypesConfig = { getTypeParser: () => (value: unknown) => value };

/** One statement a message, as parameters demand it: `select 1; select 2` is none. */
const queryOf = ({ query, params }: z.output<typeof Statement>): QueryArrayConfig & { queryMode: "extended" } => ({
  ...{ text: query, values: params, rowMode: "array", types: AS_TEXT, queryMode: "extended" },
});

interface Result {
  command: string;
  rowCount: number | null;
  rows: unknown[][];
  fields: readonly { name: string }[];
}

const resultOf = ({ command, rowCount, rows, fields }: Result, isArray: boolean): object => ({
  ...{ command, rowCount: rowCount ?? 0, fields, rowAsArray: isArray },
  rows: isArray ? rows : rows.map((row) => Object.fromEntries(fields.map(({ name }, at) => [name, row[at]]))),
});

const header = ({ headers }: IncomingMessage, name: string): string | undefined => {
  const value = headers[name];
  return typeof value === "string" ? value : undefined;
};

/** What `Neon-Connection-String` says. It is never logged, and no error repeats it. */
function loginOf(request: IncomingMessage): { hostname: string; password: string; parameters: ReadonlyMap<string, string> } {
  const text = header(request, "neon-connection-string") ?? "";
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^postgres(ql)?:$/.test(url.protocol)) throw new Unfit(400, "Neon-Connection-String is no URI of a database");
  if (header(request, "neon-raw-text-output") !== "true") throw new Unfit(400, "Only Neon-Raw-Text-Output: true is answered");
  try {
    const parameters = new Map([...url.searchParams].filter(([name]) => name === "options"));
    for (const [name, value] of [["user", url.username] as const, ["database", url.pathname.slice(1)] as const])
      if (value !== "") parameters.set(name, decodeURIComponent(value));
    return { hostname: url.hostname, password: decodeURIComponent(url.password), parameters };
  } catch {
    throw new Unfit(400, "Neon-Connection-String is spelt wrong");
  }
}

function beginOf(request: IncomingMessage): string {
  const level = header(request, "neon-batch-isolation-level");
  const isolation = level === undefined ? "" : ISOLATION_LEVELS[level];
  if (isolation === undefined) throw new Unfit(400, "Neon-Batch-Isolation-Level names no isolation level");
  const is = (name: string) => header(request, name) === "true";
  const words = [
    isolation === "" ? "" : `ISOLATION LEVEL ${isolation}`,
    is("neon-batch-read-only") ? "READ ONLY" : "",
    is("neon-batch-deferrable") ? "DEFERRABLE" : "",
  ];
  return ["BEGIN", ...words.filter((word) => word !== "")].join(" ");
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MOST_BYTES) throw new Unfit(413, `A request has ${MOST_BYTES} bytes at most`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parsed(text: string): Asked {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Unfit(400, "The request is not JSON");
  }
  const found = Asked.safeParse(json);
  if (!found.success) throw new Unfit(400, "The request has neither query nor queries");
  return found.data;
}

function reasonOf(error: unknown): DenyReason {
  if (error instanceof Refusal) return error.reason;
  return error instanceof ComputeRefusal ? "compute-refused" : "protocol-violation";
}

function answerTo(error: unknown): Answered {
  if (error instanceof Unfit) return { status: error.status, body: { message: error.message } };
  if (error instanceof TooLarge) return { status: 507, body: { message: `response is too large (max is ${MOST_BYTES} bytes)` } };
  if (error instanceof DatabaseError) return { status: 400, body: Object.assign({}, error, { message: error.message }) };
  if (error instanceof ComputeRefusal) return { status: 400, body: parseErrorResponse(error.response) };
  const { message } = error instanceof Refusal ? error : refusal("compute-unavailable");
  return { status: 400, body: { message, code: "XX000", severity: "ERROR" } };
}
