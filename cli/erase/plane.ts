import type { Account } from "../../contract/account.js";
import { PalisadeError } from "../../contract/errors.js";
import { BranchId, ProjectId } from "../../contract/ids.js";
import { type Erasure, ErasureResponse } from "../../contract/wire/erasure.js";
import { Limiter } from "../../provider/client/limits.js";
import { transport } from "../../provider/client/transport.js";
import { sessionOf } from "../../provider/sessions.js";
import { isNeon } from "../planeStatus.js";

export interface Asked {
  readonly kind: "branch" | "project";
  /** `project/branch` names a branch at once; a branch alone is looked for in every project of the key. */
  readonly id: string;
  readonly withCopies: boolean;
  readonly dryRun: boolean;
}

/** Asks an embedded plane. @throws PAL_BAD_ID, PAL_NOT_A_PLANE where something else answers, and what the plane refuses */
export async function askErasure(account: Account, { kind, id, withCopies, dryRun }: Asked): Promise<Erasure> {
  if (isNeon(account)) throw notAPlane(account);
  const path = kind === "project" ? `projects/${mustBe(ProjectId, id, id)}` : await branchPath(account, id);
  const call = transport({ apiKey: account.apiKey, limiter: new Limiter() });
  const url = `${account.apiUrl}/x-palisade/${path}/erase?with_copies=${withCopies}&dry_run=${dryRun}`;
  const answer = await call(new Request(url, { method: "POST" }));
  const read = ErasureResponse.safeParse(await answer.json());
  if (!read.success) throw notAPlane(account);
  return read.data.erasure;
}

async function branchPath(account: Account, id: string): Promise<string> {
  const parts = id.split("/");
  if (parts.length > 2) throw new PalisadeError("PAL_BAD_ID", `${id} is neither a branch nor project/branch`);
  const branch = mustBe(BranchId, parts.at(-1), id);
  const project = parts.length === 2 ? mustBe(ProjectId, parts[0], id) : await projectOf(account, branch);
  return `projects/${project}/branches/${branch}`;
}

/** Before it becomes a part of an address: `..` for a branch would make the call one about its whole project. */
function mustBe(form: typeof ProjectId | typeof BranchId, part: string | undefined, id: string): string {
  const read = form.safeParse(part);
  if (!read.success) throw new PalisadeError("PAL_BAD_ID", `${id} ${read.error.issues[0]?.message ?? ""}`);
  return read.data;
}

async function projectOf(account: Account, branchId: string): Promise<string> {
  const session = sessionOf(account, undefined, new AbortController().signal);
  for (const project of await session.ctx.api.projects((await session.origin()).accountId)) {
    const { branches } = await session.ctx.api.branches(project.id);
    if (branches.some(({ id }) => id === branchId)) return project.id;
  }
  throw new PalisadeError("PAL_NOT_FOUND", `no project that the key can see has the branch ${branchId}`);
}

const notAPlane = ({ apiUrl }: Account): PalisadeError => new PalisadeError("PAL_NOT_A_PLANE", apiUrl);
