import type { z } from "zod";
import { getLastPart, ProjectId } from "../../../contract/ids.js";
import { omitUndefined } from "../../../contract/values.js";
import type { Branch, BranchCreateRequest, BranchUpdateRequest } from "../../../contract/wire/branch.js";
import type { Annotation } from "../../../contract/wire/common.js";
import type { Endpoint } from "../../../contract/wire/endpoint.js";
import type { Properties, OwnershipTag, Observed } from "../../engine/define.js";
import { fromComputeSettings, toComputeSettings } from "../shared/compute.js";
import type { BranchConnection } from "../shared/connection.js";
import { fromAnnotation, toAnnotation } from "../shared/context.js";
import { toWireTime } from "../shared/timeFields.js";
import type { inputs, outputs } from "./schema.js";

type Inputs = z.output<typeof inputs>;

export const toCreate = (b: Inputs, mark: OwnershipTag): BranchCreateRequest => ({
  branch: omitUndefined({
    name: b.name,
    parent_id: b.parentBranchId && getLastPart(b.parentBranchId),
    parent_timestamp: b.from?.timestamp,
    parent_lsn: b.from?.lsn,
    init_source: b.initSource,
    protected: b.protected,
    expires_at: toWireTime(b.expiresAt),
  }),
  endpoints: b.compute === "none" ? [] : [{ type: "read_write", ...toComputeSettings(b.compute ?? {}) }],
  annotation_value: toAnnotation(mark),
});

/** Only what differs goes on the wire; leaving `expiresAt` out is said as null, never by silence. */
export const toUpdate = (b: Inputs, changed: ReadonlySet<string>): BranchUpdateRequest["branch"] => ({
  ...(changed.has("name") && { name: b.name }),
  ...(changed.has("protected") && { protected: b.protected }),
  ...(changed.has("expiresAt") && { expires_at: toWireTime(b.expiresAt) ?? null }),
});

export const fromWire = (
  branch: Branch,
  /** undefined where they were not asked for. */
  computes: readonly Endpoint[] | undefined,
  connection: BranchConnection,
  annotation: Annotation | undefined,
  recorded: Properties,
): Observed<typeof inputs, typeof outputs> => {
  const initSource = branch.init_source === "schema-only" ? ("schema-only" as const) : ("parent-data" as const);
  const compute = computes?.find((candidate) => candidate.type === "read_write");
  return {
    inputs: omitUndefined({
      projectId: ProjectId.parse(branch.project_id),
      name: branch.name,
      // A schema-only branch is a root at Neon: of what it was made, who declared it alone knows.
      parentBranchId: branch.parent_id ?? (initSource === "schema-only" ? (recorded["parentBranchId"] as string | undefined) : undefined),
      from: toPastMoment(branch, recorded),
      initSource,
      protected: branch.protected,
      expiresAt: branch.expires_at,
      compute: computes && (compute ? fromComputeSettings(compute) : ("none" as const)),
    }),
    outputs: connection,
    ownershipTag: fromAnnotation(annotation),
  };
};

/** Neon may answer both forms of the moment; the program wrote one. */
function toPastMoment({ parent_lsn: lsn, parent_timestamp: timestamp }: Branch, recorded: Properties): Inputs["from"] {
  if ((recorded["from"] as Inputs["from"])?.lsn !== undefined) return lsn === undefined ? undefined : { lsn };
  return timestamp === undefined ? undefined : { timestamp };
}
