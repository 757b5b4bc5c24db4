import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * What a plane with Postgres makes before anything else and never changes: the template of its clusters, and the compiled hook of passwords. The
 * first plane of a run keeps it for all later ones (beginRun.cjs names the folder): making it takes half a second of processor.
 */

/** Before a plane starts in a directory, which may have its own already. */
export function takeFromFirstPlane(directory: string): void {
  for (const part of listParts(kept())) if (!existsSync(join(directory, part))) copy(join(kept(), part), join(directory, part));
}

/** After a plane has ended. */
export function keepForLaterPlanes(directory: string): void {
  for (const part of listParts(directory)) {
    const destination = join(kept(), part);
    if (kept() === "" || existsSync(destination)) continue;
    const draft = `${destination}.${process.pid}`;
    copy(join(directory, part), draft);
    try {
      renameSync(draft, destination);
    } catch {
      // Another worker was first.
      rmSync(draft, { recursive: true, force: true });
    }
  }
}

/** Of this run; empty outside of one. */
const kept = (): string => process.env.PALISADE_FIRST_PLANE ?? "";

/** Whole ones alone: a plane that was killed may have left a hook half made. */
function listParts(directory: string): string[] {
  const list = (folder: string) => (directory !== "" && existsSync(join(directory, folder)) ? readdirSync(join(directory, folder)) : []);
  return [...list("clusters").filter((name) => /^template-\d+$/.test(name)), ...list("hook").filter((name) => name.endsWith(".so"))].map(
    (name) => join(name.startsWith("template-") ? "clusters" : "hook", name),
  );
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true, mode: from.endsWith(".so") ? 0o755 : 0o700 });
  execFileSync("cp", ["-a", from, to]);
}
