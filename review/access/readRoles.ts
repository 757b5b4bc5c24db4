import type { PalisadeError } from "../../contract/errors.js";
import { isPalisadeError } from "../../contract/errors.js";
import type { Branch } from "../../contract/wire/branch.js";
import type { Database } from "../../contract/wire/database.js";
import type { Endpoint } from "../../contract/wire/endpoint.js";
import type { Role } from "../../contract/wire/role.js";
import type { NeonApi } from "../../provider/client/api.js";
import { tryRead } from "../scan/inventory.js";
import { type Access, type NotLookedAt, PUBLIC, toPowers, toPublicId } from "./access.js";
import type { Declarations } from "./declarations.js";
import { MOST_GRANTS, readSqlAccess, type SqlAccess, type SqlGrant, type SqlRole } from "./sqlAccess.js";

export interface RoleReading {
  readonly access: readonly Access[];
  readonly notLookedAt: readonly NotLookedAt[];
}

export interface BranchToRead {
  readonly branch: Branch;
  /** All of the project. */
  readonly branches: ReadonlyMap<string, Branch>;
  /** undefined where they could not be read. */
  readonly computes: readonly Endpoint[] | undefined;
  readonly declarations: Declarations;
  readonly findLastLogin: (branchId: string, role: string) => string | undefined;
}

/** Roles that Neon's API makes are members of it. */
const SUPERUSER_GROUP = "neon_superuser";
const RUNNING = "active";

/** The roles of one branch: by name from the API; what each may do from its databases, where a compute runs already. */
export async function readBranchRoles(
  api: NeonApi,
  reading: BranchToRead,
  tell: (what: string) => (error: PalisadeError) => void,
): Promise<RoleReading> {
  const { branch, computes } = reading;
  const what = `branch ${branch.name} (${branch.id})`;
  const roles = (await tryRead(api.listRoles(branch.project_id, branch.id), tell(`roles of ${what}`))) ?? [];
  const isAwake = computes?.some(
    ({ branch_id: id, type, current_state: state, disabled }) =>
      id === branch.id && type === "read_write" && state === RUNNING && !disabled,
  );
  if (isAwake !== true) {
    const why = computes?.some(({ branch_id: id }) => id === branch.id) ? "its compute sleeps, and is not woken" : "it has no compute";
    return { access: toAccess(reading, roles, undefined), notLookedAt: [{ what: `attributes and grants of ${what}`, why }] };
  }
  const databases = (await tryRead(api.listDatabases(branch.project_id, branch.id), tell(`databases of ${what}`))) ?? [];
  const [found, notLookedAt] = [[] as SqlAccess[], [] as NotLookedAt[]];
  for (const database of databases) {
    const read = await readDatabase(api, branch, database);
    if ("why" in read) notLookedAt.push({ what: `grants in database ${database.name} of ${what}`, why: read.why });
    else found.push(read);
  }
  return { access: toAccess(reading, roles, found.length > 0 ? mergeSqlAccess(found) : undefined, notLookedAt.length === 0), notLookedAt };
}

/** As its owner, whose password the API must keep. */
async function readDatabase(api: NeonApi, branch: Branch, { name, owner_name }: Database): Promise<SqlAccess | { why: string }> {
  try {
    const uri = await api.getConnectionUri(branch.project_id, branch.id, name, owner_name);
    if (new URL(uri).password === "") return { why: `the API keeps no password of its owner ${owner_name}` };
    const read = await readSqlAccess(uri);
    return read.grants.length > MOST_GRANTS ? { why: `it has more than ${MOST_GRANTS} grants` } : withDatabase(read, name);
  } catch (error) {
    if (isPalisadeError(error, "PAL_KEY_REFUSED", "PAL_UNREACHABLE", "PAL_CANCELLED")) throw error;
    if (!isPalisadeError(error)) throw error;
    return { why: error.detail };
  }
}

const withDatabase = ({ roles, grants }: SqlAccess, name: string): SqlAccess => ({
  roles,
  grants: grants.map((grant) => (grant.on.startsWith("database ") ? grant : { ...grant, on: `${grant.on} of database ${name}` })),
});

