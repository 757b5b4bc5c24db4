import type { z } from "zod";
import { PalisadeError } from "../../../contract/errors.js";
import { getLastPart } from "../../../contract/ids.js";
import type { Sql } from "../../client/sql.js";
import type { Properties, OwnershipTag } from "../../engine/define.js";
import { mayBeOfSameStack, createRenamedError } from "../../engine/nameConflicts.js";
import { defineResource, proveGoneFromProject } from "../shared/context.js";
import { type DatabaseLocation, runAsOwner } from "../../client/ownerSql.js";
import { generatePassword } from "../shared/password.js";
import { doc, inputs, outputs, review, rules } from "./schema.js";
import { buildPasswordChange, createRole, buildRoleDrop, type Grants, readGrants, readRoleState, buildStatements } from "./wire.js";

type Inputs = z.output<typeof inputs>;
interface GrantLocation extends DatabaseLocation {
  readonly roleName: string;
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
    const databases = await api.listDatabases(id.projectId, id.branchId);
    if (!databases?.some(({ name }) => name === id.databaseName)) return undefined;
    const declared = inputs.parse({ ...recorded, ...id });
    if (!declared.liveCheck) return { inputs: declared, outputs: {} };
    return runAsOwner(api, id, declared.grantorName, async (sql) =>
      (await readRoleState(sql, id)) ? { inputs: { ...declared, ...(await readGrants(sql, declared)) }, outputs: {} } : undefined,
    );
  },

  proveGone: proveGoneFromProject,

  async create({ api }, wanted, mark) {
    const id = { ...wanted, branchId: getLastPart(wanted.branchId) };
    const password = generatePassword();
    const madeRole = await runAsOwner(api, id, wanted.grantorName, async (sql) => {
      const made = await ensureRole(sql, wanted, id, { password, tag: mark });
      for (const statement of buildStatements(wanted, undefined)) await sql.query(statement);
      return made;
    });
    return { id, createOnlyOutputs: { madeRole, ...(madeRole && wanted.revealPassword && { password }) } };
  },

  async update({ api }, id, wanted, _changed, live) {
    await runAsOwner(api, id, wanted.grantorName, async (sql) => {
      await readLimitedRole(sql, id);
      for (const statement of buildStatements(wanted, getGrants(live.inputs))) await sql.query(statement);
    });
    return undefined;
  },

  async remove({ api }, id, recorded) {
    const last = inputs.parse({ ...recorded, ...id });
    await runAsOwner(api, id, last.grantorName, async (sql) => {
      if (!(await readRoleState(sql, id))) return;
      for (const statement of buildStatements({ ...last, database: [], schemas: [], revokePublic: undefined }, last))
        await sql.query(statement);
      if (recorded["madeRole"] === true) await sql.query(buildRoleDrop(id.roleName));
    });
  },
});

const getGrants = (live: Properties): Grants => ({ database: [], schemas: (live as Partial<Inputs>).schemas ?? [] });

/** @throws PAL_ROLE_SUPERUSER when grants would have no effect on it */
async function readLimitedRole(sql: Sql, place: GrantLocation): Promise<{ ownershipTag: OwnershipTag | undefined } | undefined> {
  const state = await readRoleState(sql, place);
  if (state?.isSuperuser) throw new PalisadeError("PAL_ROLE_SUPERUSER", place.roleName);
  return state;
}

/**
 * Whether this declaration makes the role, now or in a run that could not record it; otherwise it is there, and stays when the grants go.
 * @throws PAL_RENAMED where another declaration of the stack has made it in this database: its removal would take the role away
 */
async function ensureRole(
  sql: Sql,
  wanted: Inputs,
  place: GrantLocation,
  { password, tag }: { password: string; tag: OwnershipTag },
): Promise<boolean> {
  const role = await readLimitedRole(sql, place);
  if (role === undefined) {
    await createRole(sql, place, password, tag);
    return true;
  }
  if (role.ownershipTag === undefined || !mayBeOfSameStack(role.ownershipTag, tag)) return false;
  if (role.ownershipTag.managedBy !== tag.managedBy)
    throw createRenamedError({ kind: "RoleGrants", id: ID }, { id: place, ownershipTag: role.ownershipTag }, tag);
  // Without the id in it a stack of the same name elsewhere may have made it: the role is not taken, and keeps its password.
  if (tag.stackId === undefined || role.ownershipTag.stackId !== tag.stackId) return false;
  if (wanted.revealPassword) await sql.query(buildPasswordChange(place.roleName, password));
  return true;
}
