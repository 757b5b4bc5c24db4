import { z } from "zod";
import { PalisadeError } from "../../contract/errors.js";
import type { JudgedItem } from "./compare.js";

const text = z.string().min(1, "must not be empty");
/** Placeholders that are not a reason. */
const PLACEHOLDER = /^[\s\p{P}\p{S}]*(?:(?:todo|tbd|fixme|xxx+)\b.*|(?:n\/?a|none|reason)[\s\p{P}\p{S}]*)?$/isu;
const Rule = z.strictObject({
  rule: text,
  /** Id of the resource; `*` stands for any text. */
  resource: text,
  reason: z.string().refine((reason) => !PLACEHOLDER.test(reason), "needs to say why this is accepted"),
  /** A date or a time: from then on it ignores nothing. */
  expires: z.union([z.iso.date(), z.iso.datetime({ offset: true })]),
});
export type IgnoreRule = z.output<typeof Rule>;

/** Reads what a YAML or JSON file holds: a list. Throws PAL_BAD_IGNORE, which names the entry. */
export function parseIgnoreRules(value: unknown): IgnoreRule[] {
  const read = z.array(Rule).safeParse(value);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const [index, ...field] = issue?.path ?? [];
  if (typeof index !== "number") throw new PalisadeError("PAL_BAD_IGNORE", value === null ? "it holds no entry" : "it is not a list");
  throw new PalisadeError(
    "PAL_BAD_IGNORE",
    `entry ${index + 1}${formatEntryName((value as unknown[])[index])}: ${[...field, issue?.message].join(" ")}`,
  );
}

const formatEntryName = (entry: unknown): string => {
  const named = z.object({ rule: z.string(), resource: z.string() }).safeParse(entry);
  return named.success ? ` (${named.data.rule} ${named.data.resource})` : "";
};

export interface IgnoreResult {
  readonly kept: readonly JudgedItem[];
  readonly ignored: readonly { readonly judged: JudgedItem; readonly by: IgnoreRule }[];
  /** Rules whose time is over: they ignore nothing. */
  readonly expired: readonly IgnoreRule[];
}

export function applyIgnoreRules(all: readonly JudgedItem[], rules: readonly IgnoreRule[], nowMs: number): IgnoreResult {
  const expired = rules.filter(({ expires }) => Date.parse(expires) <= nowMs);
  const standing = rules.filter((rule) => !expired.includes(rule)).map((rule) => ({ rule, fits: createMatcher(rule.resource) }));
  const kept: JudgedItem[] = [];
  const ignored: { judged: JudgedItem; by: IgnoreRule }[] = [];
  for (const judged of all) {
    const { rule: id, resource } = judged.finding;
    const by = standing.find(({ rule, fits }) => rule.rule === id && fits(resource.id))?.rule;
    if (by) ignored.push({ judged, by });
    else kept.push(judged);
  }
  return { kept, ignored, expired };
}

/** Whether an id is meant by a text in which `*` stands for any. Without a regular expression: a hostile pattern must not take for ever. */
export function createMatcher(glob: string): (id: string) => boolean {
  const [start = "", ...rest] = glob.split("*");
  const end = rest.pop();
  if (end === undefined) return (id) => id === glob;
  return (id) => {
    if (!id.startsWith(start)) return false;
    let at = start.length;
    for (const part of rest) {
      const found = id.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return id.length - end.length >= at && id.endsWith(end);
  };
}
