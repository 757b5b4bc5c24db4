import { createHash } from "node:crypto";
import { PalisadeError } from "../../contract/errors.js";
import { SEVERITIES } from "../../contract/findings.js";
import { type Export, type ExportedFinding, MOST_FINDINGS, parseExport } from "./exportShapes.js";

/** What became of the findings of one file; the counts add up to `findings`. */
export interface ExportedFile {
  /** As it was named. */
  readonly file: string;
  /** SHA-256 of its text, in hex. */
  readonly sha256: string;
  readonly source: Export["source"];
  readonly findings: number;
  /** Open, about what bears the tags of our baselines, with a severity. */
  readonly judged: number;
  /** The same without a severity that is known. */
  readonly unrated: number;
  /** About what bears the tags, and closed, passed or informational. */
  readonly closed: number;
  /** About what surely lacks one of the tags. */
  readonly untagged: number;
  /** About what no file has tags of. */
  readonly tagsUnknown: number;
}

/** A finding about what bears the tags. */
export type OwnFinding = ExportedFinding & { readonly resourceId: string; readonly source: Export["source"] };

export interface ExportedFindings {
  readonly files: readonly ExportedFile[];
  /** Each once, by its id. */
  readonly own: readonly OwnFinding[];
}

/**
 * Sorts what files of clouds tell by whose objects it is about. Pure.
 * @throws PAL_BAD_FINDINGS for a file that is none, or more than 20,000 findings
 */
export function readExports(files: readonly { readonly file: string; readonly text: string }[]): ExportedFindings {
  const read = files.map(({ file, text }) => ({
    file,
    sha256: createHash("sha256").update(text).digest("hex"),
    ...parseExport(file, text),
  }));
  if (read.reduce((sum, { findings }) => sum + findings.length, 0) > MOST_FINDINGS)
    throw new PalisadeError("PAL_BAD_FINDINGS", `the files have more than ${MOST_FINDINGS} findings: export those of fewer resources`);
  const tagged = new Map<string, boolean>();
  // Of two lists one may be old: what bears the tags in either is ours.
  for (const { id, isTagged } of read.flatMap(({ resources }) => resources)) tagged.set(id, isTagged === true || tagged.get(id) === true);
  const own = new Map<string, OwnFinding>();
  const counted = read.map(({ file, sha256, source, findings }): ExportedFile => {
    const counts = { judged: 0, unrated: 0, closed: 0, untagged: 0, tagsUnknown: 0 };
    for (const one of findings) {
      const tags = one.resources.map(({ id, isTagged }) => isTagged ?? tagged.get(id));
      const resource = one.resources[tags.indexOf(true)];
      if (resource === undefined) counts[tags.includes(undefined) ? "tagsUnknown" : "untagged"]++;
      else {
        counts[!one.isOpen ? "closed" : one.severity === undefined ? "unrated" : "judged"]++;
        own.set(one.id, joinFindings({ ...one, source, resourceId: resource.id }, own.get(one.id)));
      }
    }
    return { file, sha256, source, findings: findings.length, ...counts };
  });
  return { files: counted, own: [...own.values()].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)) };
}

/** Two files about one finding, of which one may be old: the worse of what they say. */
function joinFindings(one: OwnFinding, other: OwnFinding | undefined): OwnFinding {
  if (other === undefined) return one;
  const worse = rank(one) <= rank(other) ? one : other;
  const seen = [one.firstSeenMs, other.firstSeenMs].filter((ms) => ms !== undefined);
  return { ...worse, firstSeenMs: seen.length === 0 ? undefined : Math.min(...seen) };
}

/** Open ones first, by severity, and what has none last. */
const rank = ({ isOpen, severity }: OwnFinding): number =>
  (isOpen ? 0 : SEVERITIES.length + 1) + (severity === undefined ? SEVERITIES.length : SEVERITIES.indexOf(severity));
