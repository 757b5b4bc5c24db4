import { type Dirent, existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import type { SourceFile } from "../../review/change/locate.js";

/** Bounds on what is read to find a line: a program is small. */
const MOST_FILES = 500;
const MOST_BYTES = 1024 * 1024;
const NO_PROGRAM = /\.(?:d|test|spec)\.[cm]?[jt]s$/;
const SKIPPED = new Set(["node_modules", "dist", "build", "out", "coverage"]);

/** The program's own files, the ones nearest to its folder first. Tests, and projects of Pulumi that lie below, are no part of it. */
export function readSources(directory: string): SourceFile[] {
  const files: SourceFile[] = [];
  const folders = [directory];
  for (const folder of folders) {
    if (folder !== directory && ["Pulumi.yaml", "Pulumi.yml"].some((name) => existsSync(join(folder, name)))) continue;
    for (const entry of readEntries(folder)) {
      const path = join(folder, entry.name);
      if (entry.isDirectory() && !entry.name.startsWith(".") && !SKIPPED.has(entry.name)) folders.push(path);
      if (!entry.isFile() || !/\.[cm]?[jt]s$/.test(entry.name) || NO_PROGRAM.test(entry.name)) continue;
      const text = files.length < MOST_FILES ? readText(path) : undefined;
      if (text !== undefined) files.push({ path: relative(directory, path), text });
    }
    if (files.length >= MOST_FILES) break;
  }
  return files;
}

/** What may not be read shows no lines, which is no reason to judge nothing. */
function readEntries(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

function readText(path: string): string | undefined {
  try {
    return statSync(path).size <= MOST_BYTES ? readFileSync(path, "utf8") : undefined;
  } catch {
    return undefined;
  }
}
