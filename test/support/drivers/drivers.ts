import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { Client } from "pg";
import postgres from "postgres";
import type { InstalledProgram } from "../../../tools/counterparts/installedPrograms.js";
import { jdbc, psql, psycopg } from "./install.js";

/** How a compute is reached; always with a full check of the certificate. */
export interface Way {
  readonly port: number;
  /** `ep-….db.localhost`, which need not resolve here, or `localhost`. */
  readonly host: string;
  /** With `localhost`. */
  readonly options?: string;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** The file of the authority that is trusted. */
  readonly rootCert: string;
}

export interface Driver {
  readonly name: string;
  readonly installed: InstalledProgram;
  /** The first column of the first row, as text; rejects with what the driver says. */
  readonly ask: (way: Way, sql: string) => Promise<string>;
}

const [psycopgHere, jdbcHere] = [psycopg(), jdbc()];

/** Each as its users use it: with the means it has to reach a name that does not resolve. */
export const DRIVERS: readonly Driver[] = [
  {
    name: "psql",
    installed: psql(),
    ask: (way, sql) => output("psql", ["-XAt", libpqString(way), "-c", sql], { PGPASSWORD: way.password, HOME: dirname(way.rootCert) }),
  },
  {
    name: "node-postgres",
    installed: { path: "pg" },
    ask: async (way, sql) => {
      const client = new Client({ ...nodeTarget(way), user: way.user, password: way.password, database: way.database, ssl: nodeTls(way) });
      await client.connect();
      try {
        return String((await client.query<unknown[]>({ text: sql, rowMode: "array" })).rows[0]?.[0]);
      } finally {
        await client.end();
      }
    },
  },
  {
    name: "postgres.js",
    installed: { path: "postgres" },
    ask: async (way, sql) => {
      const { host, port, options } = nodeTarget(way);
      const { user, password, database } = way;
      const client = postgres({
        host,
        port,
        user,
        password,
        database,
        max: 1,
        ssl: nodeTls(way),
        ...(options !== undefined && { connection: { options } }),
      });
      try {
        return String((await client.unsafe(sql).values())[0]?.[0]);
      } finally {
        await client.end();
      }
    },
  },
  ...(["http", "WebSockets"] as const).map((over): Driver => ({
    name: `@neondatabase/serverless over ${over}`,
    installed: { path: "@neondatabase/serverless" },
    ask: (way, sql) =>
      output(process.execPath, [join(__dirname, "serverless.mjs"), JSON.stringify({ way, sql, over })], {
        NODE_EXTRA_CA_CERTS: way.rootCert,
      }),
  })),
  {
    name: "psycopg 3",
    installed: psycopgHere,
    ask: (way, sql) => {
      const words = { ...libpqWords(way), password: way.password };
      return output("python3", [join(__dirname, "check.py"), JSON.stringify(words), sql], { PYTHONPATH: pathOf(psycopgHere) });
    },
  },
  {
    name: "PostgreSQL JDBC",
    installed: jdbcHere,
    ask: (way, sql) => {
      const hosts = join(dirname(way.rootCert), "hosts");
      writeFileSync(hosts, `127.0.0.1 localhost ${way.host}\n`);
      const words = { sslmode: "verify-full", sslrootcert: way.rootCert, ...(way.options !== undefined && { options: way.options }) };
      const url = `jdbc:postgresql://${way.host}:${way.port}/${way.database}?${new URLSearchParams(words).toString().replaceAll("+", "%20")}`;
      const java = ["-cp", pathOf(jdbcHere), `-Djdk.net.hosts.file=${hosts}`, join(__dirname, "Check.java"), url, sql];
      return output("java", java, { PGUSER: way.user, PGPASSWORD: way.password });
    },
  },
];

const nodeTarget = ({ host, port, options }: Way) => ({
  host: host === "localhost" ? host : "127.0.0.1",
  port,
  ...(options !== undefined && { options }),
});
const nodeTls = ({ host, rootCert }: Way) => ({ ca: readFileSync(rootCert, "utf8"), servername: host });

const libpqWords = ({ host, port, user, database, options, rootCert }: Way) => ({
  host,
  hostaddr: "127.0.0.1",
  port: String(port),
  user,
  dbname: database,
  sslmode: "verify-full",
  sslrootcert: rootCert,
  ...(options !== undefined && { options }),
});
const libpqString = (way: Way): string =>
  Object.entries(libpqWords(way))
    .map(([name, value]) => `${name}='${value}'`)
    .join(" ");

const pathOf = (installed: InstalledProgram): string => ("path" in installed ? installed.path : "");

async function output(program: string, words: string[], env: Record<string, string>): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(program, words, { env: { PATH: process.env.PATH ?? "", ...env }, timeout: DEADLINE_MS });
    return stdout.trim();
  } catch (error) {
    throw new Error((error as { stderr?: string }).stderr?.trim() || String(error), { cause: error });
  }
}

/** A Java that compiles on two busy cores. */
const DEADLINE_MS = 60_000;
