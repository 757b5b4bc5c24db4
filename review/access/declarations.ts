import type { ManagedResource } from "../drift/appliedRecord.js";
import { isProperties } from "../../provider/introspection.js";

/** What Neon and the plane call the role that comes with a project that names none. */
const FIRST_ROLE = "neondb_owner";

/** Finds what of the stack declares an access. Every answer is a list of URNs; none where nothing does. */
export class Declarations {
  private readonly byId = new Map<string, string[]>();

  constructor(private readonly managed: readonly ManagedResource[]) {
    for (const { kind, id, urn } of managed) {
      const key = toKey(kind, id);
      this.byId.set(key, [...(this.byId.get(key) ?? []), urn]);
    }
  }

  /** Of an API key: `org-…/12`, `personal/12`. */
  ofKey = (owner: string, keyId: number): string[] => this.find("ApiKey", `${owner}/${keyId}`);

  ofMember = (orgId: string, email: string): string[] => this.find("OrganizationMember", `${orgId}/${email}`);

  ofPermission(projectId: string, permissionId: string | undefined, email: string | undefined): string[] {
    const byId = permissionId === undefined ? [] : this.find("ProjectPermission", `${projectId}/${permissionId}`);
    if (byId.length > 0 || email === undefined) return byId;
    return this.managed
      .filter(
        ({ kind, id, inputs }) => kind === "ProjectPermission" && id.startsWith(`${projectId}/`) && isSameText(inputs["email"], email),
      )
      .map(({ urn }) => urn);
  }

  /** @param lineage the branch and those it was copied from, the nearest first: a copy has the roles of its origin */
  ofRole(projectId: string, lineage: readonly string[], name: string, isFirstBranch: boolean): string[] {
    const grants = this.listGrants(`${projectId}/${lineage[0] ?? ""}`, name);
    for (const branchId of lineage) {
      const place = `${projectId}/${branchId}`;
      const made = [
        ...this.find("Role", `${place}/${name}`),
        ...this.find("TemporaryAccess", `${place}/${name}`),
        ...(/_[12]$/.test(name) ? this.find("RotatingRole", `${place}/${name.slice(0, -2)}`) : []),
        ...this.listGrants(place, name).filter((urn) => !grants.includes(urn)),
      ];
      if (made.length > 0) return [...made, ...grants];
    }
    return isFirstBranch ? [...this.ofFirstRole(projectId, name), ...grants] : grants;
  }

  /** The id has the database between place and role, and a role's own name may have `/` in it: what the program says of both decides. */
  private listGrants = (place: string, name: string): string[] =>
    this.managed
      .filter(
        ({ kind, id, inputs }) =>
          kind === "RoleGrants" && inputs["roleName"] === name && id === `${place}/${String(inputs["databaseName"])}/${name}`,
      )
      .map(({ urn }) => urn);

  /** The role that owns the first database comes with the project. */
  private ofFirstRole(projectId: string, name: string): string[] {
    return this.managed
      .filter(({ kind, id, inputs }) => {
        const first = isProperties(inputs["defaultBranch"]) ? inputs["defaultBranch"]["roleName"] : undefined;
        return kind === "Project" && id === projectId && name === (first ?? FIRST_ROLE);
      })
      .map(({ urn }) => urn);
  }

  private find = (kind: string, id: string): string[] => this.byId.get(toKey(kind, id)) ?? [];
}

/** E-mail addresses are the only part whose case means nothing, and no other id has capitals that tell two apart. */
const toKey = (kind: string, id: string): string => `${kind} ${kind === "OrganizationMember" ? id.toLowerCase() : id}`;
const isSameText = (a: unknown, b: string): boolean => typeof a === "string" && a.toLowerCase() === b.toLowerCase();
