import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { ensureInstalled, type InstalledProgram } from "../../../tools/counterparts/installedPrograms.js";

/** A real rsyslog (GPL-3.0, Debian's) that receives syslog over TLS, on this machine alone. */
export class Rsyslog {
  private child: ChildProcess | undefined;
  readonly output: string;

  /**
   * @param root as `ensureRsyslog` answers it
   * @param folder of its files; no other's
   * @param tls PEM: its certificate and key, and the authority it was issued by
   */
  constructor(
    private readonly root: string,
    private readonly folder: string,
    readonly port: number,
    tls: { readonly cert: string; readonly key: string; readonly ca: string },
  ) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.output = join(folder, "messages");
    for (const [name, text] of Object.entries(tls)) writeFileSync(join(folder, name), text, { mode: 0o600 });
    writeFileSync(join(folder, "conf"), this.formatConfiguration());
  }

  async start(): Promise<void> {
    const [libraries = ""] = readdirSync(join(this.root, "usr/lib")).filter((name) => name.includes("-linux-"));
    const path = join(this.root, "usr/lib", libraries);
    const child = spawn(
      join(this.root, "usr/sbin/rsyslogd"),
      ["-n", "-f", join(this.folder, "conf"), "-i", join(this.folder, "pid"), "-M", join(path, "rsyslog")],
      { env: { LD_LIBRARY_PATH: path }, stdio: ["ignore", "ignore", "pipe"] },
    );
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => (said = `${said}${chunk.toString()}`.slice(-2_000)));
    this.child = child;
    for (const deadline = Date.now() + DEADLINE_MS; !(await isListening(this.port));) {
      if (child.exitCode !== null || Date.now() > deadline) {
        await this.kill();
        throw new Error(`rsyslogd does not start: ${said}`);
      }
      await pause(POLL_MS);
    }
  }

  /** As a crash does. */
  async kill(): Promise<void> {
    const { child } = this;
    this.child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  }

  /** Message ids and messages, a line each. */
  private formatConfiguration(): string {
    const at = (name: string) => JSON.stringify(join(this.folder, name));
    return `
global(workDirectory=${JSON.stringify(this.folder)} defaultNetstreamDriver="ossl" maxMessageSize="256k"
  defaultNetstreamDriverCAFile=${at("ca")} defaultNetstreamDriverCertFile=${at("cert")} defaultNetstreamDriverKeyFile=${at("key")})
module(load="imtcp" StreamDriver.Name="ossl" StreamDriver.Mode="1" StreamDriver.AuthMode="anon")
input(type="imtcp" port="${this.port}" address="127.0.0.1")
template(name="line" type="list") {
  property(name="pri") constant(value=" ") property(name="app-name") constant(value=" ") property(name="msgid") constant(value=" ")
  property(name="structured-data") constant(value=" | ") property(name="msg") constant(value="\\n")
}
action(type="omfile" file=${at("messages")} template="line" asyncWriting="off" flushOnTXEnd="on")
`;
  }
}

const DEADLINE_MS = 20_000;
const POLL_MS = 50;

/** The folder it is unpacked in: 3 MB, once for all runs. */
export function ensureRsyslog(): InstalledProgram {
  const folder = ensureInstalled("rsyslog", (at) => [
    "sh",
    [join(__dirname, "../drivers/unpackPackages.sh"), at, "rsyslog", "rsyslog-openssl"],
  ]);
  return "path" in folder ? { path: join(folder.path, "root") } : folder;
}

const isListening = (port: number): Promise<boolean> =>
  new Promise((found) => {
    const socket = connect(port, "127.0.0.1");
    socket
      .once("connect", () => {
        socket.destroy();
        found(true);
      })
      .once("error", () => {
        found(false);
      });
  });
