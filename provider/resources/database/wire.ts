import type { z } from "zod";
import { ProjectId } from "../../../contract/ids.js";
import type { Database } from "../../../contract/wire/database.js";
import type { Observed } from "../../engine/define.js";
import type { inputs, outputs } from "./schema.js";

type Inputs = z.output<typeof inputs>;

export const toCreate = ({ name, ownerName }: Inputs) => ({ database: { name, owner_name: ownerName } });

/** Only what differs goes on the wire. */
export const toUpdate = ({ name, ownerName }: Inputs, changed: ReadonlySet<string>) => ({
  database: { ...(changed.has("name") && { name }), ...(changed.has("ownerName") && { owner_name: ownerName }) },
});

export const fromWire = (database: Database, projectId: string): Observed<typeof inputs, typeof outputs> => ({
  inputs: { projectId: ProjectId.parse(projectId), branchId: database.branch_id, name: database.name, ownerName: database.owner_name },
  outputs: {},
});
