import { z } from "zod";

/** Inputs that every resource takes, filled or read by the engine alone. */
export const reserved = z.strictObject({
  account: z
    .string()
    .min(1)
    .optional()
    .meta({ description: "Name of the account in `palisade:accounts` to use; the main one when left out." }),
  adopt: z.string().min(1).optional().meta({
    description:
      "Id of an existing object to take over instead of making one. Refused when it differs from the program or belongs to another stack. May be removed after the first `up`.",
    onChange: "ignored",
  }),
  managedBy: z.string().meta({ description: "Who declares the resource: its logical URN. Filled by the SDK.", onChange: "ignored" }),
});
