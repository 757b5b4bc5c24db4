import type { z } from "zod";
import { BranchesPage, BranchOperations, BranchResponse, CreatedBranch } from "@palisade/neon/contract/wire/branch";
import { Operations } from "@palisade/neon/contract/wire/common";
import { CreatedSnapshot, RestoredSnapshot } from "@palisade/neon/contract/wire/snapshot";
import { sharedPlane, startPlane } from "../support/plane.js";

/** What becomes of a branch that was made of a snapshot: when it is reset, and when it takes the place of a protected one. */
const plane = sharedPlane();

/** A branch with the rows of a snapshot of the default branch, in whose place it stands when `finalize_restore` is true. */
async function restored(finalize_restore: boolean, { api } = plane) {
  const { project, branch: main } = await api.project();
  const at = `/projects/${project.id}`;
  const { snapshot } = await api.ok(CreatedSnapshot, "POST", `${at}/branches/${main.id}/snapshot`);
  await api.settled(project.id);
  const { branch } = await api.ok(RestoredSnapshot, "POST", `${at}/snapshots/${snapshot.id}/restore`, { finalize_restore });
  await api.settled(project.id);
  const read = async (id: string) => (await api.ok(BranchResponse, "GET", `${at}/branches/${id}`)).branch;
  const reset = async (source_branch_id: string, asked: { preserve_under_name?: string; source_timestamp?: string } = {}) => {
    await api.ok(BranchOperations, "POST", `${at}/branches/${branch.id}/restore`, { source_branch_id, ...asked });
    await api.settled(project.id);
    const { branches } = await api.ok(BranchesPage, "GET", `${at}/branches`);
    return { branch: await read(branch.id), preserved: branches.find(({ name }) => name === asked.preserve_under_name) };
  };
  return { at, project, main, snapshot, branch, read, reset };
}

const origin = ({ restore_status, restored_from, restored_as }: z.output<typeof BranchResponse>["branch"]) => ({
  restore_status,
  restored_from,
  restored_as,
});

describe("a branch that is reset has the rows of its source, and says no longer that it was restored", () => {
  const NONE = { restore_status: undefined, restored_from: undefined, restored_as: undefined };

  test("so it cannot take the place it was restored for", async () => {
    const { at, main, branch, reset } = await restored(false);
    expect(origin(branch)).toMatchObject({ restore_status: "restored", restored_as: main.id });
    expect(origin((await reset(main.id)).branch)).toEqual(NONE);
    const refused = await plane.api.refused("POST", `${at}/branches/${branch.id}/finalize_restore`, {});
    expect([refused.status, refused.message]).toEqual([422, expect.stringContaining(branch.id)]);
  });

  test("and the preserved state, whose rows are the restored ones, may take it instead", async () => {
    const { at, project, main, snapshot, reset, read } = await restored(false);
    const { branch, preserved } = await reset(main.id, { preserve_under_name: "kept" });
    expect(origin(branch)).toEqual(NONE);
    expect(preserved && origin(preserved)).toEqual({ restore_status: "restored", restored_from: snapshot.id, restored_as: main.id });
    await plane.api.ok(Operations, "POST", `${at}/branches/${preserved?.id ?? ""}/finalize_restore`, {});
    await plane.api.settled(project.id);
    expect(await read(preserved?.id ?? "")).toMatchObject({ name: main.name, default: true, restore_status: "finalized" });
  });

  test("where the place was taken, the preserved state says whose rows it has, and not that it holds the place", async () => {
    const { at, main, snapshot, reset, read } = await restored(true);
    const { branch, preserved } = await reset(main.id, { preserve_under_name: "kept" });
    expect([branch.name, branch.default, origin(branch)]).toEqual([main.name, true, NONE]);
    expect(preserved && origin(preserved)).toEqual({ ...NONE, restored_from: snapshot.id, restored_as: main.id });
    const refused = await plane.api.refused("POST", `${at}/branches/${preserved?.id ?? ""}/finalize_restore`, {});
    expect(refused.status).toBe(422);
    expect((await read(main.id)).name).toBe(`${main.name} (old)`);
  });

  test("and so does one that is reset to a moment of its own past", async () => {
    const { branch, reset } = await restored(true);
    const own = await reset(branch.id, { preserve_under_name: "kept", source_timestamp: branch.created_at });
    expect([own.branch.parent_id, origin(own.branch)]).toEqual([own.preserved?.id, NONE]);
  });
});

test("no protection is lost by finalizing, whatever the plan's count of protected branches", async () => {
  const launch = await startPlane({ plan: "launch" });
  try {
    const { at, project, main, branch, read } = await restored(false, launch);
    const protect = async (id: string) => (await launch.api.call("PATCH", `${at}/branches/${id}`, { branch: { protected: true } })).status;
    const { branch: other } = await launch.api.ok(CreatedBranch, "POST", `${at}/branches`);
    await launch.api.settled(project.id);
    expect([await protect(main.id), await protect(other.id), await protect(branch.id)]).toEqual([200, 200, 422]);
    await launch.api.ok(Operations, "POST", `${at}/branches/${branch.id}/finalize_restore`, {});
    await launch.api.settled(project.id);
    const protection = await Promise.all([main, other, branch].map(async ({ id }) => (await read(id)).protected));
    expect(protection).toEqual([true, true, true]);
  } finally {
    await launch.stop();
  }
});
