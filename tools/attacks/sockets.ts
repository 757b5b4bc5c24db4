import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { AttackTarget, TestBranch } from "./attackTarget.js";
import { buildStartupPacket } from "./rawConnections.js";

/** The socket of a branch's Postgres, as it says itself. */
export async function readSocketPath(target: AttackTarget, { owner }: TestBranch): Promise<string> {
  const settings = await target.query(
    owner,
    "SELECT current_setting('unix_socket_directories') || '/.s.PGSQL.' || current_setting('port') AS path",
  );
  return String(settings[0]?.["path"]);
}

export interface MachineUser {
  uid: number;
  gid: number;
}

/** Another user of the machine. */
export const NOBODY: MachineUser = { uid: 65_534, gid: 65_534 };

/** Connects as the superuser and prints the answer. It needs nothing but Node itself, so that any user may run it. */
const CONNECT_PROGRAM = `const socket = require("node:net").connect(process.argv[1]);
socket.on("error", (error) => console.log(error.code)).on("data", (bytes) => { console.log(bytes.toString("latin1").replace(/[^ -~]+/g, " ")); socket.destroy(); });
socket.write(Buffer.from(process.argv[2], "hex"));`;

/** The answer that a process of that user gets at the socket. Only root may be another user: for others it is a process of their own. */
export async function connectAsUser(path: string, user: MachineUser): Promise<string> {
  const packet = buildStartupPacket({ user: "cloud_admin", database: "palisade" }).toString("hex");
  const identity = process.getuid?.() === 0 ? user : {};
  const { stdout } = await promisify(execFile)(process.execPath, ["-e", CONNECT_PROGRAM, path, packet], {
    ...identity,
    cwd: "/",
    timeout: 20_000,
  });
  return stdout.trim();
}
