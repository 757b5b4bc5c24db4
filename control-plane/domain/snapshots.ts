import { DAY_SECONDS } from "@palisade/neon/contract/durations";
import { omitUndefined } from "@palisade/neon/contract/values";
import type { Branch } from "@palisade/neon/contract/wire/branch";
import { type BackupScheduleItem } from "@palisade/neon/contract/wire/backupSchedule";
import type { SnapshotCreateQuery, SnapshotUpdateRequest } from "@palisade/neon/contract/wire/snapshot";
import { addSeconds, toTheSecond } from "../clock.js";
import type { IdGenerator } from "../idGenerator.js";
import type { StoredSnapshot } from "../store/kinds.js";
import { type Creator, buildBranch } from "./branches.js";
import type { PlanLimits } from "./plans.js";
import { Refusal } from "./refusals.js";
import { omit } from "./values.js";

/** One that somebody asked for, or (`manual: false`) that a schedule makes. Without a moment it is of now. */
export function createSnapshot(source: Branch, asked: SnapshotCreateQuery, manual: boolean, at: string, ids: IdGenerator): StoredSnapshot {
  if (source.current_state === "init") throw new Refusal("branchNotReady");
  const id = ids.createSnapshotId();
  const { timestamp, lsn, slug, expires_at } = asked;
  return {
    id,
    project_id: source.project_id,
    name: asked.name ?? `${source.name} at ${toTheSecond(timestamp ?? at)}`,
    source_branch_id: source.id,
    slug: slug ?? id,
    ...omitUndefined({ lsn, timestamp: lsn === undefined ? (timestamp ?? at) : undefined }),
    ...(expires_at !== undefined && { expires_at: parseExpiry(expires_at, at) }),
    manual,
    is_past: (timestamp ?? lsn) !== undefined,
    created_at: at,
  };
}

/** Those of a schedule are not counted: their retention bounds them. */
export function assertSnapshotFits({ snapshots }: PlanLimits, manual: number): void {
  if (manual >= snapshots) throw new Refusal("snapshotsLimit", { max: snapshots });
}

/** What is not sent keeps its value. */
export function updateSnapshot(
  snapshot: StoredSnapshot,
  { name, expires_at }: SnapshotUpdateRequest["snapshot"],
  at: string,
): StoredSnapshot {
  const named = { ...snapshot, ...omitUndefined({ name }) };
  if (expires_at === undefined) return named;
  return expires_at === null ? omit(named, "expires_at") : { ...named, expires_at: parseExpiry(expires_at, at) };
}

/** A root branch with the data of the snapshot, for a look before it takes the place of `target`. */
export function createRestoredBranch(
  snapshot: StoredSnapshot,
  target: Branch,
  name: string | undefined,
  by: Creator,
  at: string,
  ids: IdGenerator,
): Branch {
  return {
    ...buildBranch(ids.createBranchId(), target.project_id, name ?? `${target.name} restored at ${at}`, by, at),
    init_source: "parent-data",
    restore_status: "restored",
    restored_from: snapshot.id,
    restored_as: target.id,
  };
}

/**
 * The restored branch takes the place of its target: name, default and protection. The target keeps its data under another name.
 * Protection stays on both: taking a backup's place must open neither.
 */
export function swapRestoredBranch(restored: Branch, target: Branch, oldName: string, at: string): { current: Branch; old: Branch } {
  if (restored.restore_status !== "restored") throw new Refusal("notRestored", { branch: restored.id });
  return {
    current: {
      ...omit(restored, "expires_at"),
      name: target.name,
      restore_status: "finalized",
      updated_at: at,
      default: target.default,
      primary: target.default,
      protected: target.protected || restored.protected,
      ...omitUndefined({ restricted_actions: target.restricted_actions }),
    },
    old: { ...target, name: oldName, default: false, primary: false, updated_at: at },
  };
}

/** The target as it was before `finalized` gave its place to a branch that then could not be made. */
export const reinstateTarget = (old: Branch, { name, default: isDefault }: Branch, at: string): Branch => ({
  ...old,
  name,
  default: isDefault,
  primary: isDefault,
  updated_at: at,
});

/** When the next snapshot of a schedule is due, after `at`: RFC 3339. Undefined for an empty one. */
export const findNextSnapshotTime = (schedule: readonly BackupScheduleItem[], at: string): string | undefined =>
  schedule.map((item) => computeNextTime(item, at)).sort()[0];

/** The entries that came due in (since, at], by what they are kept for. */
export const listDueItems = (schedule: readonly BackupScheduleItem[], since: string, at: string): BackupScheduleItem[] =>
  schedule.filter((item) => computeNextTime(item, since) <= at);

/** The first of the coming days that the entry names, at its hour. A month without the day has it at its end. */
function computeNextTime({ frequency, hour = 0, day = 1 }: BackupScheduleItem, at: string): string {
  for (let ahead = 0; ; ahead += 1) {
    const date = addSeconds(`${at.slice(0, 10)}T00:00:00Z`, ahead * DAY_SECONDS);
    const moment = `${date.slice(0, 10)}T${String(hour).padStart(2, "0")}:00:00.000Z`;
    if (moment > at && isDueOn(frequency, day, new Date(date))) return moment;
  }
}

function isDueOn(frequency: string, day: number, date: Date): boolean {
  if (frequency === "weekly") return (date.getUTCDay() || 7) === Math.min(day, 7);
  if (frequency !== "monthly") return true;
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  return date.getUTCDate() === Math.min(day, last);
}

function parseExpiry(expiry: string, at: string): string {
  if (Date.parse(expiry) <= Date.parse(at)) throw new Refusal("expiryPast");
  return toTheSecond(expiry);
}
