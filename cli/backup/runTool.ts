import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { PalisadeError } from "../../contract/errors.js";
import { buildPsqlEnvironment } from "../connection/psql.js";
import type { ConnectionTarget } from "../connection/connectionTarget.js";
import type { ClientTool } from "./clientTools.js";

/** What is kept of what a program says on standard error. Characters. */
const KEPT_CHARACTERS = 2_000;

/** Where a program connects, and until when. The password is in its environment, never among its words. */
export interface ToolRun {
  readonly tool: ClientTool;
  readonly place: ConnectionTarget;
  readonly environment: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/**
 * pg_dump in the custom format, of a snapshot that another session has exported. Fails at its end when pg_dump does, so that nobody takes what came
 * before for whole.
 */
export async function* readDump(run: ToolRun, snapshot: string): AsyncGenerator<Buffer> {
  const child = start(run, ["--format=custom", "--no-password", `--snapshot=${snapshot}`, "--no-sync"], ["ignore", "pipe", "pipe"]);
  const ended = watch("pg_dump", child);
  // Told where the dump ends; nobody may be reading by then.
  ended.catch(() => undefined);
  try {
    for await (const piece of child.stdout ?? []) yield piece as Buffer;
    await ended;
  } finally {
    child.kill("SIGKILL");
  }
}

/**
 * Gives the dump to pg_restore. Owners, grants, publications, subscriptions and labels are left out: the role that it restores as may have none of them.
 * @throws PAL_BACKUP_FAILED with what pg_restore said last
 */
export async function restoreDump(run: ToolRun, dump: AsyncIterable<Buffer>): Promise<void> {
  const child = start(run, [...RESTORE_WORDS, `--dbname=${quoteConnectionValue(run.place.database)}`], ["pipe", "ignore", "pipe"]);
  const ended = watch("pg_restore", child);
  ended.catch(() => undefined);
  try {
    // Where pg_restore ends first, what it says is the reason.
    if (child.stdin !== null) await Promise.all([pipeline(Readable.from(dump), child.stdin).catch(rethrowUnlessClosed), ended]);
    await ended;
  } finally {
    child.kill("SIGKILL");
  }
}

const RESTORE_WORDS = [
  ...["--format=custom", "--no-password", "--exit-on-error", "--no-owner", "--no-privileges"],
  ...["--no-publications", "--no-subscriptions", "--no-security-labels", "--no-tablespaces"],
];

/** A name with `=` in it would be read as a whole connection string. */
const quoteConnectionValue = (name: string): string => `dbname='${name.replace(/[\\']/g, "\\$&")}'`;

function start({ tool, place, environment, signal }: ToolRun, words: string[], stdio: ("ignore" | "pipe")[]): ChildProcess {
  return spawn(tool.file, words, { stdio, env: buildPsqlEnvironment(place, false, environment), signal, killSignal: "SIGKILL" });
}

/** Resolves when it has ended well. */
async function watch(name: string, child: ChildProcess): Promise<void> {
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (said = (said + text).slice(-KEPT_CHARACTERS)));
  const [code, signal] = (await once(child, "close").catch((error: unknown) => {
    throw new PalisadeError("PAL_BACKUP_FAILED", `${name} did not run to its end: ${(error as Error).message}`);
  })) as [number | null, NodeJS.Signals | null];
  if (code === 0) return;
  const last = said.trim().split("\n").slice(-LINES).join(" ");
  throw new PalisadeError("PAL_BACKUP_FAILED", `${name} ended with ${signal ?? code ?? "an error"}: ${last || "it said nothing"}`);
}

const LINES = 4;

function rethrowUnlessClosed(error: unknown): void {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== "EPIPE" && code !== "ERR_STREAM_PREMATURE_CLOSE" && code !== "ECONNRESET") throw error;
}
