import { randomBytes, timingSafeEqual } from "node:crypto";
import { type ComputeFacts, computeBranchReach, containsReach, type ProjectFacts } from "../../contract/reachability.js";
import { PalisadeError } from "../../contract/errors.js";
import type { Branch } from "../../contract/wire/branch.js";
import type { BackupSession } from "./session.js";
import { type BackupSource, toAdmitted } from "./source.js";
import { formatCompactTime, LONGEST_MS, parseCompactTime } from "./times.js";

/** A branch for a restore: the schema of the source and no row of it, with one compute. */
export interface NewBranch {
  readonly id: string;
  readonly name: string;
}

/**
 * Makes a branch with a compute that admits no more than the computes of the source do. It is protected from its first moment: where the list is for
 * protected branches alone, every other one admits everybody.
 * @throws PAL_BACKUP_OPENS before anything is made
 */
export async function createRestoreBranch({ api, tidyingApi }: BackupSession, source: BackupSource, name: string): Promise<NewBranch> {
  const { project, branch } = source;
  const { endpoints } = await api.listBranchComputes(project.id, branch.id);
  assertAdmitsNoMore(source, endpoints);
  const { answer, settle } = await api.createBranch(project.id, {
    branch: { name, parent_id: branch.id, protected: true, init_source: "schema-only" },
    endpoints: [{ type: "read_write" }],
  });
  try {
    await settle();
    if (answer.branch.protected) return { id: answer.branch.id, name: answer.branch.name };
    throw new PalisadeError("PAL_BACKUP_OPENS", `the API made ${name} without protecting it, and it was removed`);
  } catch (error) {
    await removeBranch(tidyingApi, project.id, answer.branch.id).catch(() => undefined);
    throw error;
  }
}

function assertAdmitsNoMore({ project, branch }: BackupSource, computes: readonly { id: string; disabled: boolean }[]): void {
  const { ips, protected_branches_only, block_public_connections, block_vpc_connections } = toAdmitted(project);
  const facts: ProjectFacts = {
    ips,
    protectedBranchesOnly: protected_branches_only,
    blockPublicConnections: block_public_connections,
    blockVpcConnections: block_vpc_connections,
    vpcRestrictions: [],
    // Which endpoints there are is the same for both: whether any is admitted is what may differ.
    assignedVpcEndpoints: ["any"],
  };
  const at = (id: string, disabled: boolean): ComputeFacts => ({ id, branchId: "branch", disabled });
  const reachOf = (isProtected: boolean, all: readonly ComputeFacts[]) =>
    computeBranchReach(facts, { id: "branch", protected: isProtected }, all);
  const before = reachOf(
    branch.protected,
    computes.map(({ id, disabled }) => at(id, disabled)),
  );
  if (containsReach(before, reachOf(true, [at("new", false)]))) return;
  throw new PalisadeError("PAL_BACKUP_OPENS", `no compute of ${branch.name} admits anybody now, and one of a new branch would`);
}

/** Closes first: only an unprotected branch can be removed, and its compute goes with it, so that is disabled while the branch is protected. */
export async function removeBranch(api: BackupSession["api"], projectId: string, branchId: string): Promise<void> {
  const { endpoints } = await api.listBranchComputes(projectId, branchId);
  for (const { id } of endpoints) await api.updateCompute(projectId, id, { endpoint: { disabled: true } });
  await api.updateBranch(projectId, branchId, { branch: { protected: false } });
  await api.deleteBranch(projectId, branchId);
  await api.waitForDeletions();
}

const PREFIX = "palisade-drill-";

/** A name that only who has the signing key can make: a branch of somebody else is never taken for a drill's. */
export function createScratchName({ signer, now }: Pick<BackupSession, "signer" | "now">, projectId: string): string {
  const word = `${formatCompactTime(now())}-${randomBytes(4).toString("hex")}`;
  return `${PREFIX}${word}-${signer.createTag(`${projectId} ${word}`)}`;
}

/**
 * Removes the branches of drills that were killed: those with a name of ours that are older than any drill takes, and that were made when the name
 * was: whoever may rename branches has seen such names, and must not have another one removed by it. @returns their names
 */
export async function removeScratchBranches({ api, signer, now }: BackupSession, projectId: string): Promise<string[]> {
  const { branches } = await api.listBranches(projectId);
  const left = branches.filter((branch) => isLeftOver(branch, projectId, { signer, now }));
  for (const { id } of left) await removeBranch(api, projectId, id);
  return left.map(({ name }) => name);
}

function isLeftOver(branch: Branch, projectId: string, { signer, now }: Pick<BackupSession, "signer" | "now">): boolean {
  const { name, created_at } = branch;
  if (!name.startsWith(PREFIX) || branch.default) return false;
  const at = name.lastIndexOf("-");
  const word = name.slice(PREFIX.length, at);
  const [tag, claimed] = [signer.createTag(`${projectId} ${word}`), name.slice(at + 1)].map((text) => Buffer.from(text));
  if (tag === undefined || claimed === undefined || tag.length !== claimed.length || !timingSafeEqual(tag, claimed)) return false;
  const begun = parseCompactTime(word);
  return now().getTime() - begun > LONGEST_MS && Math.abs(Date.parse(created_at) - begun) <= CLOCKS_MS;
}

/** How far the clocks of this machine and of the API may be apart, and what a verification before it takes. Milliseconds. */
const CLOCKS_MS = 3_600_000;
