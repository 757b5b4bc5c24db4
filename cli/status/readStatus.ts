import type { Account } from "../../contract/account.js";
import { formatSuggestion } from "../../contract/didYouMean.js";
import { PalisadeError } from "../../contract/errors.js";
import type { PlaneStatus } from "../../contract/wire/planeStatus.js";
import { createSession } from "../../provider/sessions.js";
import { readPlaneStatus } from "../planeStatus.js";
import { type AuditExportStatus, readAuditExports } from "./auditExports.js";

/** What runs, as `palisade status --output json` prints it. Fields are only added while `version` stays. */
export interface Status {
  version: 1;
  apiUrl: string;
  orgId: string;
  /** Of an embedded plane; absent at Neon. */
  plane?: {
    /** Absent where no Postgres runs. */
    proxy?: { address: string | undefined; port: number; rootCert: string };
    domain: string | undefined;
    dataDirectory: string | undefined;
    /** What holds passwords that are set by SQL. */
    passwordGuard: PlaneStatus["password_guard"];
  };
  projects: ProjectStatus[];
  /** Of the organisation, at an embedded plane; absent at Neon. Null where the key may not read them. */
  auditExports?: AuditExportStatus[] | null;
}

export interface ProjectStatus {
  id: string;
  name: string;
  regionId: string;
  pgVersion: number;
  branches: {
    id: string;
    name: string;
    isDefault: boolean;
    protected: boolean;
    /** `ready`, or what is done with it. */
    state: string;
    computes: ComputeStatus[];
  }[];
}

export interface ComputeStatus {
  id: string;
  type: string;
  /** `active`, `idle`, or what it is becoming. */
  state: string;
  disabled: boolean;
  host: string;
  /** Open sessions; null at Neon, whose API does not tell. */
  sessions: number | null;
}

/** Everything is asked of the API. @throws PAL_USAGE when `asked` is no project */
export async function readStatus(account: Account, asked: string | undefined): Promise<Status> {
  const session = createSession(account, undefined, new AbortController().signal);
  const { api } = session.ctx;
  const { accountId } = await session.getOrigin();
  const [all, plane] = await Promise.all([api.listProjects(accountId), readPlaneStatus(account)]);
  const projects = asked === undefined ? all : all.filter(({ id, name }) => id === asked || name === asked);
  if (asked !== undefined && projects.length === 0) {
    const names = all.map(({ name }) => name);
    throw new PalisadeError("PAL_USAGE", `there is no project "${asked}"${formatSuggestion(asked, names)}`);
  }
  const sessions = new Map((plane?.sessions ?? []).map(({ endpoint_id, count }) => [endpoint_id, count]));
  const sessionsOf = (id: string) => (plane ? (sessions.get(id) ?? 0) : null);
  const one = async ({ id, name, region_id, pg_version }: (typeof projects)[number]): Promise<ProjectStatus> => {
    const [{ branches }, { endpoints }] = await Promise.all([api.listBranches(id), api.listComputes(id)]);
    return {
      id,
      name,
      regionId: region_id,
      pgVersion: pg_version,
      branches: branches.map((branch) => ({
        id: branch.id,
        name: branch.name,
        isDefault: branch.default,
        protected: branch.protected,
        state: branch.pending_state ?? branch.current_state,
        computes: endpoints
          .filter(({ branch_id }) => branch_id === branch.id)
          .map((compute) => ({
            id: compute.id,
            type: compute.type,
            state: compute.pending_state ?? compute.current_state,
            disabled: compute.disabled,
            host: compute.host,
            sessions: sessionsOf(compute.id),
          })),
      })),
    };
  };
  const facts = plane && toPlaneFacts(plane);
  const exported = plane && { auditExports: await readAuditExports(api, accountId) };
  return {
    version: 1,
    apiUrl: account.apiUrl,
    orgId: accountId,
    ...(facts && { plane: facts }),
    projects: await Promise.all(projects.map(one)),
    ...exported,
  };
}

function toPlaneFacts({ proxy, address, domain, data_directory, password_guard }: PlaneStatus): NonNullable<Status["plane"]> {
  return {
    ...(proxy && { proxy: { address: address ?? undefined, port: proxy.port, rootCert: proxy.root_cert } }),
    domain,
    dataDirectory: data_directory,
    passwordGuard: password_guard,
  };
}
