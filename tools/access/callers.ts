import type { Role } from "./declared.js";

/** Ids of the seeded world. The keys are of test worlds only. */
export const OTHER = "org-other-one-00000001";
export const MINE = "mine-00000001";
const [SECOND, THEIRS] = ["second-00000001", "theirs-00000001"];

/** Whoever makes a call about the project `mine` of the home organisation, and that organisation. */
export interface Caller {
  /** One word or two, for the head of a column. */
  readonly short: string;
  /** The same at length. */
  readonly who: string;
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
  /** Role for the project, or a share of it by e-mail address: set when the world is made. */
  readonly projectRole?: "viewer" | "editor" | "admin";
  readonly isShared?: true;
}

const HOME_ADMINISTRATOR = { inOrganization: "organizationAdministrator", inProject: "organizationAdministrator" } as const;
const [VIEWER, EDITOR] = [
  { inOrganization: "viewer", inProject: "viewer" },
  { inOrganization: "editor", inProject: "editor" },
] as const;

const person = (short: string, who: string, role: string, more: Omit<Partial<Caller>, "seed"> & { organisation?: string }): Caller => {
  const { organisation, ...facts } = more;
  return { short, who, kind: "personal", seed: { role, ...(organisation !== undefined && { organisation }) }, ...facts };
};

/** All that is told apart when a call is admitted. */
export const CALLERS: readonly Caller[] = [
  { short: "no key", who: "a call without a key", kind: "nobody" },
  { short: "revoked", who: "a key of the organisation that was revoked", kind: "nobody" },
  {
    short: "plane",
    who: "the administrator of the plane and of the organisation",
    kind: "personal",
    isPlaneAdministrator: true,
    ...HOME_ADMINISTRATOR,
  },
  person("admin", "a member `admin`, whatever the role for the project (here `viewer`)", "admin", {
    ...HOME_ADMINISTRATOR,
    projectRole: "viewer",
  }),
  person("member", "a member `member`", "member", EDITOR),
  person("editor", "a member `editor`", "editor", EDITOR),
  person("viewer", "a member `viewer`", "viewer", VIEWER),
  person("collab", "a member `collaborator`", "collaborator", VIEWER),
  person("collab+", "a `collaborator` with whom the project is shared", "collaborator", { ...VIEWER, inProject: "editor", isShared: true }),
  person("v→editor", "a `viewer` who is `editor` of the project", "viewer", { ...VIEWER, inProject: "editor", projectRole: "editor" }),
  person("v→admin", "a `viewer` who is `admin` of the project", "viewer", { ...VIEWER, inProject: "administrator", projectRole: "admin" }),
  person("e→viewer", "an `editor` who is `viewer` of the project", "editor", { ...EDITOR, inProject: "viewer", projectRole: "viewer" }),
  person("guest", "an administrator of another organisation, with whom the project is shared", "admin", {
    ...{ organisation: "Other", inProject: "editor", isGuest: true, isShared: true },
  }),
  person("stranger", "an administrator of another organisation", "admin", { organisation: "Other" }),
  { short: "org key", who: "a key of the organisation", kind: "organization", ...HOME_ADMINISTRATOR, seed: {} },
  { short: "other org", who: "a key of another organisation", kind: "organization", seed: { organisation: "Other" } },
  { short: "project key", who: "a key of the project", kind: "project", inProject: "editor", seed: { project: "mine" } },
  { short: "sibling", who: "a key of another project of the organisation", kind: "project", seed: { project: "second" } },
  { short: "other project", who: "a key of another organisation's project", kind: "project", seed: { project: "theirs" } },
];

export const keyOf = ({ short }: Caller): string => `napi_access_${short.replace(/\W+/g, "_")}_${short.length}`;
export const emailOf = (caller: Caller): string => `${keyOf(caller)}@palisade.test`;
/** Members whom a call may remove or change. */
export const SPARES = 80;
export const spareEmail = (index: number): string => `spare-${index}@palisade.test`;

/** The seed of a plane in which the callers are who they are said to be. */
export const SEED = {
  organisations: [{ name: "Other", id: OTHER }],
  users: [
    ...CALLERS.flatMap((caller) =>
      caller.kind === "personal" && caller.seed ? [{ name: caller.short, email: emailOf(caller), ...caller.seed }] : [],
    ),
    ...Array.from({ length: SPARES }, (_, index) => ({ name: `Spare ${index}`, email: spareEmail(index), role: "viewer" })),
  ],
  projects: [
    { name: "mine", id: MINE },
    { name: "second", id: SECOND },
    { name: "theirs", id: THEIRS, organisation: "Other" },
  ],
  keys: CALLERS.flatMap((caller) => {
    if (!caller.seed) return [];
    const made = { name: caller.short, key: keyOf(caller) };
    if (caller.kind === "personal") return [{ ...made, kind: "personal", user: caller.short }];
    return [{ ...made, ...caller.seed, kind: caller.kind === "project" ? "project" : "organisation" }];
  }),
};
