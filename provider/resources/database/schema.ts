import { z } from "zod";
import { isReservedDatabase } from "../../../contract/names.js";
import type { LifecycleReview } from "../../engine/review.js";
import { createBranchFields, createPgNameSchema } from "../shared/fields.js";
import { isChanged, DATA_DESTROYED, NAME } from "../shared/reviewRules.js";

export const doc = "A database of a branch. Branches made from it carry it too.";

export const inputs = z.object({
  ...createBranchFields("database"),
  name: createPgNameSchema()
    .refine((name) => !isReservedDatabase(name), "is reserved: choose another name")
    .meta({ description: "Unique in the branch. A change renames the database.", review: NAME }),
  ownerName: createPgNameSchema().meta({
    description: "Role that owns the database. A change hands it over.",
    review: {
      rule: "database-owner-changed",
      severity: "medium",
      direction: "opens",
      when: isChanged,
      message: "Another role owns the database: it may read, change and drop everything in it.",
      remedy: "Approve it if that role is to own the data.",
    },
  }),
});

export const review: LifecycleReview = {
  onDelete: () => ({ ...DATA_DESTROYED, message: "The database is dropped with its data." }),
};

export const outputs = z.object({});
