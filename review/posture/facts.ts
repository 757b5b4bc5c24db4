import { z } from "zod";
import { isNeonHost, type Account } from "../../contract/account.js";
import type { PalisadeError } from "../../contract/errors.js";
import type { BackupScheduleItem } from "../../contract/wire/backupSchedule.js";
import type { Branch } from "../../contract/wire/branch.js";
import type { CustomerManagedKey } from "../../contract/wire/customerManagedKey.js";
import type { Jwks } from "../../contract/wire/jwks.js";
import type { NeonApi } from "../../provider/client/api.js";
import type { DriftFinding } from "../drift/driftItem.js";
import type { ExportedFindings } from "./exportedFindings.js";
import { type Inventory, mapConcurrently, readInventory, tryRead, type UnjudgedPart } from "../scan/inventory.js";
import { buildView, type ProjectView } from "../scan/view.js";

/** What was read, or why it could not be. */
export type Read<T> = { readonly value: T } | { readonly reason: string };

type Members = Awaited<ReturnType<NeonApi["people"]["listMembers"]>>;
type Invitations = Awaited<ReturnType<NeonApi["people"]["listInvitations"]>>;

/** A project as posture sees it. */
export interface PostureProject extends ProjectView {
  /** Of the default branch and of those with a name of production, by branch id. */
  readonly schedules: ReadonlyMap<string, Read<readonly BackupScheduleItem[]>>;
  readonly jwks: Read<readonly Jwks[]>;
  /** `null`: the project has no key of its own. */
  readonly customerKey: Read<CustomerManagedKey | null>;
}

/** What a look at the live objects of a stack found, against what was applied. */
export interface StackDrift {
  readonly stack: string;
  readonly findings: readonly DriftFinding[];
  readonly unjudged: readonly UnjudgedPart[];
}

/** Everything that controls are judged by, observed at one time. */
export interface PostureFacts {
  readonly host: string;
  /** Whether the API is Neon's own, which has no extensions. */
  readonly isNeon: boolean;
  readonly inventory: Inventory;
  readonly projects: readonly PostureProject[];
  readonly members: Read<Members>;
  readonly invitations: Read<Invitations>;
  /** When the newest row of the plane's audit was written, RFC 3339; `null` where it has no row. Neon has no audit. */
  readonly lastAudited: Read<string | null>;
  /** undefined where no stack was named. */
  readonly drift: StackDrift | undefined;
  /** undefined where no file of findings was named. */
  readonly exported: ExportedFindings | undefined;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

/** Names that a branch of production has, as the policy pack's default has them. */
export const PRODUCTION_NAMES: ReadonlySet<string> = new Set(["main", "master", "prod", "production"]);
export const isProduction = ({ default: isDefault, name }: Pick<Branch, "default" | "name">): boolean =>
  isDefault || PRODUCTION_NAMES.has(name);

export interface FactsOptions {
  readonly nowMs: number;
  readonly progress: (done: number, all: number) => void;
  /** Ids of the projects to look at; undefined for all of the organisation. */
  readonly projectIds: ReadonlySet<string> | undefined;
  readonly drift: StackDrift | undefined;
  readonly exported: ExportedFindings | undefined;
}

/** Reads everything that the page is about. Changes nothing, wakes no compute. */
export async function readPostureFacts(
  api: NeonApi,
  { apiUrl }: Pick<Account, "apiUrl">,
  orgId: string,
  { nowMs, progress, projectIds, drift, exported }: FactsOptions,
): Promise<PostureFacts> {
  const { host } = new URL(apiUrl);
  const isNeon = isNeonHost(host);
  const inventory = await readInventory(api, orgId, progress, ({ id }) => projectIds?.has(id) ?? true);
  const ofOneProject = { reason: "the key belongs to one project" };
  const [members, invitations] = inventory.oneProject
    ? [ofOneProject, ofOneProject]
    : await Promise.all([read(api.people.listMembers(orgId)), read(api.people.listInvitations(orgId))]);
  const projects = await mapConcurrently(inventory.projects, async (project) => readProject(api, buildView(project), isNeon));
  const lastAudited = isNeon ? NOT_AT_NEON : await readLastAudited(api, orgId);
  return { host, isNeon, inventory, projects, members, invitations, lastAudited, drift, exported, nowMs };
}

const NOT_AT_NEON = { reason: "Neon does not have it" };

async function readProject(api: NeonApi, view: ProjectView, isNeon: boolean): Promise<PostureProject> {
  const { id } = view.project;
  const important = (view.branches ?? []).filter(isProduction);
  const [jwks, customerKey, schedules] = await Promise.all([
    read(api.listJwks(id)),
    isNeon ? NOT_AT_NEON : read(api.customerKeys.find(id).then((key) => key ?? null)),
    Promise.all(important.map(async (branch) => [branch.id, await readSchedule(api, id, branch.id)] as const)),
  ]);
  return { ...view, jwks: refuseAbsent(jwks), customerKey, schedules: new Map(schedules) };
}

const readSchedule = async (api: NeonApi, projectId: string, branchId: string): Promise<Read<readonly BackupScheduleItem[]>> =>
  refuseAbsent(await read(api.snapshots.findSchedule(projectId, branchId)));

/** What was there a moment ago and is not now was not looked at. */
const refuseAbsent = <T>(found: Read<T | undefined>): Read<T> =>
  "reason" in found ? found : found.value === undefined ? { reason: "it is not there any more" } : { value: found.value };

const AuditPage = z.object({ entries: z.array(z.object({ at: z.string() })), pagination: z.object({ next: z.string().optional() }) });

async function readLastAudited(api: NeonApi, orgId: string): Promise<Read<string | null>> {
  const page = await read(api.ask(AuditPage, api.client.get({ url: "/x-palisade/audit", query: { org_id: orgId, limit: 1 } })));
  return "reason" in page ? page : findNewestRow(page.value);
}

/** The plane leaves a row out that was changed in its file: an empty page before others has one, and says no time. */
export function findNewestRow({ entries: [newest], pagination: { next } }: z.output<typeof AuditPage>): Read<string | null> {
  if (newest === undefined && next === undefined) return { value: null };
  const isTime = newest !== undefined && !Number.isNaN(Date.parse(newest.at));
  return isTime ? { value: newest.at } : { reason: "its newest row cannot be read: run palisade audit verify" };
}

async function read<T>(call: Promise<T>): Promise<Read<T>> {
  let reason = "the key may not read it";
  const value = await tryRead(
    call.then((answer) => ({ value: answer })),
    (error: PalisadeError) => {
      reason = error.code === "PAL_NOT_FOUND" ? "the API does not have it" : error.detail;
    },
  );
  return value ?? { reason };
}
