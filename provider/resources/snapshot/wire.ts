import type { z } from "zod";
import { lastPart, ProjectId } from "../../../contract/ids.js";
import type { Snapshot, SnapshotCreateQuery, SnapshotUpdateRequest } from "../../../contract/wire/snapshot.js";
import type { Bag, Mark, Observed } from "../../engine/define.js";
import { defined } from "../context.js";
import { toWireTime } from "../moment.js";
import { fromMarkName, toMarkName } from "../markName.js";
import type { inputs, outputs } from "./schema.js";

type Inputs = z.output<typeof inputs>;

/** The mark is the slug: the name is for people. */
export const toCreate = ({ name, from, expiresAt }: Inputs, mark: Mark): SnapshotCreateQuery => ({
  ...{ name, slug: toMarkName(mark) },
  ...defined({ timestamp: from?.timestamp, lsn: from?.lsn, expires_at: toWireTime(expiresAt) }),
});

export const toUpdate = ({ name, expiresAt }: Inputs, changed: ReadonlySet<string>): SnapshotUpdateRequest["snapshot"] => ({
  ...(changed.has("name") && { name }),
  ...(changed.has("expiresAt") && { expires_at: toWireTime(expiresAt) ?? null }),
});

export const markOf = ({ slug }: Snapshot, managedBy: string): Mark | undefined => fromMarkName(slug, managedBy);

/** Neon tells the moment of every snapshot: it is shown as `from` only where that is declared. */
export const fromWire = (snapshot: Snapshot, projectId: string, recorded: Bag): Observed<typeof inputs, typeof outputs> => ({
  inputs: defined({
    projectId: ProjectId.parse(projectId),
    branchId: snapshot.source_branch_id === undefined ? undefined : lastPart(snapshot.source_branch_id),
    name: snapshot.name,
    from: recorded["from"] === undefined ? undefined : defined({ timestamp: snapshot.timestamp, lsn: snapshot.lsn }),
    expiresAt: snapshot.expires_at,
  }),
  outputs: { createdAt: snapshot.created_at },
  mark: markOf(snapshot, recorded["managedBy"] as string),
});
