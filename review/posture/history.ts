import { z } from "zod";
import { PalisadeError } from "../../contract/errors.js";
import { type PostureReport, toFindingKey, type Totals, type TrendPoint } from "./report.js";

/** What a later run takes from a saved one. */
export interface PastRun {
  readonly atMs: number;
  readonly totals: Totals;
  /** Keys of findings, accepted ones too. */
  readonly found: ReadonlySet<string>;
  /** Ids of controls that were not wholly judged. */
  readonly notKnown: ReadonlySet<string>;
}

const Count = z.number().int().min(0);
const Found = z.object({ rule: z.string(), resource: z.object({ id: z.string() }) });
const SavedRun = z.object({
  kind: z.literal("palisade-posture"),
  version: z.literal(1),
  at: z.iso.datetime(),
  host: z.string(),
  organization: z.object({ id: z.string() }),
  scope: z.object({ stack: z.string().nullable(), projects: z.array(z.string()).nullable() }),
  totals: z.object({
    holds: Count,
    fails: Count,
    excepted: Count,
    notKnown: Count,
    notApplicable: Count,
    notAvailable: Count,
    findings: Count,
    overdue: Count,
  }),
  findings: z.array(Found),
  excepted: z.array(Found),
  controls: z.array(z.object({ id: z.string(), notKnown: z.array(z.unknown()) })),
});

/** What a run must share with an earlier one so that the two are compared. */
export type RunSubject = Pick<PostureReport, "at" | "host" | "organization" | "scope">;

/**
 * Reads a saved run; undefined where it is about something else, or of a time to come.
 * @param file for the message @throws PAL_BAD_HISTORY
 */
export function parsePastRun(file: string, text: string, subject: RunSubject): PastRun | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new PalisadeError("PAL_BAD_HISTORY", `${file} is not JSON`);
  }
  const read = SavedRun.safeParse(value);
  if (!read.success) {
    const [issue] = read.error.issues;
    throw new PalisadeError("PAL_BAD_HISTORY", `${file}: ${[...(issue?.path ?? []), issue?.message].join(" ")}`);
  }
  const { at, totals, findings, excepted, controls } = read.data;
  if (toSubjectKey(read.data) !== toSubjectKey(subject) || Date.parse(at) >= Date.parse(subject.at)) return undefined;
  return {
    atMs: Date.parse(at),
    totals,
    found: new Set([...findings, ...excepted].map(toFindingKey)),
    notKnown: new Set(controls.filter(({ notKnown }) => notKnown.length > 0).map(({ id }) => id)),
  };
}

const toSubjectKey = ({ host, organization, scope }: Pick<z.output<typeof SavedRun>, "host" | "organization" | "scope"> | RunSubject) =>
  JSON.stringify([host, organization.id, scope.stack, scope.projects]);

/** The newest so many are a trend; the rest of a long history decides deadlines alone. */
const MOST_POINTS = 60;

export const buildTrend = (past: readonly PastRun[], at: string, totals: Totals): readonly TrendPoint[] =>
  [...past.map((run) => ({ at: new Date(run.atMs).toISOString(), ...run.totals })), { at, ...totals }].slice(-MOST_POINTS);
