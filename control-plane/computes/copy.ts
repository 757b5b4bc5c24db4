import { spawn } from "node:child_process";
import { rm } from "node:fs/promises";
import { PalisadeError } from "@palisade/neon/contract/errors";
import { identity, type User } from "./postgres.js";

/** Copies a tree, sharing blocks where the file system can (Linux: reflink, macOS: clonefile); measured 0.1 s against 0.6 s for 112 MB. */
const COMMAND = process.platform === "darwin" ? ["cp", "-cRp"] : ["cp", "-a", "--reflink=auto"];

/** @throws PAL_COMPUTE with what the system said, and nothing left at `to` */
export async function copyTree(from: string, to: string, user: User | undefined): Promise<void> {
  try {
    await run([...COMMAND, from, to], user);
  } catch (error) {
    await rm(to, { recursive: true, force: true });
    throw error;
  }
}

/** Runs a program to its end. @throws PAL_COMPUTE with its words */
export function run([command = "", ...words]: readonly string[], user: User | undefined): Promise<void> {
  const child = spawn(command, words, {
    ...identity(user),
    stdio: ["ignore", "ignore", "pipe"],
    env: { PATH: process.env["PATH"], LC_ALL: "C" },
  });
  let complaint = "";
  child.stderr.on("data", (chunk: Buffer) => (complaint += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.once("error", (error) => {
      reject(new PalisadeError("PAL_COMPUTE", `${command} does not run (${error.message})`));
    });
    child.once("close", (code) => {
      if (code === 0) resolve();
      else
        reject(
          new PalisadeError("PAL_COMPUTE", `${command} ended with ${String(code)}: ${complaint.trim().split("\n").slice(-3).join(" | ")}`),
        );
    });
  });
}
