import type { Branch } from "@palisade/neon/contract/wire/branch";
import type { Organization } from "@palisade/neon/contract/wire/account";
import { PalisadeError } from "@palisade/neon/contract/errors";
import type { Step } from "../domain/actions.js";
import { findOwner } from "../api/actor.js";
import { findDatabase, findReadWriteCompute, getRole } from "../api/pathObjects.js";
import { assertBranchNameFree } from "../services/branches.js";
import { inheritContents, putRole } from "../services/roles.js";
import { assertBranchFits, createChildBranch, updateBranch } from "../domain/branches.js";
import { createCompute } from "../domain/computes.js";
import { assertSizing } from "../domain/computeSizes.js";
import { assertDatabaseFits, assertDatabaseNew, createDatabase } from "../domain/databases.js";
import { getPlanLimits } from "../domain/plans.js";
import type { PgVersions } from "../domain/pgVersions.js";
import { createProject } from "../domain/projects.js";
import { Refusal } from "../domain/refusals.js";
import { assertRoleNew, createRole } from "../domain/roles.js";
import { omit } from "../domain/values.js";
import { type Identity, addMember, createOrganization, createUser } from "../identity.js";
import type { IdGenerator } from "../idGenerator.js";
import { addApiKey } from "../addApiKey.js";
import { formatRoleId, type StoredEndpoint, type StoredProject } from "../store/kinds.js";
import type { Tx } from "../store/store.js";
import type { SeedFile } from "./read.js";
import type { SeedBranch, SeedKey, SeedProject } from "./schema.js";

interface SeedContext {
  tx: Tx;
  ids: IdGenerator;
  at: string;
  identity: Identity;
  pgVersions: PgVersions;
  /** Queues what makes the data of branches, which begins when the plane answers. Absent where computes are records: there is none to make. */
  enqueue?: ((projectId: string, steps: readonly Step[]) => void) | undefined;
}

/**
 * Fills a new store, under the same rules as the API, but for how many projects a plan allows: everything is there at once, and its data soon after.
 * Throws PAL_BAD_SEED.
 */
export function applySeed(context: SeedContext, { seed, formatPlace: place }: SeedFile): void {
  const { tx, ids, at, identity } = context;
  const organizations = [identity.organization];
  const users = [identity.admin];
  const projects: StoredProject[] = [];
  const each = <T>(list: readonly T[], name: string, apply: (item: T, path: Path) => void) => {
    applyEach(list, [name], place, apply);
  };
  const organizationOf = (name: string | undefined) =>
    name === undefined ? identity.organization : getNamed(organizations, name, "organisation");
  each(seed.organisations, "organisations", ({ name, id, plan = "scale" }) => {
    if (id !== undefined) assertIdFree(tx, "organization", id);
    organizations.push(createOrganization(tx, ids, { name, id, plan }, at));
  });
  each(seed.users, "users", ({ name, email, organisation, role }) => {
    const organization = organizationOf(organisation);
    if (users.some((other) => other.email === email)) throw new SeedError(`the e-mail address ${email} is another user's`);
    const user = createUser(tx, ids, { name, email }, "scale");
    addMember(tx, ids, user, organization, role, at);
    users.push(user);
  });
  each(seed.projects, "projects", (asked, path) => {
    projects.push(createSeedProject(context, asked, organizationOf(asked.organisation), (rest) => place([...path, ...rest])));
  });
  each(seed.vpcEndpoints, "vpcEndpoints", ({ id, becomes, reason }) => {
    tx.put("vpc_outcome", { vpc_endpoint_id: id, becomes, ...(reason !== undefined && { reason }) });
  });
  each(seed.keys, "keys", (asked) => {
    const owner = buildOwner(asked);
    if (asked.key !== undefined && findOwner(tx, asked.key)) throw new SeedError("the key is another's already");
    const by = asked.kind === "personal" && asked.user !== undefined ? getNamed(users, asked.user, "user") : identity.admin;
    addApiKey(tx, ids, { name: asked.name, by, at, owner: owner(by.id), ...(asked.key !== undefined && { text: asked.key }) });
    if (asked.key !== undefined) ids.noteKey(asked.key);
  });

  function buildOwner(asked: SeedKey) {
    return (userId: string) => {
      if (asked.kind === "personal") return { user_id: userId };
      if (asked.kind === "organisation") return { org_id: organizationOf(asked.organisation).id };
      const project = getNamed(projects, asked.project, "project");
      return { org_id: project.owner_id, project_id: project.id };
    };
  }
}

type Path = readonly PropertyKey[];
type FormatPlace = SeedFile["formatPlace"];

