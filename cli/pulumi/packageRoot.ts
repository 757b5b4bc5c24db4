import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** The folder of this package that `directory` lies in: a file runs both as source, under a test, and compiled. */
export function findPackageRoot(directory: string): string {
  const manifest = join(directory, "package.json");
  if (existsSync(manifest) && (JSON.parse(readFileSync(manifest, "utf8")) as { name?: string }).name === "@palisade/neon") return directory;
  const parent = dirname(directory);
  if (parent === directory) throw new Error("this file is not in a checkout of @palisade/neon");
  return findPackageRoot(parent);
}
