import type { IncomingMessage, ServerResponse } from "node:http";
import { Client, type CustomTypesConfig, DatabaseError, type QueryArrayConfig } from "pg";
import { z } from "zod";
import { checkPassword } from "../../passwords/scram.js";
import { LoginAttempt } from "../loginAttempt.js";
import { ComputeRefusal, findRefusalText } from "../computeLogin.js";
import type { ProxyContext } from "../proxyContext.js";
import { parseEndpointName, filterStartupParameters } from "../endpointNames.js";
import { parseErrorResponse } from "../protocol.js";
import { type DenyReason, Refusal, createRefusal } from "../refusals.js";
import type { Origin } from "../rules.js";
import { openSession, type Session } from "../session.js";
import { AuthenticatedStream, ResponseTooLarge, UnrecordedStatement } from "./authenticatedStream.js";

/** As Neon's driver sends statements over HTTP and reads their results. */

/** Of a request, and of what the compute answers to it: Neon's own limit of answers. */
const MAX_BYTES = 10 * 1024 * 1024;
/** From the login to the last row; ours. Milliseconds. */
const STATEMENTS_MS = 60_000;

export interface HttpAnswer {
  readonly status: number;
  readonly body?: object;
}

const Statement = z.object({ query: z.string(), params: z.array(z.unknown()).default([]) });
const Asked = z.union([z.object({ queries: z.array(Statement) }), Statement]);
type Asked = z.output<typeof Asked>;

const ISOLATION_LEVELS: Readonly<Record<string, string>> = {
  ReadUncommitted: "READ UNCOMMITTED",
  ReadCommitted: "READ COMMITTED",
  RepeatableRead: "REPEATABLE READ",
  Serializable: "SERIALIZABLE",
};

/** The client asked for what is no request of ours. */
class BadStatementRequest extends Error {
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
  proxy: Omit<ProxyContext, "http">,
  origin: Origin,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<HttpAnswer> {
  const attempt = new LoginAttempt(proxy, origin);
  let isAdmitted = false;
  try {
    const login = parseLogin(request);
    const role = attempt.identify(login.parameters.get("user"), login.parameters.get("database"), undefined);
    const named = parseEndpointName(proxy.domain, login.hostname, login.parameters.get("options"));
    if (named === undefined) throw createRefusal("missing-endpoint-name");
    const rules = attempt.admit(named.id);
    const identity = await attempt.authenticate(rules, role, (verifier) => checkPassword(login.password, verifier));
    const begin = buildBegin(request);
    const asked = parseStatements(await readBody(request));
    const session = await openSession(proxy, { ...identity, pooled: named.pooled }, filterStartupParameters(login.parameters));
    const stream = new AuthenticatedStream(session.compute.release(), session.greeting, MAX_BYTES);
    try {
      stream.tap = await attempt.openStatementTap(rules, role);
      attempt.assertEndpointExists(rules);
      attempt.assertRoleMayLogIn(rules, role);
      attempt.reportDecision("admitted");
      isAdmitted = true;
      proxy.liveSessions.set(stream, { rules, role });
      const work = { asked, begin, isArray: getHeader(request, "neon-array-mode") === "true" };
      return { status: 200, body: await perform(stream, session.cancel, attempt, response, work) };
    } finally {
      proxy.liveSessions.delete(stream);
      session.end();
    }
  } catch (error) {
    // Also of what is no request: who tries a password so must be seen.
    if (!isAdmitted) attempt.reportDecision("refused", getDenyReason(error), findRefusalText(error));
    return toErrorAnswer(error);
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
  stream: AuthenticatedStream,
  cancel: Session["cancel"],
  attempt: LoginAttempt,
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
      if (!("queries" in asked)) return toResult(await client.query(toQuery(asked)), isArray);
      await client.query(begin);
      const results: object[] = [];
      for (const statement of asked.queries) results.push(toResult(await client.query(toQuery(statement)), isArray));
      await client.query("COMMIT");
      return { results };
    };
    return await Promise.race([failure, work()]);
  } catch (error) {
    throw late.signal.aborted ? new BadStatementRequest(504, `The statements took longer than ${STATEMENTS_MS / 1_000} s`) : error;
  } finally {
    clearTimeout(deadline);
    response.off("close", stop);
    const { bytesFromClient, bytesToClient } = stream;
    attempt.reportEnd({ durationMs: Math.round(performance.now() - started), bytesFromClient, bytesToClient });
  }
}

