import { z } from "zod";
import { RoleCreateRequest, RoleOperations, RolePasswordResponse, RoleResponse, RolesResponse } from "@palisade/neon/contract/wire/role";
import { configure } from "../domain/computes.js";
import { Refusal } from "../domain/refusals.js";
import { canLogIn, mustBeNew, mustOwnNothing, newRole, shownWithPassword } from "../domain/roles.js";
import { roleId } from "../store/kinds.js";
import { branchOf, roleOf, writerOf } from "./find.js";
import { passwordOf, putRole } from "../services/roles.js";
import { route } from "./route.js";

const ROLES = "/projects/:project_id/branches/:branch_id/roles";
const ROLE = `${ROLES}/:role_name` as const;

/** Without passwords, but from the call that made one. */
export const roleRoutes = [
  route({
    method: "GET",
    path: ROLES,
    who: "project",
    least: "viewer",
    effect: "read",
    answers: { 200: RolesResponse },
    handle: ({ tx, project, params }) => ({ roles: tx.list("role", { where: { branch: branchOf(tx, project.id, params.branch_id).id } }) }),
  }),
  route({
    method: "POST",
    path: ROLES,
    who: "project",
    least: "editor",
    effect: "mutation",
    exclusive: true,
    body: RoleCreateRequest,
    answers: { 201: RoleOperations },
    handle({ tx, mint, at, project, params, body: { role: asked }, enqueue }) {
      const branch = branchOf(tx, project.id, params.branch_id);
      mustBeNew(asked.name, tx.get("role", roleId(branch.id, asked.name)), tx.count("role", { where: { branch: branch.id } }));
      const made = newRole(branch.id, asked.name, asked.no_login ?? false, at, mint);
      putRole(tx, project, made);
      return { role: shownWithPassword(made), operations: enqueue(project.id, configure(branch.id, writerOf(tx, branch.id))) };
    },
  }),
  route({
    method: "GET",
    path: ROLE,
    who: "project",
    least: "viewer",
    effect: "read",
    answers: { 200: RoleResponse },
    handle: ({ tx, project, params }) => ({ role: roleOf(tx, branchOf(tx, project.id, params.branch_id).id, params.role_name) }),
  }),
  route({
    method: "DELETE",
    path: ROLE,
    who: "project",
    least: "editor",
    effect: "mutation",
    exclusive: true,
    answers: { 200: RoleOperations, 204: z.undefined() },
    handle({ tx, project, params, enqueue }) {
      const branch = branchOf(tx, project.id, params.branch_id);
      const role = tx.get("role", roleId(branch.id, params.role_name));
      if (!role) return undefined;
      mustOwnNothing(role, tx.list("database", { where: { branch: branch.id } }));
      tx.drop("role", roleId(branch.id, role.name));
      return { role, operations: enqueue(project.id, configure(branch.id, writerOf(tx, branch.id))) };
    },
  }),
  route({
    method: "POST",
    path: `${ROLE}/reset_password`,
    who: "project",
    least: "editor",
    effect: "mutation",
    exclusive: true,
    answers: { 200: RoleOperations },
    handle({ tx, mint, at, project, params, enqueue }) {
      const branch = branchOf(tx, project.id, params.branch_id);
      const role = { ...roleOf(tx, branch.id, params.role_name), updated_at: at };
      if (!canLogIn(role)) throw new Refusal("roleWithoutLogin", { role: role.name });
      const changed = { role, password: mint.password() };
      putRole(tx, project, changed);
      return { role: shownWithPassword(changed), operations: enqueue(project.id, configure(branch.id, writerOf(tx, branch.id))) };
    },
  }),
  route({
    method: "GET",
    path: `${ROLE}/reveal_password`,
    who: "project",
    least: "editor",
    effect: "reveal",
    answers: { 200: RolePasswordResponse },
    handle({ tx, project, params }) {
      const role = roleOf(tx, branchOf(tx, project.id, params.branch_id).id, params.role_name);
      if (!project.store_passwords) throw new Refusal("passwordsNotStored");
      const password = passwordOf(tx, role);
      if (password === undefined) throw new Refusal("roleWithoutLogin", { role: role.name });
      return { password };
    },
  }),
];
