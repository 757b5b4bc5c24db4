import { BranchOperations, BranchRecoverResponse, BranchRestoreRequest } from "@palisade/neon/contract/wire/branch";
import { isRoot, mustFit, mustRemember, recovered, reset, setDefault } from "../domain/branches.js";
import { isActive, start, suspend } from "../domain/computes.js";
import { limitsOf } from "../domain/plans.js";
import { Refusal } from "../domain/refusals.js";
import { inherited } from "../domain/roles.js";
import { roleId } from "../store/kinds.js";
import { countsOf, mustHaveNoNamesake } from "./branches.js";
import { branchOf, defaultBranchOf } from "./find.js";
import { keepSalts, putRole, rolesOf, saltsOf } from "../operations/roles.js";
import { type Call, route } from "./route.js";
import type { Admitted } from "./access.js";

export const branchLifecycleRoutes = [
  route({
    method: "POST",
    path: "/projects/:project_id/branches/:branch_id/restore",
    who: "project",
    least: "editor",
    effect: "mutation",
    exclusive: true,
    body: BranchRestoreRequest,
    answers: { 200: BranchOperations },
    handle(call) {
      const { tx, at, project, params, body, enqueue, mint } = call;
      const branch = branchOf(tx, project.id, params.branch_id);
      const source = branchOf(tx, project.id, body.source_branch_id);
      const children = tx.list("branch", { where: { parent: branch.id } }).filter((child) => !isRoot(child));
      const { restored, preserved } = reset(branch, source, children, body, at, mint);
      mustRemember(source, { timestamp: body.source_timestamp, lsn: body.source_lsn }, project.history_retention_seconds, at);
      tx.put("branch", restored);
      if (preserved) {
        mustHaveNoNamesake(tx, preserved);
        mustFit(preserved, limitsOf(call.organization), countsOf(tx, project.id));
        tx.put("branch", preserved);
        copyContents(call, branch.id, preserved.id);
        for (const child of children) tx.put("branch", { ...child, parent_id: preserved.id, updated_at: at });
      }
      if (source.id !== branch.id) takeContents(call, source.id, source.protected, branch.id);
      const running = tx.list("endpoint", { where: { branch: branch.id } }).filter(isActive);
      const steps = [...running.map(suspend), { action: "create_branch" as const, branch_id: branch.id }, ...running.map(start)];
      return { branch: restored, operations: enqueue(project.id, steps) };
    },
  }),
  route({
    method: "POST",
    path: "/projects/:project_id/branches/:branch_id/set_as_default",
    who: "project",
    least: "editor",
    effect: "mutation",
    exclusive: true,
    answers: { 200: BranchOperations },
    handle({ tx, at, project, params }) {
      const was = defaultBranchOf(tx, project.id);
      const branch = branchOf(tx, project.id, params.branch_id);
      if (was.id === branch.id) return { branch, operations: [] };
      const now = setDefault(branch, true, at);
      tx.put("branch", setDefault(was, false, at));
      tx.put("branch", now);
      return { branch: now, operations: [] };
    },
  }),
  route({
    method: "POST",
    path: "/projects/:project_id/branches/:branch_id/recover",
    who: "project",
    least: "editor",
    effect: "mutation",
    exclusive: true,
    answers: { 200: BranchRecoverResponse },
    handle({ tx, hosts, at, project, organization, params }) {
      const branch = tx.get("branch", params.branch_id);
      if (branch?.project_id !== project.id) throw new Refusal("branchNotFound");
      if (!branch.recovery) throw new Refusal("branchNotRecoverable", { branch: branch.id });
      const parent = branch.parent_id === undefined || isRoot(branch) ? undefined : tx.get("branch", branch.parent_id);
      if (!isRoot(branch) && (!parent || parent.recovery)) throw new Refusal("parentDeleted", { parent: branch.parent_id ?? "" });
      const live = recovered(branch, at);
      mustHaveNoNamesake(tx, live);
      mustFit(live, limitsOf(organization), countsOf(tx, project.id));
      tx.put("branch", live);
      const computes = tx.list("deleted_endpoint", { where: { branch: branch.id } });
      for (const compute of computes) {
        tx.drop("deleted_endpoint", compute.id);
        tx.put("endpoint", compute);
      }
      return { branch: live, endpoints: computes.map(hosts.dress) };
    },
  }),
];

type Restoring = Pick<Call<string, unknown, unknown>, "tx" | "at" | "mint"> & Admitted["project"];

/** The state that is preserved keeps its roles, with their passwords, and its databases. */
function copyContents({ tx, at, mint, project }: Restoring, from: string, to: string): void {
  for (const role of rolesOf(tx, from)) putRole(tx, project, inherited(role, false, to, at, mint));
  for (const database of tx.list("database", { where: { branch: from } }))
    tx.put("database", { ...database, id: tx.number(), branch_id: to });
}

/** A reset brings the roles and databases of the source. From a protected source a role that is there already keeps its password. */
function takeContents(call: Restoring, from: string, fromProtected: boolean, to: string): void {
  const { tx, at, mint, project } = call;
  if (!fromProtected) keepSalts(tx, to, saltsOf(tx, from));
  const own = new Map(rolesOf(tx, to).map((each) => [each.role.name, each]));
  for (const name of own.keys()) tx.drop("role", roleId(to, name));
  for (const role of rolesOf(tx, from)) {
    const kept = fromProtected ? own.get(role.role.name) : undefined;
    putRole(tx, project, kept ?? inherited(role, fromProtected, to, at, mint));
  }
  // One of the same name stays the same database: a reset that fails must not have it dropped as one that is gone.
  const before = new Map(tx.list("database", { where: { branch: to } }).map(({ name, id }) => [name, id]));
  for (const id of before.values()) tx.drop("database", String(id));
  for (const database of tx.list("database", { where: { branch: from } }))
    tx.put("database", { ...database, id: before.get(database.name) ?? tx.number(), branch_id: to });
}
