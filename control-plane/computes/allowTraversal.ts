import { execFile } from "node:child_process";
import { chmod, chown, mkdir } from "node:fs/promises";
import { PalisadeError } from "@palisade/neon/contract/errors";
import { toSpawnIdentity, type User } from "./postgresInstallation.js";

/** Throws PAL_DATA_CLOSED. Root's own directories are closed to the user that runs Postgres: it may pass through ours, and see nothing in it. */
export async function allowTraversal(parent: string, user: User): Promise<void> {
  await mkdir(parent, { recursive: true, mode: 0o710 });
  await chown(parent, 0, user.gid);
  await chmod(parent, 0o710);
  const passes = await new Promise<boolean>((resolve) => {
    execFile("test", ["-x", parent], toSpawnIdentity(user), (error) => {
      resolve(error === null);
    });
  });
  if (!passes) throw new PalisadeError("PAL_DATA_CLOSED", `${parent} (Postgres does not run as root, but as ${user.name})`);
}
