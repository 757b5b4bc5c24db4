import { execFile, spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { psql } from "../support/drivers/install.js";
import { sharedPlane } from "../support/plane.js";
import { until } from "../support/until.js";
import { sql, type Login } from "./clients.js";

/**
 * Neon's own command line, unmodified, in a process of its own for each command. It drops the port of a connection URI and its `options`, so that
 * computes have names here, and libpq hears of the port and the address by its variables. A wrong password it cannot be given: it asks the API for it.
 */
const plane = sharedPlane({ computes: "postgres", proxyPort: 0, hosts: "sni" });
const CLI = resolve(__dirname, "../../node_modules/neonctl/bin/cli.js");
const client = psql();

jest.setTimeout(120_000);

function buildProcess(words: readonly string[]): { args: string[]; cwd: string; env: NodeJS.ProcessEnv } {
  // It keeps what it was told last in its home, and looks for a context in the folders above.
  const home = join(plane.directory, "neonctl");
  mkdirSync(home, { recursive: true });
  const [own, passedOn] = [words.slice(0, words.indexOf("--") >>> 0), words.slice(words.indexOf("--") >>> 0)];
  const common = ["--api-host", plane.ready.apiUrl, "--api-key", plane.ready.apiKey, "--no-analytics", "--no-color", "--output", "json"];
  return {
    args: [CLI, ...own, ...common, ...passedOn],
    cwd: home,
    env: {
      PATH: process.env["PATH"],
      HOME: home,
      CI: "1",
      PGHOSTADDR: "127.0.0.1",
      PGPORT: String(plane.ready.proxyPort),
      PGSSLROOTCERT: plane.ready.rootCert ?? "",
    },
  };
}

async function neonctl(...words: string[]): Promise<string> {
  const { args, ...options } = buildProcess(words);
  const { stdout } = await promisify(execFile)(process.execPath, args, { ...options, timeout: 60_000, maxBuffer: 16 * 1024 ** 2 }).catch(
    (error: unknown) => {
      throw new Error((error as { stderr?: string }).stderr, { cause: error });
    },
  );
  return stdout;
}

const ask = async <T>(...words: string[]): Promise<T> => JSON.parse(await neonctl(...words)) as T;

const why = "missing" in client ? ` (${client.missing})` : "";

(why === "" ? it : it.skip)(
  `neonctl makes a project, a branch, a role and a database, and connects to them as the list allows${why}`,
  async () => {
    const { project } = await ask<{ project: { id: string } }>(
      ...["projects", "create", "--name", "shop", "--region-id", "aws-eu-central-1", "--org-id", plane.ready.orgId],
    );
    const within = ["--project-id", project.id];
    const { branch } = await ask<{ branch: { id: string } }>("branches", "create", "--name", "dev", ...within);
    await ask("roles", "create", "--name", "app", "--branch", "dev", ...within);
    await ask("databases", "create", "--name", "orders", "--owner-name", "app", "--branch", "dev", ...within);
    const named = ["--role-name", "app", "--database-name", "orders", ...within];
    const run = (...statement: string[]) => neonctl("psql", "dev", ...named, "--", "-XAt", ...statement);

    expect(await run("-c", "SELECT 40 + 2")).toBe("42\n");
    expect((await run("-c", "SELECT repeat('x', 5000000)")).length).toBe(5_000_001);
    expect((await neonctl("psql", "dev", "--pooled", ...named, "--", "-XAt", "-c", "SELECT current_user")).trim()).toBe("app");

    // Ctrl-C ends the statement, by a request to cancel it.
    const { args, ...options } = buildProcess(["psql", "dev", ...named, "--", "-XAt", "-c", "SELECT pg_sleep(60)"]);
    const sleeping = spawn(process.execPath, args, { ...options, detached: true, stdio: ["ignore", "ignore", "pipe"] });
    const said: string[] = [];
    sleeping.stderr.setEncoding("utf8").on("data", (text: string) => said.push(text));
    const ended = new Promise((done) => sleeping.once("close", done));
    const { hostname, password } = new URL(await neonctl("connection-string", "dev", ...named));
    const login: Login = { role: "app", password, database: "orders", endpointId: hostname.split(".")[0] ?? "" };
    await until("the statement runs", async () => {
      const { rows } = await sql(plane, login, "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'");
      return rows.length > 0;
    });
    process.kill(-(sleeping.pid ?? 0), "SIGINT");
    await ended;
    expect(said.join("")).toContain("canceling statement due to user request");

    await ask("ip-allow", "add", "198.51.100.7", ...within);
    await expect(run("-c", "SELECT 1")).rejects.toThrow("This IP address 127.0.0.1 is not allowed to connect to this endpoint.");
    await ask("ip-allow", "add", "127.0.0.1", ...within);
    expect(await run("-c", "SELECT 1")).toBe("1\n");

    expect((await ask<{ id: string }[]>("branches", "list", ...within)).map(({ id }) => id)).toContain(branch.id);
    await neonctl("branches", "delete", "dev", ...within);
    await expect(run("-c", "SELECT 1")).rejects.toThrow(/Branch dev not found/);
    await neonctl("projects", "delete", project.id);
    expect(await ask<unknown[]>("projects", "list", "--org-id", plane.ready.orgId)).toEqual([]);
  },
);
