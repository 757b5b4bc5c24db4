import { spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import { SYSTEM_STORE } from "../../contract/connection.js";
import { PalisadeError } from "../../contract/errors.js";
import { connectionString } from "../../sdk/connectionString.js";
import { findOnPath } from "../pulumi/findPulumi.js";
import type { ConnectionTarget } from "./connectionTarget.js";
import { findRootStore } from "./rootStore.js";
import { parseUri } from "./uri.js";

/** Environment variables that would redirect psql or weaken its checks. */
const DECIDED = [
  ...["PGHOST", "PGHOSTADDR", "PGPORT", "PGUSER", "PGDATABASE", "PGPASSWORD", "PGPASSFILE", "PGSERVICE", "PGSERVICEFILE"],
  ...["PGCHANNELBINDING", "PGTARGETSESSIONATTRS"],
];
const DECIDED_BEGINNINGS = ["PGSSL", "PGREQUIRE"];
const isOverridden = (name: string): boolean =>
  DECIDED.includes(name) || DECIDED_BEGINNINGS.some((beginning) => name.startsWith(beginning));

/**
 * How psql is told where to go: by its environment, so that no password stands in the list of processes.
 * `verify-full` and channel binding, whatever the environment asked for; what it says besides (`PGAPPNAME`, `PGOPTIONS`, `PSQL_PAGER`, …) stays.
 */
export function buildPsqlEnvironment(place: ConnectionTarget, pooled: boolean, environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { hostAddress, host, port, endpointOption, database, role, password } = place;
  const rootCert = place.rootCert ?? findRootStore(environment) ?? SYSTEM_STORE;
  // The form for libpq knows what a pooler is called, and how a compute is named in options.
  const login = parseUri(connectionString({ client: "libpq", host, port, endpointOption, database, role, pooled, rootCert }));
  const options = [environment["PGOPTIONS"], login.options].filter((one) => one !== undefined && one !== "").join(" ");
  return {
    ...Object.fromEntries(Object.entries(environment).filter(([name]) => !isOverridden(name))),
    PGHOST: login.host,
    PGUSER: role,
    PGDATABASE: database,
    ...(hostAddress !== undefined && { PGHOSTADDR: hostAddress }),
    ...(port !== undefined && { PGPORT: String(port) }),
    ...(password !== undefined && { PGPASSWORD: password }),
    ...(options !== "" && { PGOPTIONS: options }),
    PGSSLMODE: "verify-full",
    PGSSLROOTCERT: rootCert,
    PGCHANNELBINDING: "require",
  };
}

/** The psql on PATH. @throws PAL_NO_PSQL */
export async function requirePsql(environment: NodeJS.ProcessEnv): Promise<string> {
  const file = await findOnPath("psql", environment);
  if (file === undefined) throw new PalisadeError("PAL_NO_PSQL", environment["PATH"] || "PATH is empty");
  return file;
}

/** Runs it in this terminal until it ends, to its exit code; as shells do, 128 and the number of the signal that ended it. */
export async function runPsql(file: string, words: readonly string[], environment: NodeJS.ProcessEnv): Promise<number> {
  const ignore = () => undefined;
  // Ctrl-C is for psql, which cancels its query and goes on.
  process.on("SIGINT", ignore);
  const child = spawn(file, words, { stdio: "inherit", env: environment });
  const end = () => child.kill("SIGTERM");
  process.once("SIGTERM", end);
  try {
    const [code, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
    return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
  } finally {
    process.off("SIGINT", ignore);
    process.off("SIGTERM", end);
  }
}
