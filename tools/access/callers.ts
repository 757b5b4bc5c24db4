import type { Role } from "./declaredRoutes.js";

/** Ids of the seed. The keys exist in test environments only. */
export const OTHER_ORGANIZATION_ID = "org-other-one-00000001";
export const HOME_PROJECT_ID = "mine-00000001";
const [SECOND, THEIRS] = ["second-00000001", "theirs-00000001"];

/** Whoever makes a call about the project `mine` of the home organisation, and that organisation. */
export interface Caller {
  /** One word or two, for the head of a column. */
  readonly label: string;
  /** The same at length. */
  readonly description: string;
  readonly kind: "nobody" | "personal" | "organization" | "project";
  /** Of the home organisation, where it belongs to that. */
  readonly inOrganization?: Role;
  /** Of the project, where it can see that. */
  readonly inProject?: Role;
  /** The project is shared with it from outside. */
  readonly isGuest?: true;
  readonly isPlaneAdministrator?: true;
  /** How the seed makes it; absent where the plane or the run does. */
  readonly seed?: Readonly<Record<string, string>>;
  /** Role for the project, or a share of it by e-mail address: set when the environment is created. */
  readonly projectRole?: "viewer" | "editor" | "admin";
  readonly isShared?: true;
}

const HOME_ADMINISTRATOR = { inOrganization: "organizationAdministrator", inProject: "organizationAdministrator" } as const;
const [VIEWER, EDITOR] = [
  { inOrganization: "viewer", inProject: "viewer" },
  { inOrganization: "editor", inProject: "editor" },
] as const;

const createPerson = (
  short: string,
  who: string,
  role: string,
  more: Omit<Partial<Caller>, "seed"> & { organisation?: string },
): Caller => {
  const { organisation, ...facts } = more;
  return {
    label: short,
    description: who,
    kind: "personal",
    seed: { role, ...(organisation !== undefined && { organisation }) },
    ...facts,
  };
};

/** Every kind of caller that authorization distinguishes. */
export const CALLERS: readonly Caller[] = [
  { label: "no key", description: "a call without a key", kind: "nobody" },
  { label: "revoked", description: "a key of the organisation that was revoked", kind: "nobody" },
  {
    label: "plane",
    description: "the administrator of the plane and of the organisation",
    kind: "personal",
    isPlaneAdministrator: true,
    ...HOME_ADMINISTRATOR,
  },
  createPerson("admin", "a member `admin`, whatever the role for the project (here `viewer`)", "admin", {
    ...HOME_ADMINISTRATOR,
    projectRole: "viewer",
  }),
  createPerson("member", "a member `member`", "member", EDITOR),
  createPerson("editor", "a member `editor`", "editor", EDITOR),
  createPerson("viewer", "a member `viewer`", "viewer", VIEWER),
  createPerson("collab", "a member `collaborator`", "collaborator", VIEWER),
  createPerson("collab+", "a `collaborator` with whom the project is shared", "collaborator", {
    ...VIEWER,
    inProject: "editor",
    isShared: true,
  }),
  createPerson("v→editor", "a `viewer` who is `editor` of the project", "viewer", {
    ...VIEWER,
    inProject: "editor",
    projectRole: "editor",
  }),
  createPerson("v→admin", "a `viewer` who is `admin` of the project", "viewer", {
    ...VIEWER,
    inProject: "administrator",
    projectRole: "admin",
  }),
  createPerson("e→viewer", "an `editor` who is `viewer` of the project", "editor", {
    ...EDITOR,
    inProject: "viewer",
    projectRole: "viewer",
  }),
  createPerson("guest", "an administrator of another organisation, with whom the project is shared", "admin", {
    organisation: "Other",
    inProject: "editor",
    isGuest: true,
    isShared: true,
  }),
  createPerson("stranger", "an administrator of another organisation", "admin", { organisation: "Other" }),
  { label: "org key", description: "a key of the organisation", kind: "organization", ...HOME_ADMINISTRATOR, seed: {} },
  { label: "other org", description: "a key of another organisation", kind: "organization", seed: { organisation: "Other" } },
  { label: "project key", description: "a key of the project", kind: "project", inProject: "editor", seed: { project: "mine" } },
  { label: "sibling", description: "a key of another project of the organisation", kind: "project", seed: { project: "second" } },
  { label: "other project", description: "a key of another organisation's project", kind: "project", seed: { project: "theirs" } },
];

export const buildApiKey = ({ label: short }: Caller): string => `napi_access_${short.replace(/\W+/g, "_")}_${short.length}`;
export const buildEmail = (caller: Caller): string => `${buildApiKey(caller)}@palisade.test`;
/** Members that a call may remove or change. */
export const DISPOSABLE_MEMBERS = 80;
export const buildDisposableEmail = (index: number): string => `disposable-${index}@palisade.test`;

/** The seed of a plane in which the callers are who they are said to be. */
export const SEED = {
  organisations: [{ name: "Other", id: OTHER_ORGANIZATION_ID }],
  users: [
    ...CALLERS.flatMap((caller) =>
      caller.kind === "personal" && caller.seed ? [{ name: caller.label, email: buildEmail(caller), ...caller.seed }] : [],
    ),
    ...Array.from({ length: DISPOSABLE_MEMBERS }, (_, index) => ({
      name: `Disposable ${index}`,
      email: buildDisposableEmail(index),
      role: "viewer",
    })),
  ],
  projects: [
    { name: "mine", id: HOME_PROJECT_ID },
    { name: "second", id: SECOND },
    { name: "theirs", id: THEIRS, organisation: "Other" },
  ],
  keys: CALLERS.flatMap((caller) => {
    if (!caller.seed) return [];
    const made = { name: caller.label, key: buildApiKey(caller) };
    if (caller.kind === "personal") return [{ ...made, kind: "personal", user: caller.label }];
    return [{ ...made, ...caller.seed, kind: caller.kind === "project" ? "project" : "organisation" }];
  }),
};
