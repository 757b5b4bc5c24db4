import { canonicalizeJson } from "@palisade/neon/contract/canonicalJson";
import { isPalisadeError } from "@palisade/neon/contract/errors";
import type { Branch } from "@palisade/neon/contract/wire/branch";
import type { CertificateBody, Erasure, ErasureCertificate, ErasureRefusal } from "@palisade/neon/contract/wire/erasure";
import type { Eraser } from "../computes/eraser.js";
import { isActive } from "../domain/computes.js";
import { Refusal } from "../domain/refusals.js";
import type { PlaneSigner } from "../encryption/planeSigner.js";
import type { StoredProject } from "../store/kinds.js";
import type { Tx } from "../store/store.js";

/** What is asked for. */
export interface ErasureRequest {
  readonly project: StoredProject;
  /** Undefined: the whole project. */
  readonly branch: Branch | undefined;
  /** Branches that have copies of its rows are erased, too. Default: then it is refused. */
  readonly withCopies: boolean;
}

/** What the store alone says of it. */
export interface ErasurePlan {
  readonly project: StoredProject;
  readonly branches: readonly string[];
  readonly refused: readonly ErasureRefusal[];
}

/** The branches that are meant, and why they cannot be erased, as far as documents tell. */
export function planErasure(tx: Tx, { project, branch, withCopies }: ErasureRequest): ErasurePlan {
  const all = tx.list("branch", { where: { project: project.id }, deleted: "with" });
  const copies = branch ? listDescendants(tx, branch.id, all) : [];
  const meant = branch ? [branch, ...(withCopies ? copies : [])] : all;
  const running = meant.filter(({ id }) => tx.list("endpoint", { where: { branch: id } }).some(isActive));
  return {
    project,
    branches: meant.map(({ id }) => id),
    refused: [
      ...running.map(({ id }) => createRunningRefusal(id)),
      ...(withCopies ? [] : copies.map(({ id, name }) => createCopyRefusal(id, `branch ${name}`))),
    ],
  };
}

/** Branches made of it, or of one of its snapshots, and those made of them: each has its rows. */
function listDescendants(tx: Tx, id: string, all: readonly Branch[]): Branch[] {
  const found = new Map<string, Branch>();
  const sourcesOf = (branch: Branch): (string | undefined)[] => {
    const snapshot = branch.restored_from === undefined ? undefined : tx.get("snapshot", branch.restored_from);
    return [branch.parent_id, tx.getSealed("branch", branch.id)?.source, branch.restored_from, snapshot?.source_branch_id];
  };
  for (let before = -1; before !== found.size;) {
    before = found.size;
    for (const branch of all)
      if (branch.id !== id && sourcesOf(branch).some((source) => source === id || found.has(source ?? ""))) found.set(branch.id, branch);
  }
  return [...found.values()];
}

const createRunningRefusal = (id: string): ErasureRefusal => ({
  reason: "running",
  branch_id: id,
  message: `the compute of ${id} runs, and its data lies in files: suspend it first`,
});
const createCopyRefusal = (id: string, what: string): ErasureRefusal => ({
  reason: "copy",
  branch_id: id,
  message: `${what} (${id}) has its rows: ask for with_copies to erase them, too`,
});

/** What erases, and what says so. */
export interface ErasureTools {
  readonly eraser: Eraser;
  readonly signer: PlaneSigner;
}

/** @throws eraseRefused for what the plan refuses */
export function assertErasable({ refused }: Pick<ErasurePlan, "refused">): void {
  if (refused.length > 0) throw new Refusal("eraseRefused", { reasons: refused.map(({ message }) => message).join("; ") });
}

/** Where the data of the branches is kept, and what erasing them would reach. Changes nothing. */
export async function previewErasure(
  { eraser: erasing, signer }: ErasureTools,
  { project, branches, refused }: ErasurePlan,
): Promise<Erasure> {
  const sharers = await erasing.listDependentBranches(branches);
  const running = branches.filter((id) => erasing.isRunning(id)).map(createRunningRefusal);
  const sharing = sharers.map((id) => createCopyRefusal(id, "a branch"));
  const known = new Set(refused.map(({ reason, branch_id }) => `${reason} ${branch_id}`));
  const others = [...running, ...sharing].filter(({ reason, branch_id }) => !known.has(`${reason} ${branch_id}`));
  return {
    project_id: project.id,
    branches: [...branches],
    dry_run: true,
    objects: [...(await erasing.listSealedCopies(branches))],
    refused: [...refused, ...others],
    not_reached: listNotReached(erasing.listSharedObjectOwners(branches)),
    fingerprint: signer.fingerprint,
  };
}

/** Destroys the keys, proves it, and certifies it. @throws eraseRefused */
export async function performErasure(
  tools: ErasureTools,
  plan: ErasurePlan,
  { by, at }: { by: CertificateBody["by"]; at: string },
): Promise<Erasure> {
  const look = await previewErasure(tools, plan);
  assertErasable(look);
  const { keys, objects } = await tools.eraser.erase(plan.branches).catch((error: unknown) => {
    // Before any key was destroyed: one that cannot be used to seal, or a compute that was started meanwhile.
    if (isPalisadeError(error)) throw new Refusal("eraseRefused", { reasons: error.message });
    throw error;
  });
  const body: CertificateBody = {
    organization_id: plan.project.org_id ?? "",
    project_id: plan.project.id,
    branches: [...plan.branches],
    erased_at: at,
    by,
    erasure_keys: [...keys],
    objects: [...objects],
    proof: { tried: objects.length, opened: 0 },
    not_reached: look.not_reached,
  };
  return { ...look, dry_run: false, objects: [...objects], certificate: signCertificate(tools.signer, body) };
}

const signCertificate = (signer: PlaneSigner, body: CertificateBody): ErasureCertificate => ({
  version: 1,
  body,
  ...signer.sign(canonicalizeJson(body)),
});

/** No key opens these, so none can take them away. */
const listNotReached = (lenders: readonly string[]): string[] => [
  ...lenders.map((id) => `the sealed data that was shared with ${id}: it stays there, under the key of that branch`),
  "blocks of the disk that held files of computes while these ran, until the file system writes over them",
  "the log that branches began in, which is of the branch that they were made of",
  "what clients have read, dumped or copied elsewhere",
];