/** Roles are of the whole branch: each database tells the same. */
const mergeSqlAccess = (found: readonly SqlAccess[]): SqlAccess => ({
  roles: found[0]?.roles ?? [],
  grants: found.flatMap(({ grants }) => grants),
});

function toAccess(reading: BranchToRead, roles: readonly Role[], sql: SqlAccess | undefined, isWhole = false): Access[] {
  const { branch, branches, declarations, findLastLogin } = reading;
  const place = `branch ${branch.name} of project ${branch.project_id}`;
  const lineage = listLineage(branch, branches);
  const isFirst = lineage.some((id) => branches.get(id)?.default === true);
  const ofApi = new Map(roles.map((role) => [role.name, role]));
  const ofSql = new Map(sql?.roles.map((role) => [role.name, role]));
  const names = [...new Set([...ofApi.keys(), ...ofSql.keys()])];
  const known = names.map((name): Access => {
    const [role, live] = [ofApi.get(name), ofSql.get(name)];
    const lastUsed = findLastLogin(branch.id, name);
    return {
      kind: "role",
      id: `${branch.project_id}/${branch.id}/${name}`,
      name,
      place,
      isWhole: isWhole && live !== undefined,
      ...describeRole(role, live, sql?.grants.filter(({ grantee }) => grantee === name) ?? []),
      ...(role && { since: role.created_at }),
      ...(lastUsed !== undefined && { lastUsed }),
      declaredBy: declarations.ofRole(branch.project_id, lineage, name, isFirst),
    };
  });
  const everybody = sql?.grants.filter(({ grantee }) => grantee === null) ?? [];
  if (everybody.length === 0) return known;
  return [
    ...known,
    {
      kind: "role",
      id: toPublicId(branch.project_id, branch.id),
      name: PUBLIC,
      place,
      isWhole,
      can: "is every role there is, and every one that is made later",
      powers: toPowers(everybody.map(formatGrant)),
      // What Postgres gives by itself is declared by nobody, and is no finding.
      declaredBy: [],
    },
  ];
}

/** The branch and those it was copied from. A circle is no answer of an API, and ends nevertheless. */
function listLineage(branch: Branch, branches: ReadonlyMap<string, Branch>): string[] {
  const lineage = new Set<string>();
  for (let at: Branch | undefined = branch; at && !lineage.has(at.id); at = branches.get(at.parent_id ?? at.restored_as ?? ""))
    lineage.add(at.id);
  return [...lineage];
}

function describeRole(role: Role | undefined, live: SqlRole | undefined, grants: readonly SqlGrant[]): { can: string; powers: string[] } {
  const canLogIn = live?.canLogIn ?? role?.authentication_method !== "no_login";
  const login = canLogIn ? ["login"] : [];
  if (live === undefined)
    return { can: `${canLogIn ? "logs in" : "does not log in"}; made by the API, as a member of ${SUPERUSER_GROUP}`, powers: login };
  const powers = toPowers([
    ...login,
    ...live.attributes,
    ...live.memberships.map((name) => `member of ${name}`),
    ...grants.map(formatGrant),
    ...(live.validUntil === undefined ? [] : [`password until ${live.validUntil}`]),
  ]);
  const verb = canLogIn ? "logs in" : "does not log in";
  const mighty = listSuperPowers(powers);
  if (mighty.length > 0) return { can: `${verb}, and does nearly everything (${mighty.join(", ")})`, powers };
  return { can: `${verb}; ${grants.length === 0 ? "owns what it made" : `${grants.length} grants`}`, powers };
}

const formatGrant = ({ privilege, on }: SqlGrant): string => `${privilege} on ${on}`;

/** What makes grants meaningless. */
export const listSuperPowers = (powers: readonly string[]): string[] => powers.filter((power) => SUPER_POWERS.has(power));
const SUPER_POWERS: ReadonlySet<string> = new Set([
  "SUPERUSER",
  "BYPASSRLS",
  "REPLICATION",
  "CREATEROLE",
  ...[
    SUPERUSER_GROUP,
    "pg_read_all_data",
    "pg_write_all_data",
    "pg_execute_server_program",
    "pg_read_server_files",
    "pg_write_server_files",
  ].map((name) => `member of ${name}`),
]);
