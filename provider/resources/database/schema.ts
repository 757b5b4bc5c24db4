import { z } from "zod";
import { inBranch, pgName } from "../fields.js";

export const doc = "A database of a branch. Branches made from it carry it too.";

export const inputs = z.object({
  ...inBranch("database"),
  name: pgName().meta({ description: "Unique in the branch. A change renames the database." }),
  ownerName: pgName().meta({ description: "Role that owns the database. A change hands it over." }),
});

export const outputs = z.object({});
