import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { toSpawnIdentity, locatePostgres } from "../../../control-plane/computes/postgresInstallation.js";
import type { KeyPair } from "../../../control-plane/pki/issue.js";
import { parseVerifier, type ScramVerifier } from "../../../control-plane/passwords/scram.js";
import { until } from "../../support/until.js";

const ADMIN = { user: "cloud_admin", password: "npg_admin1234567" };
const PORT = 5432;

/** One Postgres of this machine in a temporary folder, reached by its Unix socket with SCRAM alone; with `tls` also by TLS at `port` of loopback. */
export class TestPostgres {
  private process: ChildProcess | undefined;
  starts = 0;

  private constructor(
    private readonly folder: string,
    private readonly tls: { port: number } | undefined,
  ) {}

  static create(tls?: { port: number; server: KeyPair }): TestPostgres {
    const { bin, runAs } = locatePostgres();
    const folder = mkdtempSync(join(tmpdir(), "palisade-proxy-"));
    chmodSync(folder, 0o755);
    const own = (path: string) => {
      if (runAs) chownSync(path, runAs.uid, runAs.gid);
      return path;
    };
    const data = join(folder, "data");
    mkdirSync(data, { mode: 0o700 });
    own(data);
    const passwordFile = join(folder, "password");
    writeFileSync(passwordFile, ADMIN.password);
    own(passwordFile);
    const settings = ["-U", ADMIN.user, "--auth=scram-sha-256", `--pwfile=${passwordFile}`, "--no-sync", "--locale=C", "-E", "UTF8"];
    execFileSync(join(bin, "initdb"), ["-D", data, ...settings], { ...toSpawnIdentity(runAs), cwd: folder, stdio: "ignore" });
    if (tls)
      for (const [name, text] of [
        ["server.crt", tls.server.cert],
        ["server.key", tls.server.key],
      ] as const) {
        writeFileSync(join(data, name), text, { mode: 0o600 });
        own(join(data, name));
      }
    return new TestPostgres(folder, tls);
  }

  get socketPath(): string {
    return join(this.folder, "data", `.s.PGSQL.${PORT}`);
  }

  async start(): Promise<void> {
    if (this.process) return;
    const { bin, runAs } = locatePostgres();
    const data = join(this.folder, "data");
    const settings = {
      listen_addresses: this.tls ? "127.0.0.1" : "",
      unix_socket_directories: data,
      shared_buffers: "16MB",
      fsync: "off",
      max_connections: "60",
      log_min_messages: "fatal",
      ...(this.tls && { ssl: "on" }),
    };
    const words = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    this.starts++;
    const port = String(PORT);
    this.process = spawn(join(bin, "postgres"), ["-D", data, "-p", port, ...words], {
      ...toSpawnIdentity(runAs),
      cwd: data,
      stdio: "ignore",
    });
    await until("Postgres", () => existsSync(this.socketPath) && this.answers());
  }

  /** By the superuser, round the proxy. */
  async sql<R extends object>(text: string, database = "postgres"): Promise<R[]> {
    const client = new Client({ host: join(this.folder, "data"), port: PORT, database, ...ADMIN });
    await client.connect();
    try {
      return (await client.query<R>(text)).rows;
    } finally {
      await client.end();
    }
  }

  async verifier(role: string): Promise<ScramVerifier> {
    const [row] = await this.sql<{ rolpassword: string }>(`select rolpassword from pg_authid where rolname = '${role}'`);
    const verifier = parseVerifier(row?.rolpassword ?? "");
    if (verifier === undefined) throw new Error(`Postgres keeps no verifier of ${role} that we can read`);
    return verifier;
  }

  /** Clients, the asking one not counted. */
  async sessions(): Promise<number> {
    const [row] = await this.sql<{ count: string }>(
      "select count(*) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()",
    );
    return Number(row?.count);
  }

  async stop(signal: NodeJS.Signals = "SIGINT"): Promise<void> {
    const { process } = this;
    this.process = undefined;
    if (process?.exitCode !== null || process.signalCode !== null) return;
    process.kill(signal);
    await once(process, "exit");
  }

  async dispose(): Promise<void> {
    await this.stop("SIGQUIT");
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async answers(): Promise<boolean> {
    return this.sql("select 1").then(
      () => true,
      () => false,
    );
  }
}
