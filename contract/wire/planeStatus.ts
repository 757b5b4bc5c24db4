import { z } from "zod";
import { CustomerManagedKey } from "./customerManagedKey.js";

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
  /** The address that the proxy listens on: where names of computes do not resolve, a client is told it instead. Null where no Postgres runs. */
  address: z.string().nullable().optional(),
  /** What the names of computes end with (`<id>.db.localhost`), whether names resolve here or not. */
  domain: z.string().optional(),
  /** A path on the plane's machine. */
  data_directory: z.string().optional(),
  /**
   * `mode`: whether everything is sealed while no compute uses it, or the data of projects with a key of their own. `unsealed`: of the projects that
   * the key can see, branches and snapshots that could not be sealed yet. Absent in earlier versions.
   */
  sealing: z
    .object({
      mode: z.enum(["all", "keyed"]),
      core_dumps: z.enum(["off", "on"]),
      unsealed: z.array(z.object({ project_id: z.string(), branch_id: z.string() })),
    })
    .optional(),
  /** What the audit has of statements of temporary access. Null where nobody may approve one; absent in earlier versions. */
  statements: z.enum(["normalised", "length"]).nullish(),
  /** Of the computes that the key can see, those with open sessions, and how many. */
  sessions: z.array(z.object({ project_id: z.string(), endpoint_id: z.string(), count: z.number() })).optional(),
  /** Of the projects that the key can see, those with a key of their own. `key`: an ARN, or the address of a vault's key. */
  customer_keys: z
    .array(z.object({ project_id: z.string(), key: z.string(), state: CustomerManagedKey.shape.state, reason: z.string().optional() }))
    .optional(),
});
export type PlaneStatus = z.infer<typeof PlaneStatus>;