/** @param place in this project's part of the file */
function createSeedProject(context: SeedContext, asked: SeedProject, organization: Organization, place: FormatPlace): StoredProject {
  const { tx, at, ids, identity, pgVersions } = context;
  const [first] = asked.branches ?? [{ name: "main" }];
  const made = createProject(
    {
      name: asked.name,
      branch: { name: first?.name },
      region_id: asked.regionId,
      pg_version: asked.pgVersion,
      settings: asked.settings,
    },
    { organization, by: identity.admin, at, ids, databaseId: tx.createNumber(), pgVersions },
  );
  const project = { ...made.project, id: assertIdFree(tx, "project", asked.id ?? made.project.id) };
  const root = { ...made.branch, project_id: project.id, id: assertIdFree(tx, "branch", first?.id ?? made.branch.id) };
  tx.put("project", project);
  const main = addPlaceToErrors(place(["branches", 0]), () =>
    createSeedBranch(context, project, organization, root, first, { usual: ["read_write"], before: [] }),
  );
  const owner = { ...made.owner, role: { ...made.owner.role, branch_id: root.id } };
  putRole(tx, project, owner);
  applyEach(asked.roles, ["roles"], place, ({ name }) => {
    assertRoleNew(name, tx.get("role", formatRoleId(root.id, name)), tx.count("role", { where: { branch: root.id } }));
    putRole(tx, project, createRole(root.id, name, false, at, ids));
  });
  tx.put("database", { ...made.database, branch_id: root.id });
  applyEach(asked.databases, ["databases"], place, ({ name, owner: role = owner.role.name }) => {
    assertDatabaseNew(name, findDatabase(tx, root.id, name));
    assertDatabaseFits(tx.count("database", { where: { branch: root.id } }));
    tx.put("database", createDatabase(tx.createNumber(), root.id, name, getRole(tx, root.id, role), at));
  });
  const branches = [main];
  // The first is made already.
  applyEach(asked.branches ?? [], ["branches"], place, (branch) => {
    if (branch === first) return;
    const parent = branch.parent === undefined ? main : getNamed(branches, branch.parent, "branch");
    const child = createChildBranch(parent, { name: branch.name }, identity.admin, at, ids);
    const planted = { ...child, id: assertIdFree(tx, "branch", branch.id ?? child.id) };
    branches.push(createSeedBranch(context, project, organization, planted, branch, { usual: [], before: branches }));
    inheritContents(tx, project, parent, planted, at, ids);
  });
  context.enqueue?.(
    project.id,
    branches.map(({ id }, index) => ({ action: index === 0 ? "create_timeline" : "create_branch", branch_id: id })),
  );
  return project;
}

type Type = StoredEndpoint["type"];

function createSeedBranch(
  { tx, at, ids }: SeedContext,
  project: StoredProject,
  organization: Organization,
  branch: Branch,
  asked: SeedBranch | { name: string } = branch,
  { usual, before }: { readonly usual: Type[]; readonly before: readonly Branch[] },
): Branch {
  const { protected: isProtected, expiresAt, computes = usual } = asked as Partial<SeedBranch>;
  const planted: Branch = {
    ...updateBranch(omit(branch, "pending_state"), { protected: isProtected, expires_at: expiresAt }, at),
    current_state: "ready",
  };
  assertBranchNameFree(tx, planted);
  assertBranchFits(planted, getPlanLimits(organization), {
    branches: before.length,
    roots: Math.min(before.length, 1),
    protected: before.filter((other) => other.protected).length,
  });
  tx.put("branch", planted);
  for (const type of computes) {
    if (type === "read_write" && findReadWriteCompute(tx, branch.id)) throw new Refusal("endpointExists", { branch: branch.name });
    const compute = createCompute(project, branch.id, { type: type as "read_write" }, at, ids);
    assertSizing(compute, getPlanLimits(organization));
    tx.put("endpoint", { ...omit(compute, "pending_state"), current_state: "idle" });
  }
  return planted;
}

function getNamed<T extends { name: string; id: string }>(list: readonly T[], name: string, what: string): T {
  const [found, another] = list.filter((item) => item.name === name || item.id === name);
  if (!found) throw new SeedError(`there is no ${what} "${name}"`);
  if (another) throw new SeedError(`there are two that "${name}" may mean; name the ${what} by its id`);
  return found;
}

function assertIdFree(tx: Tx, kind: "organization" | "project" | "branch", id: string): string {
  if (tx.get(kind, id)) throw new SeedError(`the id ${id} is taken`);
  return id;
}

class SeedError extends Error {}

function applyEach<T>(list: readonly T[], path: Path, place: FormatPlace, apply: (item: T, path: Path) => void): void {
  list.forEach((item, index) => {
    const own = [...path, index];
    addPlaceToErrors(place(own), () => {
      apply(item, own);
    });
  });
}

function addPlaceToErrors<R>(where: string, work: () => R): R {
  try {
    return work();
  } catch (error) {
    if (error instanceof Refusal || error instanceof SeedError) throw new PalisadeError("PAL_BAD_SEED", `${where}: ${error.message}`);
    throw error;
  }
}
