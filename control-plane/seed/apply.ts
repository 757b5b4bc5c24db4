import type { Branch } from "@palisade/neon/contract/wire/branch";
import type { Organization } from "@palisade/neon/contract/wire/account";
import { PalisadeError } from "@palisade/neon/contract/errors";
import { inherit, putRole } from "../services/roles.js";
import { changedBranch, childBranch, mustFitProtected } from "../domain/branches.js";
import { newCompute } from "../domain/computes.js";
import { newDatabase } from "../domain/databases.js";
import { limitsOf } from "../domain/plans.js";
import type { PgVersions } from "../domain/pgVersions.js";
import { newProject } from "../domain/projects.js";
import { Refusal } from "../domain/refusals.js";
import { newRole } from "../domain/roles.js";
import { without } from "../domain/values.js";
import { type Identity, join, newOrganization, newUser } from "../identity.js";
import type { Mint } from "../mint.js";
import { addKey } from "../newKey.js";
import type { StoredEndpoint, StoredProject } from "../store/kinds.js";
import type { Tx } from "../store/store.js";
import type { SeedFile } from "./read.js";
import type { SeedBranch, SeedKey, SeedProject } from "./schema.js";

interface Ground {
  tx: Tx;
  mint: Mint;
  at: string;
  identity: Identity;
  pgVersions: PgVersions;
}

/** Fills a new store, under the same rules as the API, without operations: everything is ready at once. Throws PAL_BAD_SEED. */
export function applySeed(ground: Ground, { seed, place }: SeedFile): void {
  const { tx, mint, at, identity } = ground;
  const organizations = [identity.organization];
  const users = [identity.admin];
  const projects: StoredProject[] = [];
  const each = <T>(list: readonly T[], name: string, apply: (item: T) => void) => {
    list.forEach((item, index) => {
      explained(place([name, index]), () => {
        apply(item);
      });
    });
  };
  const organizationOf = (name: string | undefined) =>
    name === undefined ? identity.organization : named(organizations, name, "organisation");
  each(seed.organisations, "organisations", ({ name, id, plan = "scale" }) => {
    organizations.push(newOrganization(tx, mint, { name, id, plan }, at));
  });
  each(seed.users, "users", ({ name, email, organisation, role }) => {
    const organization = organizationOf(organisation);
    const user = newUser(tx, mint, { name, email }, "scale");
    join(tx, mint, user, organization, role, at);
    users.push(user);
  });
  each(seed.projects, "projects", (asked) => {
    projects.push(plantProject(ground, asked, organizationOf(asked.organisation)));
  });
  each(seed.vpcEndpoints, "vpcEndpoints", ({ id, becomes, reason }) => {
    tx.put("vpc_outcome", { vpc_endpoint_id: id, becomes, ...(reason !== undefined && { reason }) });
  });
  each(seed.keys, "keys", (asked) => {
    const owner = ownerOf(asked);
    const by = asked.kind === "personal" && asked.user !== undefined ? named(users, asked.user, "user") : identity.admin;
    addKey(tx, mint, { name: asked.name, by, at, owner: owner(by.id), ...(asked.key !== undefined && { text: asked.key }) });
    if (asked.key !== undefined) mint.note(asked.key);
  });

  function ownerOf(asked: SeedKey) {
    return (userId: string) => {
      if (asked.kind === "personal") return { user_id: userId };
      if (asked.kind === "organisation") return { org_id: organizationOf(asked.organisation).id };
      const project = named(projects, asked.project, "project");
      return { org_id: project.owner_id, project_id: project.id };
    };
  }
}

function plantProject(ground: Ground, asked: SeedProject, organization: Organization): StoredProject {
  const { tx, at, mint, identity, pgVersions } = ground;
  const [first, ...others] = asked.branches ?? [{ name: "main" }];
  const made = newProject(
    {
      ...{ name: asked.name, branch: { name: first?.name } },
      ...{ region_id: asked.regionId, pg_version: asked.pgVersion, settings: asked.settings },
    },
    { organization, by: identity.admin, at, mint, databaseId: tx.number(), pgVersions },
  );
  const project = { ...made.project, id: fresh(tx, "project", asked.id ?? made.project.id) };
  const root = { ...made.branch, project_id: project.id, id: fresh(tx, "branch", first?.id ?? made.branch.id) };
  tx.put("project", project);
  const main = plantBranch(ground, project, organization, root, first, ["read_write"]);
  const owner = { ...made.owner, role: { ...made.owner.role, branch_id: root.id } };
  putRole(tx, project, owner);
  for (const { name } of asked.roles) putRole(tx, project, newRole(root.id, name, false, at, mint));
  tx.put("database", { ...made.database, branch_id: root.id });
  for (const { name, owner: role = owner.role.name } of asked.databases)
    tx.put("database", newDatabase(tx.number(), root.id, name, { ...owner.role, name: role }, at));
  const branches = [main];
  for (const branch of others) {
    const parent = branch.parent === undefined ? main : named(branches, branch.parent, "branch");
    const child = childBranch(parent, { name: branch.name }, identity.admin, at, mint);
    const planted = { ...child, id: fresh(tx, "branch", branch.id ?? child.id) };
    branches.push(plantBranch(ground, project, organization, planted, branch, []));
    inherit(tx, project, parent, planted, at, mint);
  }
  return project;
}

type Type = StoredEndpoint["type"];

function plantBranch(
  { tx, at, mint }: Ground,
  project: StoredProject,
  organization: Organization,
  branch: Branch,
  asked: SeedBranch | { name: string } = branch,
  usual: Type[],
): Branch {
  const { protected: isProtected, expiresAt, computes = usual } = asked as Partial<SeedBranch>;
  const planted: Branch = {
    ...changedBranch(without(branch, "pending_state"), { protected: isProtected, expires_at: expiresAt }, at),
    current_state: "ready",
  };
  if (isProtected) mustFitProtected(limitsOf(organization), tx.count("branch", { where: { project: project.id, protected: true } }));
  tx.put("branch", planted);
  for (const type of computes) {
    const compute = newCompute(project, branch.id, { type: type as "read_write" }, at, mint);
    tx.put("endpoint", { ...without(compute, "pending_state"), current_state: "idle" });
  }
  return planted;
}

function named<T extends { name: string; id: string }>(list: readonly T[], name: string, what: string): T {
  const found = list.find((item) => item.name === name || item.id === name);
  if (!found) throw new Unplantable(`there is no ${what} "${name}"`);
  return found;
}

function fresh(tx: Tx, kind: "project" | "branch", id: string): string {
  if (tx.get(kind, id)) throw new Unplantable(`the id ${id} is taken`);
  return id;
}

class Unplantable extends Error {}

function explained(where: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (error instanceof Refusal || error instanceof Unplantable) throw new PalisadeError("PAL_BAD_SEED", `${where}: ${error.message}`);
    throw error;
  }
}
