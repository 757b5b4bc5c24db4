import { z } from "zod";

/** `/x-palisade/status`: what the embedded plane tells of itself, beyond Neon's API. */
export const PlaneStatus = z.object({
  /** What holds passwords that are set by SQL: the whole rule, a least length only, or nothing. Null where no Postgres runs. */
  password_guard: z.enum(["hook", "passwordcheck", "none"]).nullable(),
  /** Where computes are reached. Null where no Postgres runs. `root_cert` is a path on the plane's machine. */
  proxy: z.object({ port: z.number(), root_cert: z.string() }).nullable(),
});
export type PlaneStatus = z.infer<typeof PlaneStatus>;
