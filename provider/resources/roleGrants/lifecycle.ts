import type { z } from "zod";
import { PalisadeError } from "../../../contract/errors.js";
import { lastPart } from "../../../contract/ids.js";
import type { NeonApi } from "../../client/api.js";
import { inTransaction, type Sql } from "../../client/sql.js";
import type { Bag, Mark } from "../../engine/define.js";
import { mayBeOfOneStack, renamedFrom } from "../../engine/held.js";
import { defineResource, goneFromProject } from "../context.js";
import { generatePassword } from "../password.js";
import { doc, inputs, outputs, review, rules } from "./schema.js";
import { changePassword, createRole, dropRole, type Grants, readGrants, roleState, statements } from "./wire.js";

type Inputs = z.output<typeof inputs>;
interface Place {
  projectId: string;
  branchId: string;
  databaseName: string;
  roleName: string;
}

const ID = "{projectId}/{branchId}/{databaseName}/{roleName}";

export const roleGrants = defineResource({
  kind: "RoleGrants",
  doc,
  inputs,
  outputs,
  rules,
  review,
  id: ID,
  declares: "its object",
  follows: { create: ["Database", "Role", "RotatingRole"], remove: [] },

  /** Without `liveCheck` what was applied last; the database itself is looked at in any case. */
  async observe({ api }, id, recorded) {
    const databases = await api.databases(id.projectId, id.branchId);
    if (!databases?.some(({ name }) => name === id.databaseName)) return undefined;
    const declared = inputs.parse({ ...recorded, ...id });
    if (!declared.liveCheck) return { inputs: declared, outputs: {} };
    return withSql(api, id, declared.grantorName, async (sql) =>
      (await roleState(sql, id)) ? { inputs: { ...declared, ...(await readGrants(sql, declared)) }, outputs: {} } : undefined,
    );
  },

  proveGone: goneFromProject,

  async create({ api }, wanted, mark) {
    const id = { ...wanted, branchId: lastPart(wanted.branchId) };
    const password = generatePassword();
    const madeRole = await withSql(api, id, wanted.grantorName, async (sql) => {
      const made = await makeRole(sql, wanted, id, { password, mark });
      for (const statement of statements(wanted, undefined)) await sql.query(statement);
      return made;
    });
    return { id, once: { madeRole, ...(madeRole && wanted.revealPassword && { password }) } };
  },

  async update({ api }, id, wanted, _changed, live) {
    await withSql(api, id, wanted.grantorName, async (sql) => {
      await limitedRole(sql, id);
      for (const statement of statements(wanted, grantsOf(live.inputs))) await sql.query(statement);
    });
    return undefined;
  },

  async remove({ api }, id, recorded) {
    const last = inputs.parse({ ...recorded, ...id });
    await withSql(api, id, last.grantorName, async (sql) => {
      if (!(await roleState(sql, id))) return;
      for (const statement of statements({ ...last, database: [], schemas: [], revokePublic: undefined }, last)) await sql.query(statement);
      if (recorded["madeRole"] === true) await sql.query(dropRole(id.roleName));
    });
  },
});

const grantsOf = (live: Bag): Grants => ({ database: [], schemas: (live as Partial<Inputs>).schemas ?? [] });

/** @throws PAL_ROLE_MIGHTY when grants would mean nothing to it */
async function limitedRole(sql: Sql, place: Place): Promise<{ mark: Mark | undefined } | undefined> {
  const state = await roleState(sql, place);
  if (state?.mighty) throw new PalisadeError("PAL_ROLE_MIGHTY", place.roleName);
  return state;
}

/**
 * Whether this declaration makes the role, now or in a run that could not record it; otherwise it is there, and stays when the grants go.
 * @throws PAL_RENAMED where another declaration of the stack has made it in this database: its removal would take the role away
 */
async function makeRole(sql: Sql, wanted: Inputs, place: Place, { password, mark }: { password: string; mark: Mark }): Promise<boolean> {
  const role = await limitedRole(sql, place);
  if (role === undefined) {
    await createRole(sql, place, password, mark);
    return true;
  }
  if (role.mark === undefined || !mayBeOfOneStack(role.mark, mark)) return false;
  if (role.mark.managedBy !== mark.managedBy) throw renamedFrom({ kind: "RoleGrants", id: ID }, { id: place, mark: role.mark }, mark);
  // Without the id in it a stack of the same name elsewhere may have made it: the role is not taken, and keeps its password.
  if (mark.stackId === undefined || role.mark.stackId !== mark.stackId) return false;
  if (wanted.revealPassword) await sql.query(changePassword(place.roleName, password));
  return true;
}

async function withSql<R>(api: NeonApi, place: Place, grantorName: string | undefined, work: (sql: Sql) => Promise<R>): Promise<R> {
  const { projectId, branchId, databaseName } = place;
  const owner = grantorName ?? (await api.databases(projectId, branchId))?.find(({ name }) => name === databaseName)?.owner_name;
  if (owner === undefined) throw new PalisadeError("PAL_NOT_FOUND", `database ${databaseName} of branch ${branchId}`);
  const uri = await api.connectionUri(projectId, branchId, databaseName, owner);
  if (new URL(uri).password === "") throw new PalisadeError("PAL_NO_PASSWORD", `role ${owner} of branch ${branchId}`);
  return inTransaction(uri, async (sql) => {
    // Two at once would change the same rows of the catalogue, which Postgres refuses.
    await sql.query("SELECT pg_advisory_xact_lock(hashtext('palisade.RoleGrants'))");
    return work(sql);
  });
}
