import { z } from "zod";
import { RoleCreateRequest, RoleOperations, RolePasswordResponse, RoleResponse, RolesResponse } from "@palisade/neon/contract/wire/role";
import { buildConfigureSteps } from "../domain/computes.js";
import { Refusal } from "../domain/refusals.js";
import { canLogIn, assertRoleNew, assertOwnsNothing, createRole, addPassword } from "../domain/roles.js";
import { formatRoleId } from "../store/kinds.js";
import { getBranch, getRole, findReadWriteCompute } from "./pathObjects.js";
import { findPassword, putRole } from "../services/roles.js";
import { assertNotTemporary, endAccessOfRole } from "../services/temporaryAccess.js";
import { defineRoute } from "./route.js";

const ROLES = "/projects/:project_id/branches/:branch_id/roles";
const ROLE = `${ROLES}/:role_name` as const;

/** Without passwords, except in the answer of the call that created one. */
export const roleRoutes = [
  defineRoute({
    method: "GET",
    path: ROLES,
    who: "project",
    least: "viewer",
    effect: "read",
    answers: { 200: RolesResponse },
    handle: ({ tx, project, params }) => ({
      roles: tx.list("role", { where: { branch: getBranch(tx, project.id, params.branch_id).id } }),
    }),
  }),
  defineRoute({
    method: "POST",
    path: ROLES,
    who: "project",
    least: "editor",
    effect: "mutation",
    exclusive: true,
    body: RoleCreateRequest,
    answers: { 201: RoleOperations },
    handle({ tx, ids, at, project, params, body: { role: asked }, enqueue }) {
      const branch = getBranch(tx, project.id, params.branch_id);
      assertRoleNew(asked.name, tx.get("role", formatRoleId(branch.id, asked.name)), tx.count("role", { where: { branch: branch.id } }));
      const made = createRole(branch.id, asked.name, asked.no_login ?? false, at, ids);
      putRole(tx, project, made);
      return {
        role: addPassword(made),
        operations: enqueue(project.id, buildConfigureSteps(branch.id, findReadWriteCompute(tx, branch.id))),
      };
    },
  }),
  defineRoute({
    method: "GET",
    path: ROLE,
    who: "project",
    least: "viewer",
    effect: "read",
    answers: { 200: RoleResponse },
    handle: ({ tx, project, params }) => ({ role: getRole(tx, getBranch(tx, project.id, params.branch_id).id, params.role_name) }),
  }),
  defineRoute({
    method: "DELETE",
    path: ROLE,
    who: "project",
    least: "editor",
    effect: "mutation",
    exclusive: true,
    answers: { 200: RoleOperations, 204: z.undefined() },
    handle({ tx, at, project, params, enqueue }) {
      const branch = getBranch(tx, project.id, params.branch_id);
      const role = tx.get("role", formatRoleId(branch.id, params.role_name));
      if (!role) return undefined;
      assertOwnsNothing(role, tx.list("database", { where: { branch: branch.id } }));
      endAccessOfRole(tx, branch.id, role.name, at);
      tx.remove("role", formatRoleId(branch.id, role.name));
      return { role, operations: enqueue(project.id, buildConfigureSteps(branch.id, findReadWriteCompute(tx, branch.id))) };
    },
  }),
  defineRoute({
    method: "POST",
    path: `${ROLE}/reset_password`,
    who: "project",
    least: "editor",
    effect: "mutation",
    exclusive: true,
    answers: { 200: RoleOperations },
    handle({ tx, ids, at, project, params, enqueue }) {
      const branch = getBranch(tx, project.id, params.branch_id);
      const role = { ...getRole(tx, branch.id, params.role_name), updated_at: at };
      if (!canLogIn(role)) throw new Refusal("roleWithoutLogin", { role: role.name });
      assertNotTemporary(tx, branch.id, role.name, "give it again by its approval, which makes a new password");
      const changed = { role, password: ids.createPassword() };
      putRole(tx, project, changed);
      return {
        role: addPassword(changed),
        operations: enqueue(project.id, buildConfigureSteps(branch.id, findReadWriteCompute(tx, branch.id))),
      };
    },
  }),
  defineRoute({
    method: "GET",
    path: `${ROLE}/reveal_password`,
    who: "project",
    least: "editor",
    effect: "reveal",
    answers: { 200: RolePasswordResponse },
    handle({ tx, project, params }) {
      const role = getRole(tx, getBranch(tx, project.id, params.branch_id).id, params.role_name);
      if (!project.store_passwords) throw new Refusal("passwordsNotStored");
      const password = findPassword(tx, role);
      if (password === undefined) throw new Refusal("roleWithoutLogin", { role: role.name });
      return { password };
    },
  }),
];
