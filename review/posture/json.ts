import { canonicalizeJson } from "../../contract/canonicalJson.js";
import { toSafeJson } from "../terminalText.js";
import type { PostureReport } from "./report.js";

/** The evidence to keep: equal reports are equal bytes, so that a signature of the file holds. Safe to print, and one line. */
export const toJson = (report: PostureReport): string => `${toSafeJson(JSON.parse(canonicalizeJson(report)))}\n`;
