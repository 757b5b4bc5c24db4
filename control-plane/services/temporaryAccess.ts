import { omitUndefined } from "@palisade/neon/contract/values";
import { LONGEST_ACCESS_DAYS, LONGEST_ACCESS_MS, isSamePerson } from "@palisade/neon/contract/temporaryAccess";
import type { TemporaryAccess } from "@palisade/neon/contract/wire/temporaryAccess";
import { Refusal } from "../domain/refusals.js";
import { formatRoleId, type StoredTemporaryAccess } from "../store/kinds.js";
import type { Tx } from "../store/store.js";

/** How long an access that has ended is remembered: its approval cannot be used again in that time, and after it says an end that is past. */
const REMEMBERED_MS = 30 * 86_400_000;

/** The access that a role has now. A role is temporary as long as there is one. */
export const findOpenAccess = (tx: Tx, branchId: string, role: string): StoredTemporaryAccess | undefined =>
  tx.list("temporary_access", { where: { branch: branchId, name: role } }).find(isOpen);

/** The one that a role has, or had last. */
export const findLatestAccess = (tx: Tx, branchId: string, role: string): StoredTemporaryAccess | undefined =>
  findOpenAccess(tx, branchId, role) ?? tx.findFirst("temporary_access", { where: { branch: branchId, name: role }, descending: true });

export const listOpenAccess = (tx: Tx, branchId: string): StoredTemporaryAccess[] =>
  tx.list("temporary_access", { where: { branch: branchId } }).filter(isOpen);

const isOpen = ({ ended_at }: StoredTemporaryAccess): boolean => ended_at === undefined;

/** Clocks are set right by a little; one that is set back further would prolong what ends by it. Milliseconds. */
const CLOCK_TOLERANCE_MS = 5 * 60_000;

/** Whether it is not the time of a role: it is over, whatever else was done about it yet, or it is before the role was made. */
export function isRoleOver(tx: Tx, branchId: string, role: string, nowMs: number): boolean {
  const access = findOpenAccess(tx, branchId, role);
  return access !== undefined && (Date.parse(access.until) <= nowMs || nowMs < Date.parse(access.created_at) - CLOCK_TOLERANCE_MS);
}

/** The role goes: from this commit on nobody logs in as it, and who watches the store ends its sessions. */
export function endAccess(tx: Tx, access: StoredTemporaryAccess, by: NonNullable<StoredTemporaryAccess["ended_by"]>, at: string): void {
  tx.remove("role", formatRoleId(access.branch_id, access.name));
  const rememberedUntil = new Date(Math.max(Date.parse(access.until), Date.parse(at)) + REMEMBERED_MS).toISOString();
  tx.put("temporary_access", { ...access, ended_at: at, ended_by: by, expires_at: rememberedUntil });
}

/** For whoever takes the project from the organisation in which it was approved. @returns branches whose roles are to be dropped */
export function endAccessOfProject(tx: Tx, projectId: string, at: string): ReadonlySet<string> {
  const open = tx.list("temporary_access", { where: { project: projectId } }).filter(isOpen);
  for (const access of open) endAccess(tx, access, "call", at);
  return new Set(open.map(({ branch_id }) => branch_id));
}

/** For whoever removes a role: another one of its name is not temporary. */
export function endAccessOfRole(tx: Tx, branchId: string, role: string, at: string): void {
  const access = findOpenAccess(tx, branchId, role);
  if (access) endAccess(tx, access, "role-removed", at);
}

/** A temporary role has what was approved and nothing else. @throws Refusal roleIsTemporary */
export function assertNotTemporary(tx: Tx, branchId: string, role: string, remedy: string): void {
  if (findOpenAccess(tx, branchId, role)) throw new Refusal("roleIsTemporary", { role, remedy });
}

/** @throws Refusal accessEnd */
export function assertEnd(until: string, nowMs: number): void {
  const ahead = Date.parse(until) - nowMs;
  if (!(ahead > 0 && ahead <= LONGEST_ACCESS_MS)) throw new Refusal("accessEnd", { days: LONGEST_ACCESS_DAYS, until });
}

/**
 * A second person signed. Who calls with a key of a person is known; with a key of an organisation the requester is what the call says, and who
 * signs vouches for it. @param signerNames of the signer, as far as they are known @throws Refusal accessApprovalRefused
 */
export function assertSecondPerson(signerNames: readonly string[], requester: string, callerEmail: string | undefined): void {
  const isSigner = (name: string) => signerNames.some((signer) => isSamePerson(signer, name));
  if (isSigner(requester)) throw refuse("who asks for it cannot approve it");
  if (callerEmail !== undefined && isSigner(callerEmail)) throw refuse("who makes this call cannot approve it");
}

const refuse = (reason: string): Refusal => new Refusal("accessApprovalRefused", { reason });

export const toTemporaryAccess = (access: StoredTemporaryAccess): TemporaryAccess => {
  const { project_id, branch_id, name, database_name, privileges, until, reason, requester, approver, approved_at, created_at } = access;
  return {
    ...{ project_id, branch_id, role_name: name, database_name, privileges, until, reason, requester, approver, approved_at, created_at },
    status: access.ended_at !== undefined ? "ended" : access.granted_at === undefined ? "granting" : "active",
    ...omitUndefined({ problem: access.problem, ended_at: access.ended_at, ended_by: access.ended_by }),
  };
};
