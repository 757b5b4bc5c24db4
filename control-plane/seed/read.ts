import { readFileSync } from "node:fs";
import { LineCounter, parseDocument } from "yaml";
import { PalisadeError } from "@palisade/neon/contract/errors";
import { Seed } from "./schema.js";

/** A seed, and where in its file a path of it stands. */
export interface SeedFile {
  seed: Seed;
  /** `seed.yaml, line 12, projects.0.name`. */
  formatPlace: (path: readonly PropertyKey[]) => string;
}

/** Throws PAL_BAD_SEED naming the path inside the file and the line. */
export function readSeed(file: string): SeedFile {
  const lines = new LineCounter();
  const document = parseDocument(readText(file), { lineCounter: lines });
  const [broken] = document.errors;
  if (broken)
    throw new PalisadeError("PAL_BAD_SEED", `${file}, line ${broken.linePos?.[0].line ?? 1}: ${broken.message.split("\n")[0] ?? ""}`);
  const place = (path: readonly PropertyKey[]): string => {
    const line = lineOf(path);
    return `${file}${line === undefined ? "" : `, line ${line}`}${path.length > 0 ? `, ${path.map(String).join(".")}` : ""}`;
  };
  /** Of the nearest part that is in the file: what is missing has no line. */
  const lineOf = (path: readonly PropertyKey[]): number | undefined => {
    const node = document.getIn(path, true) as { range?: [number, number, number] | null } | undefined;
    const start = node?.range?.[0];
    if (start !== undefined) return lines.linePos(start).line;
    return path.length > 0 ? lineOf(path.slice(0, -1)) : undefined;
  };
  const parsed = Seed.safeParse(document.toJS() ?? {});
  if (parsed.success) return { seed: parsed.data, formatPlace: place };
  const [issue] = parsed.error.issues;
  throw new PalisadeError("PAL_BAD_SEED", `${place(issue?.path ?? [])}: ${issue?.message ?? ""}`);
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new PalisadeError("PAL_BAD_SEED", `${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? ""})`);
  }
}
