import { spawn } from "node:child_process";
import { PalisadeError } from "@palisade/neon/contract/errors";
import { toSpawnIdentity, type User } from "./postgresInstallation.js";

/** Copies a tree, sharing blocks where the file system can (Linux: reflink, macOS: clonefile); measured 0.1 s against 0.6 s for 112 MB. */
const COMMAND = process.platform === "darwin" ? ["cp", "-cRp"] : ["cp", "-a", "--reflink=auto"];

/** @throws PAL_COMPUTE with what the system said, and nothing left at `to` */
export async function copyTree(from: string, to: string, user: User | undefined): Promise<void> {
  try {
    await runCommand([...COMMAND, from, to], user);
  } catch (error) {
    await removeTree(to, user);
    throw error;
  }
}

/** With the rights of the user that owns it: whoever swaps a folder in it for a link meanwhile has nothing removed that is not its own. */
export const removeTree = (path: string, user: User | undefined): Promise<void> => runCommand(["rm", "-rf", "--", path], user);

/** Copies files and trees into a folder. @throws PAL_COMPUTE */
export async function copyInto(paths: readonly string[], folder: string, user: User | undefined): Promise<void> {
  for (let at = 0; at < paths.length; at += PATHS_AT_ONCE)
    await runCommand([...COMMAND, ...paths.slice(at, at + PATHS_AT_ONCE), folder], user);
}

/** The length of a command line is limited. */
const PATHS_AT_ONCE = 200;

/** Runs a program to its end. @throws PAL_COMPUTE with its error output */
export function runCommand([command = "", ...words]: readonly string[], user: User | undefined): Promise<void> {
  const child = spawn(command, words, {
    ...toSpawnIdentity(user),
    stdio: ["ignore", "ignore", "pipe"],
    // The system's own first: not every folder that the plane's user has on its PATH may be entered by another.
    env: { PATH: `/usr/bin:/bin:${process.env["PATH"] ?? ""}`, LC_ALL: "C" },
  });
  let complaint = "";
  child.stderr.on("data", (chunk: Buffer) => (complaint += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.once("error", (error) => {
      reject(new PalisadeError("PAL_COMPUTE", `${command} does not run (${error.message})`));
    });
    child.once("close", (code, signal) => {
      if (code === 0) resolve();
      else
        reject(
          new PalisadeError(
            "PAL_COMPUTE",
            `${command} ended with ${code ?? String(signal)}: ${complaint.trim().split("\n").slice(-3).join(" | ")}`,
          ),
        );
    });
  });
}
