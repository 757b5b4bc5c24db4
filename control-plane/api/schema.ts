import { z } from "zod";
import type { Branch } from "@palisade/neon/contract/wire/branch";
import { BranchSchemaCompareResponse, BranchSchemaResponse } from "@palisade/neon/contract/wire/branchSchema";
import type { ReadDatabase } from "../computes/readDatabase.js";
import { readSchemaSql, readSchemaTables } from "../computes/databaseSchema.js";
import { Refusal, type RefusalName } from "../domain/refusals.js";
import { formatUnifiedDiff } from "../domain/unifiedDiff.js";
import type { Tx } from "../store/store.js";
import { getBranch, getDatabase } from "./pathObjects.js";
import { AfterCommitRead, defineRoute } from "./route.js";

const BRANCH = "/projects/:project_id/branches/:branch_id";
const Past = z.object({ lsn: z.string().optional(), timestamp: z.string().optional() });

/** What stands in a branch's own Postgres now, with a compute or without; no compute is started for it. */
export const schemaRoutes = [
  defineRoute({
    method: "GET",
    path: `${BRANCH}/schema`,
    who: "project",
    least: "viewer",
    effect: "read",
    query: Past.extend({ db_name: z.string(), format: z.enum(["sql", "json"]).default("sql") }),
    answers: { 200: BranchSchemaResponse },
    handle({ tx, project, params, query: { db_name, format, ...past } }) {
      assertNoPastMoment(past);
      const branch = getReadyBranch(tx, project.id, params.branch_id, db_name);
      return readFromPostgres(async (read) =>
        format === "json"
          ? { json: { tables: await read(branch.id, db_name, readSchemaTables) } }
          : { sql: await read(branch.id, db_name, readSchemaSql) },
      );
    },
  }),
  defineRoute({
    method: "GET",
    path: `${BRANCH}/compare_schema`,
    who: "project",
    least: "viewer",
    effect: "read",
    query: Past.extend({
      db_name: z.string(),
      base_branch_id: z.string().optional(),
      base_lsn: z.string().optional(),
      base_timestamp: z.string().optional(),
    }),
    answers: { 200: BranchSchemaCompareResponse },
    /** The base is the parent, unless another branch is named. */
    handle({ tx, project, params, query: { db_name, base_branch_id, ...past } }) {
      assertNoPastMoment(past);
      const branch = getReadyBranch(tx, project.id, params.branch_id, db_name);
      const baseId = base_branch_id ?? branch.parent_id;
      if (baseId === undefined) throw new Refusal("schemaNeedsBase");
      const base = getReadyBranch(tx, project.id, baseId, db_name);
      return readFromPostgres(async (read) => ({
        diff: formatUnifiedDiff(await readSchemaSide(read, base, db_name), await readSchemaSide(read, branch, db_name)),
      }));
    },
  }),
];

/** SQLSTATE of what Postgres may refuse here: a statement or a lock that took too long, and a database that is not made yet. */
const REFUSED: Readonly<Record<string, RefusalName>> = { "57014": "schemaLocked", "55P03": "schemaLocked", "3D000": "databaseNotFound" };

const readFromPostgres = (answer: (read: ReadDatabase) => Promise<unknown>) =>
  new AfterCommitRead((read) =>
    answer(read).catch((error: unknown) => {
      const reason = REFUSED[(error as { code?: string }).code ?? ""];
      throw reason ? new Refusal(reason) : error;
    }),
  );

const readSchemaSide = async (read: ReadDatabase, { id }: Branch, database: string) => ({
  name: `Database: ${database} (Branch: ${id})`,
  text: await read(id, database, readSchemaSql),
});

function assertNoPastMoment(past: Readonly<Record<string, string | undefined>>): void {
  const [parameter] = Object.entries(past).find(([, value]) => value !== undefined) ?? [];
  if (parameter !== undefined) throw new Refusal("schemaPast", { parameter });
}

function getReadyBranch(tx: Tx, projectId: string, id: string, database: string): Branch {
  const branch = getBranch(tx, projectId, id);
  getDatabase(tx, branch.id, database);
  if (branch.current_state !== "ready") throw new Refusal("branchNotReady");
  return branch;
}
