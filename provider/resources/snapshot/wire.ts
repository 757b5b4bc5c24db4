import type { z } from "zod";
import { getLastPart, ProjectId } from "../../../contract/ids.js";
import { omitUndefined } from "../../../contract/values.js";
import type { Snapshot, SnapshotCreateQuery, SnapshotUpdateRequest } from "../../../contract/wire/snapshot.js";
import type { Properties, OwnershipTag, Observed } from "../../engine/define.js";
import { toWireTime } from "../shared/timeFields.js";
import { fromTagName, toTagName } from "../shared/ownershipTagName.js";
import type { inputs, outputs } from "./schema.js";

type Inputs = z.output<typeof inputs>;

/** The mark is the slug: the name is for people. */
export const toCreate = ({ name, from, expiresAt }: Inputs, mark: OwnershipTag): SnapshotCreateQuery => ({
  name,
  slug: toTagName(mark),
  ...omitUndefined({ timestamp: from?.timestamp, lsn: from?.lsn, expires_at: toWireTime(expiresAt) }),
});

export const toUpdate = ({ name, expiresAt }: Inputs, changed: ReadonlySet<string>): SnapshotUpdateRequest["snapshot"] => ({
  ...(changed.has("name") && { name }),
  ...(changed.has("expiresAt") && { expires_at: toWireTime(expiresAt) ?? null }),
});

export const findOwnershipTag = ({ slug }: Snapshot, managedBy: string): OwnershipTag | undefined => fromTagName(slug, managedBy);

/** Neon tells the moment of every snapshot: it is shown as `from` only where that is declared. */
export const fromWire = (snapshot: Snapshot, projectId: string, recorded: Properties): Observed<typeof inputs, typeof outputs> => ({
  inputs: omitUndefined({
    projectId: ProjectId.parse(projectId),
    branchId: snapshot.source_branch_id === undefined ? undefined : getLastPart(snapshot.source_branch_id),
    name: snapshot.name,
    from: recorded["from"] === undefined ? undefined : omitUndefined({ timestamp: snapshot.timestamp, lsn: snapshot.lsn }),
    expiresAt: snapshot.expires_at,
  }),
  outputs: { createdAt: snapshot.created_at },
  ownershipTag: findOwnershipTag(snapshot, recorded["managedBy"] as string),
});
