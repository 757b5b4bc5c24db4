import * as neon from "@palisade/neon";

// The data to back up. Only its office reaches it.
const shop = new neon.Project("shop", {
  name: "shop",
  regionId: "aws-eu-central-1",
  network: { allow: "listed", ranges: ["203.0.113.0/24"] },
});

// Every night at three (UTC), kept for 35 days. Lowering that, or destroying the schedule, needs `release: true` to be applied first.
new neon.BackupSchedule("nightly", {
  projectId: shop.projectId,
  branchId: shop.defaultBranchId,
  frequency: "daily",
  hour: 3,
});

// One by hand, before a change that might go wrong. Without an expiry it stays until this line is removed.
const before = new neon.Snapshot("before-migration", {
  projectId: shop.projectId,
  branchId: shop.defaultBranchId,
  name: "before the migration",
});

export const snapshotId = before.snapshotId;
export const takenAt = before.createdAt;
