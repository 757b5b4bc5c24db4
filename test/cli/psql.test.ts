import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { requirePsql, buildPsqlEnvironment, runPsql } from "../../cli/connection/psql.js";

const MAIN = resolve(__dirname, "../../dist/cli/main.js");
const PLACE = {
  host: "ep-a-1.db.localhost",
  port: 4432,
  endpointOption: undefined,
  role: "it's a role",
  database: "über",
  password: "p w'%",
  rootCert: "/plane/root.crt",
  hostAddress: "127.0.0.1",
};

describe("the environment of psql", () => {
  it("names everything that decides where it goes and what is checked, the address as well", () => {
    expect(buildPsqlEnvironment(PLACE, false, {})).toEqual({
      PGHOST: "ep-a-1.db.localhost",
      PGHOSTADDR: "127.0.0.1",
      PGPORT: "4432",
      PGUSER: "it's a role",
      PGDATABASE: "über",
      PGPASSWORD: "p w'%",
      PGSSLMODE: "verify-full",
      PGSSLROOTCERT: "/plane/root.crt",
      PGCHANNELBINDING: "require",
    });
  });

  it("leaves nothing of the user's that would lead elsewhere or check less, and everything else as it is", () => {
    const elsewhere = Object.fromEntries(
      ["HOST", "HOSTADDR", "PORT", "SERVICE", "SERVICEFILE", "PASSFILE", "SSLMODE", "SSLCERT", "SSLKEY", "SSLCRL", "REQUIREAUTH"].map(
        (name) => [`PG${name}`, "elsewhere"],
      ),
    );
    const kept = { PATH: "/bin", PGAPPNAME: "mine", PGTZ: "UTC", PSQL_PAGER: "less", PGCONNECT_TIMEOUT: "5" };
    const made = buildPsqlEnvironment({ ...PLACE, port: undefined, hostAddress: undefined }, false, { ...elsewhere, ...kept });
    expect(Object.values(made)).not.toContain("elsewhere");
    expect(made).toMatchObject(kept);
  });

  it("names the compute in options where the host does not, beside the user's own, and the pooler by its name", () => {
    const local = { ...PLACE, host: "localhost", endpointOption: "ep-a-1" };
    expect(buildPsqlEnvironment(local, false, { PGOPTIONS: "-c work_mem=8MB" })["PGOPTIONS"]).toBe("-c work_mem=8MB endpoint=ep-a-1");
    expect(buildPsqlEnvironment(local, true, {})["PGOPTIONS"]).toBe("endpoint=ep-a-1-pooler");
    expect(buildPsqlEnvironment(PLACE, true, {})["PGHOST"]).toBe("ep-a-1-pooler.db.localhost");
  });
});

describe("the program", () => {
  let directory: string;
  beforeEach(() => (directory = mkdtempSync(join(tmpdir(), "palisade-psql-"))));
  afterEach(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  it("is missed in one sentence that says what to install, before anything is asked of the API", async () => {
    await expect(requirePsql({ PATH: directory })).rejects.toThrow(/^psql is not on PATH: .*postgresql-client.*\[PAL_NO_PSQL\]$/s);
    const { status, stderr } = spawnSync(process.execPath, [MAIN, "psql"], {
      encoding: "utf8",
      cwd: directory,
      timeout: 30_000,
      env: { PATH: directory, NEON_API_HOST: "http://127.0.0.1:9/api/v2", NEON_API_KEY: "napi_x" },
    });
    expect([status, stderr]).toEqual([1, expect.stringContaining("[PAL_NO_PSQL]") as string]);
  }, 30_000);

  it("gives its exit code, and 128 and the number of a signal", async () => {
    const ended = (code: string) => runPsql(process.execPath, ["-e", code], process.env);
    expect(await ended("process.exit(3)")).toBe(3);
    expect(await ended("process.kill(process.pid, 'SIGKILL')")).toBe(137);
  }, 30_000);
});
