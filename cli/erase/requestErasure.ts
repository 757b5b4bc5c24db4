import type { Account } from "../../contract/account.js";
import { PalisadeError } from "../../contract/errors.js";
import { BranchId, ProjectId } from "../../contract/ids.js";
import { type Erasure, ErasureResponse } from "../../contract/wire/erasure.js";
import { RateLimiter } from "../../provider/client/rateLimiter.js";
import { createTransport } from "../../provider/client/transport.js";
import { createSession } from "../../provider/sessions.js";
import { isNeon } from "../planeStatus.js";

export interface ErasureRequest {
  readonly kind: "branch" | "project";
  /** `project/branch` names a branch at once; a branch alone is looked for in every project of the key. */
  readonly id: string;
  readonly withCopies: boolean;
  readonly dryRun: boolean;
}

/** Asks an embedded plane. @throws PAL_BAD_ID, PAL_NOT_A_PLANE where something else answers, and what the plane refuses */
export async function requestErasure(account: Account, { kind, id, withCopies, dryRun }: ErasureRequest): Promise<Erasure> {
  if (isNeon(account)) throw createNotAPlaneError(account);
  const path = kind === "project" ? `projects/${assertId(ProjectId, id, id)}` : await buildBranchPath(account, id);
  const call = createTransport({ apiKey: account.apiKey, limiter: new RateLimiter() });
  const url = `${account.apiUrl}/x-palisade/${path}/erase?with_copies=${withCopies}&dry_run=${dryRun}`;
  const answer = await call(new Request(url, { method: "POST" }));
  const read = ErasureResponse.safeParse(await answer.json());
  if (!read.success) throw createNotAPlaneError(account);
  return read.data.erasure;
}

async function buildBranchPath(account: Account, id: string): Promise<string> {
  const parts = id.split("/");
  if (parts.length > 2) throw new PalisadeError("PAL_BAD_ID", `${id} is neither a branch nor project/branch`);
  const branch = assertId(BranchId, parts.at(-1), id);
  const project = parts.length === 2 ? assertId(ProjectId, parts[0], id) : await findProjectId(account, branch);
  return `projects/${project}/branches/${branch}`;
}

/** Before it becomes a part of an address: `..` for a branch would make the call one about its whole project. */
function assertId(form: typeof ProjectId | typeof BranchId, part: string | undefined, id: string): string {
  const read = form.safeParse(part);
  if (!read.success) throw new PalisadeError("PAL_BAD_ID", `${id} ${read.error.issues[0]?.message ?? ""}`);
  return read.data;
}

async function findProjectId(account: Account, branchId: string): Promise<string> {
  const session = createSession(account, undefined, new AbortController().signal);
  for (const project of await session.ctx.api.listProjects((await session.getOrigin()).accountId)) {
    const { branches } = await session.ctx.api.listBranches(project.id);
    if (branches.some(({ id }) => id === branchId)) return project.id;
  }
  throw new PalisadeError("PAL_NOT_FOUND", `no project that the key can see has the branch ${branchId}`);
}

const createNotAPlaneError = ({ apiUrl }: Account): PalisadeError => new PalisadeError("PAL_NOT_A_PLANE", apiUrl);
