import { formatErrorMessage } from "@palisade/neon/contract/errors";
import { buildGrants } from "@palisade/neon/contract/grantStatements";
import type { Clock } from "../clock.js";
import { omit } from "../domain/values.js";
import type { StoredTemporaryAccess } from "../store/kinds.js";
import type { Store } from "../store/store.js";
import type { DesiredState, RejectedObject } from "./reconcile.js";
import type { RunTenantSql } from "./tenantSql.js";

interface GrantContext {
  readonly store: Store;
  readonly clock: Clock;
  readonly desired: DesiredState;
  readonly access: readonly StoredTemporaryAccess[];
  /** Of the roles. */
  readonly findings: readonly RejectedObject[];
}

/**
 * Gives temporary roles what was approved, once, with the power of the owner of the database and no more. What Postgres refuses of it refuses all
 * of it: the access has a problem and its role nothing.
 */
export async function grantAccess(context: GrantContext, within: RunTenantSql): Promise<RejectedObject[]> {
  const problems: RejectedObject[] = [];
  for (const access of context.access.filter(({ granted_at }) => granted_at === undefined)) {
    const object = `role ${JSON.stringify(access.name)}`;
    const before = context.findings.find((finding) => finding.object === object)?.error;
    const problem = before ?? (await grant(context, access, within));
    recordOutcome(context, access, problem);
    if (before === undefined && problem !== undefined) problems.push({ object, error: problem });
  }
  return problems;
}

async function grant({ desired }: GrantContext, access: StoredTemporaryAccess, within: RunTenantSql): Promise<string | undefined> {
  const owner = desired.databases.find(({ name }) => name === access.database_name)?.owner;
  if (owner === undefined) return `there is no database ${JSON.stringify(access.database_name)}`;
  const statements = buildGrants(access.privileges, access.database_name, access.name);
  try {
    await within(access.database_name, [owner], async (client) => {
      await client.query("BEGIN");
      for (const statement of statements) await client.query(statement);
      await client.query("COMMIT");
    });
    return undefined;
  } catch (error) {
    return formatErrorMessage(error);
  }
}

function recordOutcome({ store, clock }: GrantContext, { nonce }: StoredTemporaryAccess, problem: string | undefined): void {
  store.transact((tx) => {
    const now = tx.get("temporary_access", nonce);
    if (!now || now.ended_at !== undefined) return;
    const rest = omit(now, "problem");
    tx.put("temporary_access", problem === undefined ? { ...rest, granted_at: clock.formatNow() } : { ...rest, problem });
  });
}
