import { formatSuggestion } from "../../contract/didYouMean.js";
import { PalisadeError } from "../../contract/errors.js";
import type { Account } from "../../contract/account.js";
import { createSession } from "../../provider/sessions.js";
import { readPlaneStatus } from "../planeStatus.js";

/** What the command line names; what it leaves out must be the only one. */
export interface TargetSelection {
  /** Id or name. */
  project?: string;
  /** Id or name; the default branch when omitted. */
  branch?: string;
  role?: string;
  database?: string;
}

/** Where to connect, as the control API knows it. */
export interface ConnectionTarget {
  host: string;
  port: number | undefined;
  endpointOption: string | undefined;
  role: string;
  database: string;
  password: string | undefined;
  /** A path, where the place has an authority of its own. */
  rootCert: string | undefined;
  /** Where to connect to instead of looking the host up, which only an embedded plane tells. */
  hostAddress?: string | undefined;
}

/** Looks everything up; the password only when it is to be revealed. @throws PAL_USAGE when the words name nothing, or several */
export async function readConnectionTarget(account: Account, asked: TargetSelection, reveal: boolean): Promise<ConnectionTarget> {
  const session = createSession(account, undefined, new AbortController().signal);
  const { api } = session.ctx;
  const { accountId } = await session.getOrigin();
  const project = pick("project", await api.listProjects(accountId), asked.project);
  const { branches } = await api.listBranches(project.id);
  const branch = asked.branch === undefined ? branches.find((one) => one.default) : pick("branch", branches, asked.branch);
  if (!branch) throw new PalisadeError("PAL_USAGE", `${project.name} has no default branch; name one with --branch`);
  const [roles, databases, computes, plane] = await Promise.all([
    api.listRoles(project.id, branch.id),
    api.listDatabases(project.id, branch.id),
    api.listBranchComputes(project.id, branch.id),
    readPlaneStatus(account),
  ]);
  const role = pick("role", toNamedObjects(roles), asked.role).name;
  const database = pick("database", toNamedObjects(databases), asked.database).name;
  const compute = computes.endpoints.find(({ type }) => type === "read_write") ?? computes.endpoints[0];
  if (!compute) throw new PalisadeError("PAL_USAGE", `branch ${branch.name} has no compute to connect to`);
  return {
    host: compute.host,
    port: plane?.proxy?.port,
    endpointOption: compute.host.startsWith(compute.id) ? undefined : compute.id,
    role,
    database,
    password: reveal ? await passwordOf() : undefined,
    rootCert: plane?.proxy?.root_cert,
    hostAddress: plane?.address ?? undefined,
  };

  async function passwordOf(): Promise<string> {
    const password = await api.revealRolePassword(project.id, branch?.id ?? "", role);
    if (password === undefined)
      throw new PalisadeError(
        "PAL_USAGE",
        `--reveal-password: the project stores none; only the call that made the password of "${role}" told it`,
      );
    return password;
  }
}

interface NamedObject {
  id?: string;
  name: string;
}

/** Roles and databases are known by their name. */
const toNamedObjects = (objects: readonly { name: string }[] | undefined): NamedObject[] => (objects ?? []).map(({ name }) => ({ name }));

function pick<T extends NamedObject>(kind: string, objects: readonly T[], asked: string | undefined): T {
  const fitting = asked === undefined ? objects : objects.filter(({ id, name }) => id === asked || name === asked);
  const [only] = fitting;
  if (only && fitting.length === 1) return only;
  const some = (list: readonly T[]) => {
    const words = list.slice(0, MOST_NAMED).map(({ id, name }) => (id === undefined ? name : `${name} (${id})`));
    return [...words, ...(list.length > MOST_NAMED ? ["…"] : [])].join(", ");
  };
  if (objects.length === 0) throw new PalisadeError("PAL_USAGE", `there is no ${kind}`);
  if (asked !== undefined && fitting.length === 0) {
    const names = objects.map(({ name }) => name);
    throw new PalisadeError("PAL_USAGE", `there is no ${kind} "${asked}"${formatSuggestion(asked, names)}; there are ${some(objects)}`);
  }
  throw new PalisadeError(
    "PAL_USAGE",
    `there are several: ${some(fitting)}; say which with --${kind}${asked === undefined ? "" : " <id>"}`,
  );
}

const MOST_NAMED = 10;
