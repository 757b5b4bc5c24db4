import type { z } from "zod";
import { ProjectId } from "../../../contract/ids.js";
import { omitUndefined } from "../../../contract/values.js";
import { type BackupScheduleItem, getRetentionSeconds } from "../../../contract/wire/backupSchedule.js";
import type { Properties, Observed } from "../../engine/define.js";
import type { inputs, outputs } from "./schema.js";

type Inputs = z.output<typeof inputs>;

export const toItem = ({ frequency, hour, day, retentionSeconds }: Inputs): BackupScheduleItem => ({
  frequency,
  hour,
  retention_seconds: retentionSeconds,
  ...omitUndefined({ day }),
});

/** Which entry is ours: a schedule made by hand may hold others, which stay. */
const findOwnItem = (schedule: readonly BackupScheduleItem[], frequency: unknown): BackupScheduleItem | undefined =>
  schedule.find((item) => item.frequency === frequency);

/** The same, to look at: for a single entry a changed frequency is reported as well. */
export const findObservedItem = (schedule: readonly BackupScheduleItem[], frequency: unknown): BackupScheduleItem | undefined =>
  findOwnItem(schedule, frequency) ?? (schedule.length === 1 || frequency === undefined ? schedule[0] : undefined);

/** The entries with `item` in the place of those of these frequencies; undefined when they are so already. */
export function replaceItem(
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
  a.frequency === b.frequency && (a.hour ?? 0) === (b.hour ?? 0) && a.day === b.day && getRetentionSeconds(a) === getRetentionSeconds(b);

export const fromWire = (
  item: BackupScheduleItem,
  { projectId, branchId }: { projectId: string; branchId: string },
  recorded: Properties,
): Observed<typeof inputs, typeof outputs> => ({
  inputs: omitUndefined({
    projectId: ProjectId.parse(projectId),
    branchId,
    frequency: item.frequency as Inputs["frequency"],
    hour: item.hour ?? 0,
    day: item.day,
    retentionSeconds: getRetentionSeconds(item),
    // Said by the program alone.
    release: recorded["release"] === true,
  }),
  outputs: {},
});
