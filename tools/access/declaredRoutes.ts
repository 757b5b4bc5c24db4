/** What a route of the plane declares of its callers (control-plane/api/route.ts). */
export interface DeclaredRoute {
  readonly method: string;
  /** Below /api/v2, with `:name` for its parts. */
  readonly path: string;
  readonly who:
    | "anyone"
    | "person"
    | "organization"
    | "organizationInPerson"
    | "chosenOrganization"
    | "project"
    | "projectInsider"
    | "deletedProject"
    | "plane";
  readonly least: "none" | Role;
  readonly effect: "read" | "reveal" | "mutation";
}

/** In ascending order: each role has the rights of those before it. */
export const ROLES = ["viewer", "editor", "administrator", "organizationAdministrator"] as const;
export type Role = (typeof ROLES)[number];

export const formatRouteName = ({ method, path }: Pick<DeclaredRoute, "method" | "path">): string => `${method} ${path}`;

/** Of the built package: Neon's API and the plane's own, and the hooks of tests. */
export async function loadBuiltRoutes(): Promise<{ routes: readonly DeclaredRoute[]; hooks: readonly DeclaredRoute[] }> {
  // By names the compiler does not follow: the plane is a package of its own.
  const built = "@palisade/control-plane/dist/api";
  const [{ buildRoutes }, { TestHooks }] = (await Promise.all([import(`${built}/routes.js`), import(`${built}/testHooks.js`)])) as [
    { buildRoutes: (status: object) => DeclaredRoute[] },
    { TestHooks: new (advance: () => void) => { routes: DeclaredRoute[] } },
  ];
  return {
    routes: buildRoutes(() => ({ postgres: null, password_guard: null, proxy: null })),
    hooks: new TestHooks(() => undefined).routes,
  };
}
