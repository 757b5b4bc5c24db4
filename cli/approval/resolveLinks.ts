import { realpathSync } from "node:fs";

/** The path with its links followed, as far as it exists. */
export function resolveLinks(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
