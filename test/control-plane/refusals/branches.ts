import { CreatedBranch } from "@palisade/neon/contract/wire/branch";
import { OperationsPage } from "@palisade/neon/contract/wire/common";
import { hasOperationFailed } from "../../../contract/operations.js";
import type { Answer } from "../../support/plane.js";
import { until } from "../../support/until.js";
import { api, free, freeProject, mainBranch, parentAndChild, plane, PROTECTED, type Provocations, world } from "./scene.js";

/** Branches and snapshots. */
export const BRANCHES = {
  eraseRefused: async () => {
    const { project, parent } = await parentAndChild();
    return api.refused("POST", `/x-palisade${project}/branches/${parent}/erase`);
  },
  eraseNeedsPostgres: async () => {
    const { project } = await api.project();
    return api.refused("POST", `/x-palisade/projects/${project.id}/erase?dry_run=true`);
  },
  branchNotFound: () => world("GET", "branches/br-no-such-a0000000"),
  branchExists: () => world("POST", "branches", { branch: { name: "kept" } }),
  branchNotReady: async () => {
    await api.call("POST", "/x-palisade/test/operations/fail", { action: "create_timeline", times: 3 });
    const { body } = await api.call("POST", "/projects", { project: { org_id: plane.ready.orgId } });
    const { id } = (body as { project: { id: string } }).project;
    await until("the operation fails", async () => {
      const { operations } = await api.ok(OperationsPage, "GET", `/projects/${id}/operations`);
      return operations.some(({ status }) => hasOperationFailed(status));
    });
    await api.settled(id);
    return api.refused("POST", `/projects/${id}/branches`, {});
  },
  branchesLimit: async () => {
    const project = await freeProject();
    for (let count = 1; count < 10; count++) await free.api.ok(CreatedBranch, "POST", `${project}/branches`);
    return free.api.refused("POST", `${project}/branches`);
  },
  rootBranchesLimit: async () => {
    const project = await freeProject();
    const body = { branch: { init_source: "schema-only" } };
    for (let count = 1; count < 3; count++) await free.api.ok(CreatedBranch, "POST", `${project}/branches`, body);
    return free.api.refused("POST", `${project}/branches`, body);
  },
  protectedBranchesLimit: async () => {
    const { project } = await api.project();
    for (let count = 0; count < 5; count++)
      await api.ok(CreatedBranch, "POST", `/projects/${project.id}/branches`, { branch: { protected: true } });
    return api.refused("POST", `/projects/${project.id}/branches`, { branch: { protected: true } });
  },
  protectedExpiry: () => world("PATCH", `branches/${PROTECTED}`, { branch: { expires_at: "2100-01-01T00:00:00Z" } }),
  defaultExpiry: async () => world("PATCH", `branches/${await mainBranch()}`, { branch: { expires_at: "2100-01-01T00:00:00Z" } }),
  expiryPast: () => world("POST", "branches", { branch: { expires_at: "2001-01-01T00:00:00Z" } }),
  unknownInitSource: () => world("POST", "branches", { branch: { init_source: "nowhere" } }),
  momentTwice: () => world("POST", "branches", { branch: { parent_timestamp: "2100-01-01T00:00:00Z", parent_lsn: "0/1DE2850" } }),
  momentAhead: () => world("POST", "branches", { branch: { parent_timestamp: "2100-01-01T00:00:00Z" } }),
  momentBefore: () => world("POST", "branches", { branch: { parent_timestamp: "2001-01-01T00:00:00Z" } }),
  deletesProtected: () => world("DELETE", `branches/${PROTECTED}`),
  deletesDefault: async () => world("DELETE", `branches/${await mainBranch()}`),
  deletesRoot: async () => {
    const { project, branch } = await api.project();
    const child = await api.ok(CreatedBranch, "POST", `/projects/${project.id}/branches`);
    await api.call("POST", `/projects/${project.id}/branches/${child.branch.id}/set_as_default`);
    return api.refused("DELETE", `/projects/${project.id}/branches/${branch.id}`);
  },
  deletesParent: async () => {
    const { project, parent } = await parentAndChild();
    return api.refused("DELETE", `${project}/branches/${parent}`);
  },
  resetsProtected: async () => world("POST", `branches/${PROTECTED}/restore`, { source_branch_id: await mainBranch() }),
  restoreNeedsName: async () => {
    const { project, parent, root } = await parentAndChild();
    return api.refused("POST", `${project}/branches/${parent}/restore`, { source_branch_id: root });
  },
  restoreFromItself: async () => {
    const { project, child } = await parentAndChild();
    return api.refused("POST", `${project}/branches/${child}/restore`, { source_branch_id: child });
  },
  branchNotRecoverable: () => world("POST", `branches/${PROTECTED}/recover`),
  parentDeleted: async () => {
    const { project, parent, child } = await parentAndChild();
    for (const id of [child, parent]) expect((await api.call("DELETE", `${project}/branches/${id}`)).status).toBe(200);
    return api.refused("POST", `${project}/branches/${child}/recover`);
  },

  snapshotNotFound: () => world("DELETE", "snapshots/snap-no-such-a0000000"),
  snapshotOfChild: async () => {
    const { project, child } = await parentAndChild();
    return api.refused("POST", `${project}/branches/${child}/snapshot`);
  },
  snapshotsLimit: async () => {
    const { project, branch } = await api.project();
    for (let number = 0; number < 10; number++) expect((await snapshotOf(project.id, branch.id)).status).toBe(200);
    return api.refused("POST", `/projects/${project.id}/branches/${branch.id}/snapshot`);
  },
  snapshotSlugExists: async () => {
    const { project, branch } = await api.project();
    expect((await snapshotOf(project.id, branch.id, "?slug=one")).status).toBe(200);
    return api.refused("POST", `/projects/${project.id}/branches/${branch.id}/snapshot?slug=one`);
  },
  notRestored: async () => world("POST", `branches/${await mainBranch()}/finalize_restore`),
} satisfies Provocations;

async function snapshotOf(project: string, branch: string, query = ""): Promise<Answer> {
  const answer = await api.call("POST", `/projects/${project}/branches/${branch}/snapshot${query}`);
  await api.settled(project);
  return answer;
}
