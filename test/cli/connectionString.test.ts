import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { runInNewContext } from "node:vm";
import { readRoots, findRootStore } from "../../cli/connection/rootStore.js";
import { formatNodePostgresSnippet, formatPostgresJsSnippet } from "../../cli/connection/snippet.js";
import { CONNECTION_CLIENTS } from "../../contract/connection.js";
import { connectionString } from "../../sdk/connectionString.js";

const MAIN = resolve(__dirname, "../../dist/cli/main.js");
const NASTY = "it's \"\\ `${x}` </script>\u2028\n";
const PLACE = { host: "localhost", endpointOption: "ep-a-1", port: 4432, database: NASTY, role: NASTY };

let directory: string;
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), "palisade-string-"))));
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

const palisade = (words: readonly string[], { input = "", environment = {} } = {}) =>
  spawnSync(process.execPath, [MAIN, "connection-string", ...words], {
    encoding: "utf8",
    input,
    timeout: 30_000,
    cwd: directory,
    env: { PATH: "", PULUMI_HOME: directory, ...environment },
  });

describe("the roots of a machine", () => {
  it.each([
    ["Debian, Ubuntu, Gentoo", "/etc/ssl/certs/ca-certificates.crt"],
    ["RHEL, Fedora, CentOS", "/etc/pki/tls/certs/ca-bundle.crt"],
    ["openSUSE", "/etc/ssl/ca-bundle.pem"],
    ["Alpine, macOS", "/etc/ssl/cert.pem"],
  ])("are found on %s", (_, known) => {
    expect(findRootStore({}, (path) => path === known)).toBe(known);
  });

  it("are those that SSL_CERT_FILE names before any other, and none where there is no file", () => {
    expect(findRootStore({ SSL_CERT_FILE: "/own.pem" }, () => true)).toBe("/own.pem");
    expect(findRootStore({}, () => false)).toBeUndefined();
  });

  it("are what the URI says, else PGSSLROOTCERT, else the machine's", () => {
    const file = (name: string) => {
      writeFileSync(join(directory, name), `-----BEGIN CERTIFICATE-----\n${name}\n-----END CERTIFICATE-----\n`);
      return join(directory, name);
    };
    const environment = { PGSSLROOTCERT: file("environment"), SSL_CERT_FILE: file("machine") };
    expect(readRoots(file("uri"), environment)).toMatchObject({
      name: join(directory, "uri"),
      pem: expect.stringContaining("uri") as string,
    });
    expect(readRoots(undefined, environment).name).toBe(environment.PGSSLROOTCERT);
    expect(readRoots("system", environment).name).toBe(environment.SSL_CERT_FILE);
    expect(() => readRoots(join(directory, "none"), environment)).toThrow("ENOENT");
  });
});

describe("lines for a program", () => {
  /** The object that the printed lines hand to the driver, and what it read. */
  function handedOver(lines: string, call: RegExp): unknown {
    const code = lines.slice(lines.search(call)).replace(call, "given(");
    const context: { seen?: unknown; given: (value: unknown) => void; readFileSync: (path: string) => string; process: object } = {
      given: (value) => (context.seen = value),
      readFileSync: (path) => `read ${path}`,
      process: { env: { PGPASSWORD: "from the environment" } },
    };
    runInNewContext(code, context);
    return JSON.parse(JSON.stringify(context.seen)) as unknown;
  }

  it("of pg are the object itself, with whatever is in a name, and the password from the environment unless it is given", () => {
    const config = connectionString({ client: "node-postgres", ...PLACE });
    expect(handedOver(formatNodePostgresSnippet(config, undefined), /const client = new Client\(/)).toEqual({
      ...config,
      password: "from the environment",
    });
    const withPassword = connectionString({ client: "node-postgres", ...PLACE, password: NASTY });
    expect(handedOver(formatNodePostgresSnippet(withPassword, `/a"${NASTY}`), /const client = new Client\(/)).toEqual({
      ...withPassword,
      ssl: { rejectUnauthorized: true, ca: `read /a"${NASTY}` },
    });
  });

  it("of postgres.js are the object itself too", () => {
    const options = connectionString({ client: "postgres.js", ...PLACE, password: NASTY });
    expect(handedOver(formatPostgresJsSnippet(options, "/root.crt"), /const sql = postgres\(/)).toEqual({
      ...options,
      ssl: { rejectUnauthorized: true, servername: "localhost", ca: "read /root.crt" },
    });
  });
});

describe("palisade connection-string", () => {
  it("lists every client in its help", () => {
    const { status, stdout } = palisade(["--help"]);
    expect(status).toBe(0);
    expect(Object.entries(CONNECTION_CLIENTS).filter(([name, what]) => !stdout.includes(`  ${name.padEnd(16)} ${what}`))).toEqual([]);
  }, 30_000);

  it.each([
    [["postgresql://u:planted@h/d"], "from standard input only"],
    [["-", "--project", "x"], "--project is for the API"],
    [["-", "--role", "x"], "--role is for the API"],
    [["-"], "standard input is empty"],
  ])(
    "refuses %j as wrong usage, without showing a password",
    (words, reason) => {
      const { status, stdout, stderr } = palisade(words);
      expect([status, stdout]).toEqual([2, ""]);
      expect(stderr).toContain(reason);
      expect(stderr).not.toContain("planted");
    },
    30_000,
  );

  it("needs a key before it asks anybody, and in a Pulumi project a CLI to read the configuration with", () => {
    expect(palisade([])).toMatchObject({ status: 1, stderr: expect.stringContaining("PAL_NO_KEY") as string });
    writeFileSync(join(directory, "Pulumi.yaml"), "name: x\nruntime: nodejs\n");
    expect(palisade([])).toMatchObject({ status: 1, stderr: expect.stringContaining("PAL_NO_ENGINE") as string });
  }, 30_000);

  it("tells in the Pulumi CLI's words why a configuration cannot be read", () => {
    writeFileSync(join(directory, "Pulumi.yaml"), "name: x\nruntime: nodejs\n");
    writeFileSync(
      join(directory, "pulumi"),
      '#!/bin/sh\ncase "$1" in version) echo v3.245.0;; *) echo "error: no stack selected" >&2; exit 255;; esac\n',
      { mode: 0o755 },
    );
    for (const plugin of ["pulumi-language-nodejs", "pulumi-resource-pulumi-nodejs"])
      writeFileSync(join(directory, plugin), "#!/bin/sh\n", { mode: 0o755 });
    const { status, stderr } = palisade([], { environment: { PATH: `${directory}:/bin:/usr/bin` } });
    expect([status, stderr]).toEqual([1, expect.stringMatching(/: no stack selected\. .*\[PAL_STACK\]/) as string]);
  }, 30_000);

  it("gives JSON of the string, the client and the root", () => {
    const input = "postgresql://u:planted@ep-a-1.neon.example/d?sslrootcert=/own.crt";
    const { stdout, stderr } = palisade(["-", "--output", "json"], { input });
    expect(JSON.parse(stdout)).toEqual({
      client: "psql",
      connection: "postgresql://u@ep-a-1.neon.example/d?sslmode=verify-full&sslrootcert=%2Fown.crt&channel_binding=require",
      leftOut: [],
      rootCert: "/own.crt",
    });
    expect(stderr).toBe("palisade: the password is left out: set PGPASSWORD, or add --reveal-password\n");
  }, 30_000);
});
