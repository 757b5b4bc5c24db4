import { z } from "zod";
import { BranchId, lastPart, ProjectId } from "../../../contract/ids.js";

export const doc = "A database of a branch. Branches made from it carry it too.";

/** Postgres cuts names at 63 bytes; refusing longer ones keeps two of them from becoming one. */
const Name = z
  .string()
  .min(1, "must not be empty")
  .refine((name) => new TextEncoder().encode(name).length <= 63, "must have at most 63 bytes");

export const inputs = z.object({
  projectId: ProjectId.meta({ description: "Project that owns the branch.", onChange: "locked" }),
  branchId: z
    .string()
    .refine((reference) => BranchId.safeParse(lastPart(reference)).success, "is not a branch id such as br-wispy-sun-b343qpnf")
    .meta({ description: "Branch that holds the database, by bare or composite id.", onChange: "locked", canonical: lastPart }),
  name: Name.meta({ description: "Unique in the branch. A change renames the database." }),
  ownerName: Name.meta({ description: "Role that owns the database. A change hands it over." }),
});

export const outputs = z.object({});
