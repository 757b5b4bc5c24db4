import { isPalisadeError, formatErrorMessage } from "../../contract/errors.js";
import type { Account } from "../../contract/account.js";
import type { PlaneStatus } from "../../contract/wire/planeStatus.js";
import type { Origin } from "../../provider/engine/session.js";
import { createSession } from "../../provider/sessions.js";
import { isNeon, readPlaneStatus } from "../planeStatus.js";
import { AUDIT_EXPORT, checkAuditExports } from "./auditExports.js";
import { type Check, fail, pass, skip, warn } from "./checks.js";

/** A clock further off than this makes expiries and certificates wrong. Ours. */
const CLOCK_TOLERANCE_SECONDS = 60;
const CLOCK_TIMEOUT_MS = 10_000;

/** Address, key, organisation and clock, in few calls. */
export async function checkApi(account: Account): Promise<{ checks: Check[]; origin?: Origin }> {
  const session = createSession(account, undefined, new AbortController().signal);
  const checks: Check[] = [];
  try {
    const { account_id, auth_method } = await session.ctx.api.getAuth();
    checks.push(pass("control API", account.apiUrl), pass("API key", `${KINDS[auth_method] ?? auth_method}, account ${account_id}`));
  } catch (error) {
    const name = isPalisadeError(error, "PAL_KEY_REFUSED", "PAL_FORBIDDEN") ? "API key" : "control API";
    return { checks: [toFailedCheck(name, error)] };
  }
  checks.push(await checkClock(account.apiUrl));
  try {
    const origin = await session.getOrigin();
    checks.push(pass("organisation", origin.accountId), await checkScope(session, origin), ...(await checkPlane(account, session, origin)));
    return { checks, origin };
  } catch (error) {
    return { checks: [...checks, toFailedCheck("organisation", error)] };
  }
}

const KINDS: Record<string, string> = { api_key_user: "personal key", api_key_org: "organisation key" };

/** A key of one project cannot list the organisation's projects. */
async function checkScope({ ctx }: ReturnType<typeof createSession>, origin: Origin): Promise<Check> {
  try {
    const projects = await ctx.api.listProjects(origin.accountId);
    return pass("scope", `${projects.length} project${projects.length === 1 ? "" : "s"} of ${origin.accountId} visible`);
  } catch (error) {
    if (!isPalisadeError(error, "PAL_FORBIDDEN", "PAL_NOT_FOUND")) return toFailedCheck("scope", error);
    return warn("scope", "the key belongs to one project", "A stack that makes projects needs an organisation key or a personal key");
  }
}

const SQL_PASSWORDS = "SQL passwords";

/** What an embedded plane tells of itself: which Postgres runs, how passwords that are set by SQL are held, where its audit goes. */
async function checkPlane(account: Account, { ctx }: ReturnType<typeof createSession>, { accountId }: Origin): Promise<Check[]> {
  if (isNeon(account)) return [pass(SQL_PASSWORDS, "held to 60 bits by Neon")];
  try {
    const status = await readPlaneStatus(account);
    if (!status) return [skip(SQL_PASSWORDS, "the API does not tell how they are held")];
    return [
      ...(status.postgres ? [checkPostgres(status.postgres)] : []),
      checkPasswords(status),
      ...(status.sealing ? checkSealing(status.sealing) : []),
      ...(status.customer_keys ?? []).map(checkCustomerKey),
      ...(await checkAuditExports(ctx.api, accountId, Date.now()).catch((error: unknown) => [toFailedCheck(AUDIT_EXPORT, error)])),
      ...(status.statements ? [checkStatements(status.statements)] : []),
    ];
  } catch (error) {
    return [toFailedCheck(SQL_PASSWORDS, error)];
  }
}

const checkPostgres = ({ version, origin }: NonNullable<PlaneStatus["postgres"]>): Check =>
  pass(
    "Postgres",
    `version ${version}, ${origin === "embedded" ? "from the plane's own package" : "of the system"}: projects have no other`,
  );

function checkPasswords({ password_guard }: PlaneStatus): Check {
  switch (password_guard) {
    case "hook":
      return pass(SQL_PASSWORDS, "held to 60 bits inside Postgres");
    case "passwordcheck":
      return warn(SQL_PASSWORDS, "held to a least length only, so nobody can log in with one", COMPILER);
    case "none":
      return warn(SQL_PASSWORDS, "not held, so nobody can log in with one", COMPILER);
    case null:
      return skip(SQL_PASSWORDS, "the plane runs no Postgres");
  }
}

const STATEMENTS = "statements";

/** Of temporary access, where somebody may approve one. */
const checkStatements = (kept: NonNullable<PlaneStatus["statements"]>): Check =>
  kept === "normalised"
    ? pass(STATEMENTS, "of temporary access are in the audit, without their constants")
    : warn(
        STATEMENTS,
        "of temporary access are in the audit as their length only",
        "Install @libpg-query/parser beside the plane, and start it again",
      );

const CUSTOMER_KEY = "customer key";

/** Of a project, at the plane alone. */
function checkCustomerKey({ project_id, key, state, reason }: NonNullable<PlaneStatus["customer_keys"]>[number]): Check {
  const detail = `${project_id} is under ${key}: ${state}${reason === undefined ? "" : ` (${reason})`}`;
  if (state === "active" || state === "rotating") return pass(CUSTOMER_KEY, detail);
  return warn(
    CUSTOMER_KEY,
    detail,
    "Computes of the project do not start until its owner lets the key be used again; it is tried by itself",
  );
}

/** What an embedded plane has sealed, and what lies in files. */
function checkSealing({ mode, core_dumps, unsealed }: NonNullable<PlaneStatus["sealing"]>): Check[] {
  const which = mode === "all" ? "everything" : "the data of projects with a key of their own";
  const names = unsealed.map(({ branch_id }) => branch_id).join(", ");
  return [
    unsealed.length === 0
      ? pass(SEALING, `${which}, while no compute uses it; the data of a running compute lies in files that its user alone may read`)
      : warn(
          SEALING,
          `${unsealed.length} not sealed yet: ${names}`,
          "Look at the plane's log for the key that cannot be used; they are sealed first once it can",
        ),
    core_dumps === "off"
      ? pass("core dumps", "off: no key and no row gets into one")
      : warn("core dumps", "may be written, with keys and rows in them", "Start the plane with `ulimit -c 0`"),
  ];
}

const SEALING = "sealed data";

const COMPILER = "Install a C compiler (cc) where the plane runs, then start it again";

async function checkClock(apiUrl: string): Promise<Check> {
  try {
    const answer = await fetch(`${apiUrl}/regions`, { redirect: "manual", signal: AbortSignal.timeout(CLOCK_TIMEOUT_MS) });
    await answer.body?.cancel();
    const theirs = Date.parse(answer.headers.get("date") ?? "");
    if (Number.isNaN(theirs)) return warn("clock", "the API does not tell its time", "Check this machine's clock by hand");
    const seconds = Math.round(Math.abs(Date.now() - theirs) / 1_000);
    return seconds <= CLOCK_TOLERANCE_SECONDS
      ? pass("clock", `within ${seconds} s of the API's`)
      : warn("clock", `${seconds} s off the API's`, "Set this machine's clock: expiries and certificates depend on it");
  } catch (error) {
    return toFailedCheck("clock", error);
  }
}

const toFailedCheck = (name: string, error: unknown): Check =>
  isPalisadeError(error) ? fail(name, error.detail, error.remedy) : fail(name, formatErrorMessage(error), "Run the command again");
