import { z } from "zod";

/** Neon compares addresses as they are written. */
export const Email = z.email("is not an e-mail address such as ada@example.com").max(254, "must have at most 254 characters");
