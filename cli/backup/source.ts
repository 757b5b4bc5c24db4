import { PalisadeError } from "../../contract/errors.js";
import type { Branch } from "../../contract/wire/branch.js";
import type { ProjectFacts } from "../../contract/wire/project.js";
import { formatSuggestion } from "../../contract/didYouMean.js";
import type { Manifest } from "./documents.js";
import type { BackupSession } from "./session.js";

/** What is backed up, as the API has it at that moment. */
export interface BackupSource {
  readonly project: ProjectFacts;
  readonly branch: Branch;
  /** Names of all that there are. */
  readonly databases: readonly string[];
}

/** @throws PAL_BACKUP_CONFIG when a name is of nothing, or of several */
export async function readSource({ api, organization, configuration: { source } }: BackupSession): Promise<BackupSource> {
  const listed = pick("source.project", await api.listProjects(organization), source.project);
  const { branches } = await api.listBranches(listed.id);
  const branch = source.branch === undefined ? branches.find((one) => one.default) : pick("source.branch", branches, source.branch);
  if (branch === undefined) throw new PalisadeError("PAL_BACKUP_CONFIG", `source.branch: ${listed.name} has no default branch`);
  const [found, there] = await Promise.all([api.findProject(listed.id), api.listDatabases(listed.id, branch.id)]);
  if (found === undefined) throw new PalisadeError("PAL_NOT_FOUND", `project ${listed.id}`);
  return { project: found.project, branch, databases: (there ?? []).map(({ name }) => name) };
}

/**
 * The names of the databases that a run dumps. A restore asks for none of them: one that was dropped is what it may be for.
 * @throws PAL_BACKUP_CONFIG when one that the configuration names is not there, PAL_BACKUP_FAILED when there is none at all
 */
export function pickDatabases({ configuration: { source } }: BackupSession, { branch, databases }: BackupSource): readonly string[] {
  const missing = source.databases?.find((name) => !databases.includes(name));
  if (missing !== undefined)
    throw new PalisadeError(
      "PAL_BACKUP_CONFIG",
      `source.databases: there is no ${missing} on ${branch.name}${formatSuggestion(missing, databases)}`,
    );
  if (databases.length === 0) throw new PalisadeError("PAL_BACKUP_FAILED", `${branch.name} (${branch.id}) has no database`);
  return source.databases ?? databases;
}

/** Whom the project admits, as a manifest has it. */
export function toAdmitted({ settings }: ProjectFacts): Manifest["admitted"] {
  const { allowed_ips, block_public_connections = false, block_vpc_connections = false } = settings ?? {};
  const { ips = [], protected_branches_only = false } = allowed_ips ?? {};
  return { ips, protected_branches_only, block_public_connections, block_vpc_connections };
}

function pick<T extends { id: string; name: string }>(field: string, objects: readonly T[], asked: string): T {
  const fitting = objects.filter(({ id, name }) => id === asked || name === asked);
  const [only] = fitting;
  if (only !== undefined && fitting.length === 1) return only;
  const names = objects.map(({ name }) => name);
  throw new PalisadeError(
    "PAL_BACKUP_CONFIG",
    fitting.length > 1
      ? `${field}: there are several ${asked}; give the id`
      : `${field}: there is no ${asked}${formatSuggestion(asked, names)}`,
  );
}
