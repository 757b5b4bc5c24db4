import { draftIgnore } from "../../review/drift/ignoreDraft.js";
import type { DraftReport, DriftReport } from "../../review/drift/report.js";
import { writeNewFile } from "../newFile.js";

/** Where the draft goes when no file is named; beside the program. */
export const DRAFT_FILE = "drift-ignore.yaml";

/** Drafts an ignore file of what a run has found. Throws PAL_USAGE where the file exists. @returns what went into it, for the report */
export async function writeDraft(file: string, { findings }: DriftReport, nowMs: number): Promise<DraftReport> {
  const { text, entries, commented, left } = draftIgnore(findings, nowMs);
  if (text !== undefined) await writeNewFile("--write-ignore", file, text);
  return {
    file: text === undefined ? null : file,
    entries: entries.length,
    commented: commented.length,
    left: left.map(({ finding: { rule, resource }, why }) => ({ rule, resource, why })),
  };
}
