import { realpathSync } from "node:fs";

/** The path with its links followed, as far as it exists. */
export function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
