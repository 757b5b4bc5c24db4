import type { PlanName } from "@palisade/neon/contract/plane";
import type { CurrentUser, Organization } from "@palisade/neon/contract/wire/account";
import type { Clock } from "./clock.js";
import { PLAN_LIMITS } from "./domain/plans.js";
import { type IdGenerator, hashKey } from "./idGenerator.js";
import { addApiKey } from "./addApiKey.js";
import type { DataDirectory } from "./store/directory.js";
import type { Tx } from "./store/store.js";

/** The identity that the plane announces. */
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
export function ensureIdentity(
  directory: DataDirectory,
  { clock, ids, plan }: { clock: Clock; ids: IdGenerator; plan: PlanName },
  fill: (tx: Tx, identity: Identity) => void,
): Identity {
  // Written before the store knows it: a crash in between leaves a key that the next start takes.
  const key = directory.readAdminKey() ?? ids.createApiKey();
  directory.writeAdminKey(key);
  ids.noteKey(key);
  return directory.store.transact((tx) => {
    const known = tx.findFirst("user");
    const at = clock.formatNow();
    const admin = known ?? createUser(tx, ids, { name: "Admin", email: "admin@palisade.test" }, plan);
    const organization = known ? getAdminOrganization(tx, admin, plan) : createOrganization(tx, ids, { name: "Palisade", plan }, at);
    if (!known) addMember(tx, ids, admin, organization, "admin", at);
    const hash = hashKey(key);
    const there = tx.list("api_key", { where: { key_prefix: hash.slice(0, 16) } }).some(({ user_id }) => user_id === admin.id);
    if (!there) addApiKey(tx, ids, { name: "admin", by: admin, at, owner: { user_id: admin.id }, text: key });
    const identity = { admin, organization, key };
    if (!known) fill(tx, identity);
    return identity;
  });
}

export function createOrganization(
  tx: Tx,
  ids: IdGenerator,
  asked: { name: string; plan: PlanName; id?: string | undefined },
  at: string,
): Organization {
  const id = asked.id ?? ids.createOrgId();
  const organization: Organization = {
    id,
    name: asked.name,
    handle: id.replace(/^org-/, ""),
    ...getPlanFields(asked.plan),
    created_at: at,
    updated_at: at,
    managed_by: "console",
    require_mfa: false,
  };
  tx.put("organization", organization);
  return organization;
}

export function createUser(tx: Tx, ids: IdGenerator, { name, email }: { name: string; email: string }, plan: PlanName): CurrentUser {
  const { projects, branches } = PLAN_LIMITS[plan];
  const user: CurrentUser = {
    id: ids.createUuid(),
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

export function addMember(tx: Tx, ids: IdGenerator, user: CurrentUser, { id }: Organization, role: string, at: string): void {
  tx.put("member", { id: ids.createUuid(), user_id: user.id, org_id: id, role, joined_at: at });
}

function getAdminOrganization(tx: Tx, admin: CurrentUser, plan: PlanName): Organization {
  const member = tx.findFirst("member", { where: { user: admin.id } });
  const organization = member && tx.get("organization", member.org_id);
  if (!organization) throw new Error("the data directory holds no organisation of its administrator");
  const current = { ...organization, ...getPlanFields(plan) };
  tx.put("organization", current);
  return current;
}

const getPlanFields = (plan: PlanName) => ({ plan, allow_hipaa_projects: PLAN_LIMITS[plan].hipaa });
