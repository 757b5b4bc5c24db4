import type { PlanName } from "@palisade/neon/contract/plane";
import type { CurrentUser, Organization } from "@palisade/neon/contract/wire/account";
import type { Clock } from "./clock.js";
import { PLAN_LIMITS } from "./domain/plans.js";
import { type Mint, hashOf } from "./mint.js";
import { addKey } from "./newKey.js";
import type { Directory } from "./store/directory.js";
import type { Tx } from "./store/store.js";

/** Who the plane announces itself for. */
export interface Identity {
  admin: CurrentUser;
  organization: Organization;
  /** The admin's personal key. */
  key: string;
}

/**
 * The same identity at every start of one directory: made at the first, taken from the store and admin.key later.
 * Where the announced key was revoked or its file lost, the admin gets a new one. The plan is that of this start.
 * @param fill called once, in the transaction of the first start
 */
export function establish(
  directory: Directory,
  { clock, mint, plan }: { clock: Clock; mint: Mint; plan: PlanName },
  fill: (tx: Tx, identity: Identity) => void,
): Identity {
  // Written before the store knows it: a crash in between leaves a key that the next start takes.
  const key = directory.readAdminKey() ?? mint.apiKey();
  directory.writeAdminKey(key);
  mint.note(key);
  return directory.store.transaction((tx) => {
    const known = tx.first("user");
    const at = clock.at();
    const admin = known ?? newUser(tx, mint, { name: "Admin", email: "admin@palisade.test" }, plan);
    const organization = known ? organizationOf(tx, admin, plan) : newOrganization(tx, mint, { name: "Palisade", plan }, at);
    if (!known) join(tx, mint, admin, organization, "admin", at);
    const hash = hashOf(key);
    const there = tx.list("api_key", { where: { key_prefix: hash.slice(0, 16) } }).some(({ user_id }) => user_id === admin.id);
    if (!there) addKey(tx, mint, { name: "admin", by: admin, at, owner: { user_id: admin.id }, text: key });
    const identity = { admin, organization, key };
    if (!known) fill(tx, identity);
    return identity;
  });
}

export function newOrganization(
  tx: Tx,
  mint: Mint,
  asked: { name: string; plan: PlanName; id?: string | undefined },
  at: string,
): Organization {
  const id = asked.id ?? mint.orgId();
  const organization: Organization = {
    id,
    name: asked.name,
    handle: id.replace(/^org-/, ""),
    ...planned(asked.plan),
    created_at: at,
    updated_at: at,
    managed_by: "console",
    require_mfa: false,
  };
  tx.put("organization", organization);
  return organization;
}

export function newUser(tx: Tx, mint: Mint, { name, email }: { name: string; email: string }, plan: PlanName): CurrentUser {
  const { projects, branches } = PLAN_LIMITS[plan];
  const user: CurrentUser = {
    id: mint.uuid(),
    email,
    login: email,
    name,
    last_name: "",
    image: "",
    plan,
    active_seconds_limit: 0,
    auth_accounts: [{ email, image: "", login: email, name, provider: "keycloak" }],
    projects_limit: projects,
    branches_limit: branches,
    max_autoscaling_limit: 10,
  };
  tx.put("user", user);
  return user;
}

export function join(tx: Tx, mint: Mint, user: CurrentUser, { id }: Organization, role: string, at: string): void {
  tx.put("member", { id: mint.uuid(), user_id: user.id, org_id: id, role, joined_at: at });
}

function organizationOf(tx: Tx, admin: CurrentUser, plan: PlanName): Organization {
  const member = tx.first("member", { where: { user: admin.id } });
  const organization = member && tx.get("organization", member.org_id);
  if (!organization) throw new Error("the data directory holds no organisation of its administrator");
  const current = { ...organization, ...planned(plan) };
  tx.put("organization", current);
  return current;
}

const planned = (plan: PlanName) => ({ plan, allow_hipaa_projects: PLAN_LIMITS[plan].hipaa });
