import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes, randomInt } from "node:crypto";
import { closeSync, constants, fchownSync, lchownSync, mkdirSync, openSync, renameSync, rmSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { Client } from "pg";
import type { Address } from "../computes/clusterSetup.js";
import type { OrphanReaper } from "../computes/orphanReaper.js";
import { formatVerifier, computeVerifier } from "../passwords/scram.js";
import { formatConfiguration, CONSOLE, type Login, formatUsers } from "./configurationFiles.js";
import type { PgbouncerProgram } from "./locatePgbouncer.js";

/** Milliseconds. */
const START_DEADLINE_MS = 5_000;
const STOP_DEADLINE_MS = 5_000;
/** Lines of its log that go into an error. */
const LOG_TAIL = 4;

/** One running pgbouncer in front of one running compute, in the compute's private folder, as the user that owns it. */
export class Pgbouncer {
  private users = "";
  private reloading: Promise<void> = Promise.resolve();
  private isStopping = false;

  private constructor(
    private readonly child: ChildProcess,
    readonly target: Address,
    private readonly port: number,
    private readonly folder: string,
    private readonly administrator: Login & { password: string },
    private readonly words: readonly string[],
    /** Settles when the process is gone, whoever ended it. */
    readonly exited: Promise<void>,
  ) {}

  /** Rejects with the end of its log when it does not start. */
  static async start(program: PgbouncerProgram, target: Address, guard: OrphanReaper): Promise<Pgbouncer> {
    const { socketDirectory } = target;
    const port = randomInt(1_024, 65_536);
    const folder = join(socketDirectory, `pool.${port}`);
    const { uid, gid } = statSync(socketDirectory);
    mkdirSync(folder, { mode: 0o700 });
    const password = randomBytes(24).toString("hex");
    const administrator = {
      name: `palisade_${randomBytes(8).toString("hex")}`,
      password,
      verifier: formatVerifier(computeVerifier(password)),
    };
    const { path, preparesStatements } = program;
    const settings = { socketDirectory, port, postgresPort: target.port, administrator: administrator.name, preparesStatements };
    writeOwned(join(folder, USERS), formatUsers([administrator]));
    writeOwned(join(folder, CONFIGURATION), formatConfiguration({ ...settings, usersFile: join(folder, USERS) }));
    lchownSync(folder, uid, gid);
    const child = spawn(path, [join(folder, CONFIGURATION)], {
      ...(uid !== process.getuid?.() && { uid, gid }),
      cwd: folder,
      env: { PATH: process.env["PATH"], LC_ALL: "C" },
      stdio: ["ignore", "ignore", "pipe"],
      // Ctrl-C in a terminal is for the plane, which stops it in order.
      detached: true,
    });
    const gone = new Promise<void>((resolve) => {
      for (const end of ["exit", "error"])
        child.once(end, () => {
          resolve();
        });
    });
    void gone.then(() => {
      if (child.pid !== undefined) guard.remove(child.pid);
      rmSync(folder, { recursive: true, force: true });
    });
    if (child.pid !== undefined) guard.watch(child.pid);
    const words: string[] = [];
    await waitUntilReady(child, words);
    return new Pgbouncer(child, target, port, folder, administrator, words, gone);
  }

  get socketPath(): string {
    return join(this.target.socketDirectory, `.s.PGSQL.${this.port}`);
  }

  /** Resolves when it knows these logins and no others. */
  setLogins(logins: readonly Login[]): Promise<void> {
    const users = formatUsers([this.administrator, ...logins]);
    const learnt = this.reloading.then(async () => {
      if (users === this.users) return;
      writeOwned(join(this.folder, USERS), users);
      await this.runConsoleCommand("RELOAD");
      this.users = users;
    });
    this.reloading = learnt.catch(() => undefined);
    return learnt;
  }

  /** The last line of its log, when it exited by itself. */
  get complaint(): string | undefined {
    return this.isStopping ? undefined : (this.words.at(-1) ?? "no output");
  }

  /** At once: who is still connected is cut off. */
  async stop(): Promise<void> {
    this.isStopping = true;
    this.child.kill("SIGTERM");
    if ((await Promise.race([this.exited, delay(STOP_DEADLINE_MS, "late", { ref: false })])) === "late") this.child.kill("SIGKILL");
    await this.exited;
  }

  private async runConsoleCommand(command: string): Promise<void> {
    const { name: user, password } = this.administrator;
    const client = new Client({ host: this.target.socketDirectory, port: this.port, user, password, database: CONSOLE });
    client.on("error", () => undefined);
    await client.connect();
    try {
      await client.query(command);
    } finally {
      await client.end();
    }
  }
}

const [CONFIGURATION, USERS] = ["pgbouncer.ini", "users.txt"];

/** Exclusive creation: fails where anything exists, and follows no link. */
const EXCLUSIVE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/** Mode 0600, of the folder's owner; replaced whole. That owner's processes could plant a link, so the draft has a name that nobody can foresee. */
function writeOwned(path: string, text: string): void {
  const { uid, gid } = statSync(join(path, "../.."));
  const draft = `${path}.${randomBytes(8).toString("hex")}`;
  const file = openSync(draft, EXCLUSIVE, 0o600);
  try {
    writeSync(file, text);
    fchownSync(file, uid, gid);
  } finally {
    closeSync(file);
  }
  renameSync(draft, path);
}

/** `words` holds the end of its log from now on. */
async function waitUntilReady(child: ChildProcess, words: string[]): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const fail = (why: string) => {
      clearTimeout(timer);
      child.kill("SIGKILL");
      reject(new Error(`pgbouncer ${why}${words.length > 0 ? `: ${words.join(" | ")}` : ""}`));
    };
    const timer = setTimeout(fail, START_DEADLINE_MS, "was not ready in time");
    child.once("error", (error) => {
      fail(`does not start (${error.message})`);
    });
    child.once("exit", (code, signal) => {
      fail(`ended with ${code ?? String(signal)} at its start`);
    });
    createInterface({ input: child.stderr as NodeJS.ReadableStream }).on("line", (line) => {
      words.push(line);
      if (words.length > LOG_TAIL) words.shift();
      if (!line.includes("process up")) return;
      clearTimeout(timer);
      resolve();
    });
  });
}
