import type { z } from "zod";
import { ProjectId } from "../../../contract/ids.js";
import { type BackupScheduleItem, MAX_RETENTION_SECONDS } from "../../../contract/wire/backupSchedule.js";
import type { Bag, Observed } from "../../engine/define.js";
import { defined } from "../context.js";
import type { inputs, outputs } from "./schema.js";

type Inputs = z.output<typeof inputs>;

export const toItem = ({ frequency, hour, day, retentionSeconds }: Inputs): BackupScheduleItem => ({
  ...{ frequency, hour, retention_seconds: retentionSeconds },
  ...defined({ day }),
});

/** Which entry is ours: a schedule made by hand may hold others, which stay. */
const ownItem = (schedule: readonly BackupScheduleItem[], frequency: unknown): BackupScheduleItem | undefined =>
  schedule.find((item) => item.frequency === frequency);

/** The same, to look at: of a single entry it is told that somebody changed its frequency. */
export const shownItem = (schedule: readonly BackupScheduleItem[], frequency: unknown): BackupScheduleItem | undefined =>
  ownItem(schedule, frequency) ?? (schedule.length === 1 || frequency === undefined ? schedule[0] : undefined);

/** The entries with `item` in the place of those of these frequencies; undefined when they are so already. */
export function withItem(
  schedule: readonly BackupScheduleItem[],
  item: BackupScheduleItem | undefined,
  frequencies: readonly unknown[],
): BackupScheduleItem[] | undefined {
  const ours = schedule.filter(({ frequency }) => frequencies.includes(frequency));
  const others = schedule.filter((one) => !ours.includes(one));
  const [own] = ours;
  if (item ? own !== undefined && ours.length === 1 && isSame(own, item) : own === undefined) return undefined;
  return [...others, ...(item ? [item] : [])];
}

const isSame = (a: BackupScheduleItem, b: BackupScheduleItem): boolean =>
  a.frequency === b.frequency && (a.hour ?? 0) === (b.hour ?? 0) && a.day === b.day && retentionOf(a) === retentionOf(b);

export const retentionOf = (item: BackupScheduleItem): number => item.retention_seconds ?? MAX_RETENTION_SECONDS;

export const fromWire = (
  item: BackupScheduleItem,
  { projectId, branchId }: { projectId: string; branchId: string },
  recorded: Bag,
): Observed<typeof inputs, typeof outputs> => ({
  inputs: defined({
    projectId: ProjectId.parse(projectId),
    branchId,
    frequency: item.frequency as Inputs["frequency"],
    hour: item.hour ?? 0,
    day: item.day,
    retentionSeconds: retentionOf(item),
    // Said by the program alone.
    release: recorded["release"] === true,
  }),
  outputs: {},
});
