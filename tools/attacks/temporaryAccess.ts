import { AccessTerms } from "../../contract/temporaryAccess.js";
import { type Answer, type AttackTarget, KEYS, type Login, type TestBranch } from "./attackTarget.js";

/** How the attacks ask for temporary access. */

const HOUR_MS = 3_600_000;
let asked = 0;

/** Each with a role of its own, so that many share a branch. */
export const buildTerms = ({ projectId, branchId, owner }: TestBranch, given: Partial<AccessTerms> = {}): AccessTerms =>
  AccessTerms.parse({
    ...{ projectId, branchId, databaseName: owner.database, roleName: `visitor${(asked += 1)}` },
    privileges: { database: ["CONNECT", "CREATE"], schemas: [{ name: "shop", privileges: ["USAGE", "CREATE"], tables: ["SELECT"] }] },
    until: new Date(Date.now() + HOUR_MS).toISOString(),
    ...{ reason: "a look", requester: "ada@palisade.test" },
    ...given,
  });

export const formatAccessPath = ({ projectId, branchId, roleName }: AccessTerms): string =>
  `/x-palisade/projects/${projectId}/branches/${branchId}/temporary_access/${roleName}`;

export const ask = (target: AttackTarget, terms: AccessTerms, approval: string, key?: string): Promise<Answer> => {
  const { databaseName, privileges, until, reason, requester } = terms;
  const body = { temporary_access: { database_name: databaseName, privileges, until, reason, requester, approval } };
  return target.call("PUT", formatAccessPath(terms), body, key);
};

/** Every wrong password counts, by source and compute: few attacks share one. */
const ATTACKS_A_SHOP = 6;
let opened = 0;

/** A branch with something to look at, and something that no visitor may see. */
export const getShop = (target: AttackTarget): Promise<TestBranch> =>
  target.getOrCreate(`shop ${Math.floor((opened += 1) / ATTACKS_A_SHOP)}`, () => createShop(target));

export async function createShop(target: AttackTarget): Promise<TestBranch> {
  const place = await target.createProject(KEYS.attackers, { name: "shop" });
  await target.query(
    place.owner,
    "CREATE SCHEMA shop; CREATE TABLE shop.orders (n int); INSERT INTO shop.orders VALUES (17); CREATE TABLE public.secret (n int); INSERT INTO public.secret VALUES (42)",
  );
  return place;
}

/** @throws unless it is given */
export async function giveAccess(
  target: AttackTarget,
  place: TestBranch,
  given: Partial<AccessTerms> = {},
): Promise<{ terms: AccessTerms; login: Login }> {
  const terms = buildTerms(place, given);
  const answer = await ask(target, terms, await target.approvers.approve(terms));
  const { password } = answer.body;
  if (answer.status !== 200 || typeof password !== "string") throw new Error(`the access was not given: ${JSON.stringify(answer.body)}`);
  target.secrets.add(password);
  await target.waitForOperations(place.projectId);
  return { terms, login: { ...place.owner, role: terms.roleName, password } };
}

export async function endAccess(target: AttackTarget, terms: AccessTerms): Promise<void> {
  await target.callOrThrow("DELETE", formatAccessPath(terms));
  await target.waitForOperations(terms.projectId);
}
