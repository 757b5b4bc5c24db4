import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Ground, Place } from "./ground.js";
import { startup } from "./raw.js";

/** The socket of a branch's Postgres, as it says itself. */
export async function socketOf(ground: Ground, { owner }: Place): Promise<string> {
  const settings = await ground.sql(
    owner,
    "SELECT current_setting('unix_socket_directories') || '/.s.PGSQL.' || current_setting('port') AS path",
  );
  return String(settings[0]?.["path"]);
}

export interface MachineUser {
  uid: number;
  gid: number;
}

/** Somebody else on the machine. */
export const NOBODY: MachineUser = { uid: 65_534, gid: 65_534 };

/** Knocks as the superuser, and prints what is said. It needs nothing but Node itself, so that any user may run it. */
const KNOCK = `const socket = require("node:net").connect(process.argv[1]);
socket.on("error", (error) => console.log(error.code)).on("data", (bytes) => { console.log(bytes.toString("latin1").replace(/[^ -~]+/g, " ")); socket.destroy(); });
socket.write(Buffer.from(process.argv[2], "hex"));`;

/** What a process of that user is told at the socket. Only root may be another user: for others it is a process of their own. */
export async function asUser(path: string, user: MachineUser): Promise<string> {
  const packet = startup({ user: "cloud_admin", database: "palisade" }).toString("hex");
  const identity = process.getuid?.() === 0 ? user : {};
  const { stdout } = await promisify(execFile)(process.execPath, ["-e", KNOCK, path, packet], { ...identity, cwd: "/", timeout: 20_000 });
  return stdout.trim();
}
