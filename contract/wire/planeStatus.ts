import { z } from "zod";

/** Where an embedded plane is reached by Postgres clients. `root_cert` is a path on the plane's machine. */
export const ProxyFacts = z.object({ port: z.number(), root_cert: z.string() });
export type ProxyFacts = z.infer<typeof ProxyFacts>;

/** `/x-palisade/status`: what the embedded plane tells of itself, beyond Neon's API. */
export const PlaneStatus = z.object({
  /** Major version, and whose it is: of the plane's own package or of the system. Null where none runs; absent in earlier versions. */
  postgres: z.object({ version: z.number(), origin: z.enum(["embedded", "system"]) }).nullish(),
  /** What holds passwords that are set by SQL: the whole rule, a least length only, or nothing. Null where no Postgres runs. */
  password_guard: z.enum(["hook", "passwordcheck", "none"]).nullable(),
  /** Null where no Postgres runs. */
  proxy: ProxyFacts.nullable(),
});
export type PlaneStatus = z.infer<typeof PlaneStatus>;
