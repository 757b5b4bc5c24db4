import { PalisadeError } from "../../../contract/errors.js";
import type { Annotation } from "../../../contract/wire/common.js";
import type { NeonApi } from "../../client/api.js";
import type { ProxyAddress } from "../../client/organisation.js";
import { type OwnershipTag, createResourceDefiner } from "../../engine/define.js";
import type { UnmanagedEntries } from "./unmanagedEntries.js";

/** What a slice gets: the account's API, and the organisation it works in. */
export interface NeonContext {
  readonly api: NeonApi;
  readonly orgId: () => Promise<string>;
  /** Address of the proxy in front of computes. Part of the list of organisations, which is read once. */
  readonly proxy: () => Promise<ProxyAddress>;
  /** What the program does not declare and the state knows is not asked for. */
  readonly trustsState: boolean;
  readonly isRefresh?: boolean;
  /** Collects allowlist entries that others added; absent where nobody reads them. */
  readonly unmanaged?: UnmanagedEntries | undefined;
  /** Reports the progress of a long operation; absent where nobody reads it. */
  readonly onProgress?: ((line: string) => void) | undefined;
}

export const defineResource = createResourceDefiner<NeonContext>();

/** Proof that something of a project is gone: the project can be read, or is proved gone itself. */
export async function proveGoneFromProject(neon: NeonContext, { projectId }: { projectId: string }): Promise<void> {
  if (!(await neon.api.findProject(projectId))) await proveGoneFromOrganization(neon, { projectId });
}

/** Proof that a project is gone: the organisation and its list can be read, and the list does not hold it. */
export async function proveGoneFromOrganization({ api, orgId }: NeonContext, { projectId }: { projectId: string }): Promise<void> {
  // A key of one project sees a list of that project alone, and is refused here.
  await api.getOrganization(await orgId());
  const listed = (await api.listProjects(await orgId())).some((project) => project.id === projectId);
  if (listed) throw new PalisadeError("PAL_GONE_UNPROVED", `project ${projectId} answers 404 and is still in the list of its organisation`);
}

/** The mark as a branch's annotation: Neon writes it once, when the branch is made. A project carries it on its first default branch. */
export const toAnnotation = ({ managedBy, stackId, nonce }: OwnershipTag): Record<string, string> => ({
  managed_by: managedBy,
  nonce,
  ...(stackId !== undefined && { stack_id: stackId }),
});

/** As the API tells it of the branch that was made with it. */
export const buildAnnotation = (branchId: string, mark: OwnershipTag): Annotation => ({
  object: { type: "console/branch", id: branchId },
  value: toAnnotation(mark),
});

export const fromAnnotation = (annotation: { value: Record<string, string> } | undefined): OwnershipTag | undefined => {
  const { managed_by: managedBy, nonce, stack_id: stackId } = annotation?.value ?? {};
  return managedBy === undefined || nonce === undefined ? undefined : { managedBy, nonce, stackId };
};

/** Says on the project itself that its network is declared with it, so that an IpAllowlist does not take it unasked. */
export const NETWORK_OWNER = { network: "project" };

/** What a project carries: on its default branch or, since that can be another by now, on whichever branch has the mark of a project. */
export function findProjectAnnotation(defaultBranchId: string, annotations: Readonly<Record<string, Annotation>>): Annotation | undefined {
  const isOfProject = ({ value }: Annotation) => value["network"] !== undefined || /palisade:Project::/.test(value["managed_by"] ?? "");
  const own = annotations[defaultBranchId];
  return own && isOfProject(own) ? own : (Object.values(annotations).find(isOfProject) ?? own);
}

/** A restore outside of Pulumi gives the name to a new branch and renames the old one: renaming that back would only fail. */
export async function assertBranchNameFree(
  api: NeonApi,
  { projectId, branchId }: { projectId: string; branchId: string },
  name: string,
): Promise<void> {
  const { branches } = await api.listBranches(projectId);
  const holder = branches.find((one) => one.name === name && one.id !== branchId);
  if (holder === undefined) return;
  const own = branches.find(({ id }) => id === branchId);
  throw new PalisadeError(
    "PAL_BRANCH_REPLACED",
    `${projectId}/${branchId} is named ${JSON.stringify(own?.name ?? "")} now, and ${holder.id} is ${JSON.stringify(name)}`,
  );
}