/** Values as Postgres spells them: the driver makes types of them. */
const AS_TEXT: CustomTypesConfig = { getTypeParser: () => (value: unknown) => value };

/** One statement a message, as parameters demand it: `select 1; select 2` is none. */
const toQuery = ({ query, params }: z.output<typeof Statement>): QueryArrayConfig & { queryMode: "extended" } => ({
  text: query,
  values: params,
  rowMode: "array",
  types: AS_TEXT,
  queryMode: "extended",
});

interface Result {
  command: string;
  rowCount: number | null;
  rows: unknown[][];
  fields: readonly { name: string }[];
}

const toResult = ({ command, rowCount, rows, fields }: Result, isArray: boolean): object => ({
  command,
  rowCount: rowCount ?? 0,
  fields,
  rowAsArray: isArray,
  rows: isArray ? rows : rows.map((row) => Object.fromEntries(fields.map(({ name }, at) => [name, row[at]]))),
});

const getHeader = ({ headers }: IncomingMessage, name: string): string | undefined => {
  const value = headers[name];
  return typeof value === "string" ? value : undefined;
};

/** What `Neon-Connection-String` says. It is never logged, and no error repeats it. */
function parseLogin(request: IncomingMessage): { hostname: string; password: string; parameters: ReadonlyMap<string, string> } {
  const text = getHeader(request, "neon-connection-string") ?? "";
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^postgres(ql)?:$/.test(url.protocol))
    throw new BadStatementRequest(400, "Neon-Connection-String is no URI of a database");
  if (getHeader(request, "neon-raw-text-output") !== "true")
    throw new BadStatementRequest(400, "Only Neon-Raw-Text-Output: true is answered");
  try {
    const parameters = new Map([...url.searchParams].filter(([name]) => name === "options"));
    for (const [name, value] of [["user", url.username] as const, ["database", url.pathname.slice(1)] as const])
      if (value !== "") parameters.set(name, decodeURIComponent(value));
    return { hostname: url.hostname, password: decodeURIComponent(url.password), parameters };
  } catch {
    throw new BadStatementRequest(400, "Neon-Connection-String is spelt wrong");
  }
}

function buildBegin(request: IncomingMessage): string {
  const level = getHeader(request, "neon-batch-isolation-level");
  const isolation = level === undefined ? "" : ISOLATION_LEVELS[level];
  if (isolation === undefined) throw new BadStatementRequest(400, "Neon-Batch-Isolation-Level names no isolation level");
  const is = (name: string) => getHeader(request, name) === "true";
  const words = [
    isolation === "" ? "" : `ISOLATION LEVEL ${isolation}`,
    is("neon-batch-read-only") ? "READ ONLY" : "",
    is("neon-batch-deferrable") ? "DEFERRABLE" : "",
  ];
  return ["BEGIN", ...words.filter((word) => word !== "")].join(" ");
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BYTES) throw new BadStatementRequest(413, `A request has ${MAX_BYTES} bytes at most`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parseStatements(text: string): Asked {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new BadStatementRequest(400, "The request is not JSON");
  }
  const found = Asked.safeParse(json);
  if (!found.success) throw new BadStatementRequest(400, "The request has neither query nor queries");
  return found.data;
}

function getDenyReason(error: unknown): DenyReason {
  if (error instanceof Refusal) return error.reason;
  return error instanceof ComputeRefusal ? "compute-refused" : "protocol-violation";
}

function toErrorAnswer(error: unknown): HttpAnswer {
  if (error instanceof BadStatementRequest) return { status: error.status, body: { message: error.message } };
  if (error instanceof ResponseTooLarge) return { status: 507, body: { message: `response is too large (max is ${MAX_BYTES} bytes)` } };
  if (error instanceof UnrecordedStatement) return { status: 429, body: { message: error.message } };
  if (error instanceof DatabaseError) return { status: 400, body: Object.assign({}, error, { message: error.message }) };
  if (error instanceof ComputeRefusal) return { status: 400, body: parseErrorResponse(error.response) };
  const { message } = error instanceof Refusal ? error : createRefusal("compute-unavailable");
  return { status: 400, body: { message, code: "XX000", severity: "ERROR" } };
}
