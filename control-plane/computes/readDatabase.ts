import type { Client } from "pg";

/** Runs SQL without any power in a database of a branch, and starts no compute for it. Throws what Postgres says. */
export type ReadDatabase = <R>(branchId: string, database: string, work: (client: Client) => Promise<R>) => Promise<R>;
