import { randomBytes } from "node:crypto";
import { parseArgs } from "node:util";
import { formatErrorMessage, PalisadeError } from "../../contract/errors.js";
import { EXIT, type ExitCode } from "../../contract/exitCodes.js";
import type { Account } from "../../contract/account.js";
import { readConfiguration } from "../../provider/client/configuration.js";
import { type Assertion, checkAssertions, evaluateAssertion, type Question, askQuestions, type Subject } from "./conformanceChecks.js";
import { type ConformanceClient, createConformanceClient, type ObservedResponse, formatResponse } from "./conformanceClient.js";
import { startBuiltPlane, withPlane } from "./testPlane.js";

/**
 * `npm run conformance`: asks an API what no source settles, and whether it answers as other clients have seen it. The API is the embedded
 * plane, or the one that NEON_API_HOST names, with NEON_API_KEY (and NEON_ORG_ID).
 */

const CLEANING_MS = 180_000;

export interface ConformanceOutcome {
  host: string;
  assertions: Assertion[];
  questions: Question[];
  /** What went wrong beside them. */
  failure?: string;
  /** Objects of ours that could not be removed. */
  left: string[];
}

export interface Reporter {
  line: (text: string) => void;
}

/** @param stop ends the asking; what was made is removed all the same */
export async function runConformance(account: Account, stop: AbortSignal, { line }: Reporter): Promise<ConformanceOutcome> {
  const name = `palisade-conformance-${randomBytes(4).toString("hex")}`;
  const outcome: ConformanceOutcome = { host: new URL(account.apiUrl).host, assertions: [], questions: [], left: [] };
  const client = createConformanceClient(account, stop);
  try {
    const orgId = account.orgId ?? (await getOnlyOrganization(client));
    const subject = await createSubject(client, orgId, name);
    await checkAssertions(subject, (what, seen, wanted) => {
      const assertion = evaluateAssertion(what, seen, wanted);
      outcome.assertions.push(assertion);
      line(`${assertion.held ? "ok  " : "FAIL"}  ${what}: ${assertion.seen}${assertion.held ? "" : `, not ${assertion.wanted}`}`);
    });
    await askQuestions(subject, (question, seen: ObservedResponse | string) => {
      const text = typeof seen === "string" ? seen : formatResponse(seen);
      outcome.questions.push({ question, seen: text });
      line(`?     ${question}: ${text}`);
    });
  } catch (error) {
    outcome.failure = stop.aborted ? "interrupted" : formatErrorMessage(error);
  }
  outcome.left = await removeCreated(createConformanceClient(account, AbortSignal.timeout(CLEANING_MS)), account.orgId, name);
  return outcome;
}

/** One project, closed where the plan has a list, that stores no passwords. */
async function createSubject(client: ConformanceClient, orgId: string, name: string): Promise<Subject> {
  const project = { name, org_id: orgId, store_passwords: false };
  const closed = await client.call("POST", "/projects", { project: { ...project, settings: { allowed_ips: { ips: ["192.0.2.1"] } } } });
  const body = closed.status < 300 ? closed.body : await client.callOrThrow("POST", "/projects", { project });
  const made = body as { project: { id: string }; branch: { id: string }; roles: { name: string }[] };
  await client.waitForOperations(made.project.id);
  return { client, orgId, name, projectId: made.project.id, branchId: made.branch.id, roleName: made.roles[0]?.name ?? "" };
}

async function getOnlyOrganization(client: ConformanceClient): Promise<string> {
  const { organizations } = (await client.callOrThrow("GET", "/users/me/organizations")) as { organizations: { id: string }[] };
  const [only] = organizations;
  if (!only || organizations.length > 1) throw new PalisadeError("PAL_ORG_AMBIGUOUS", organizations.map(({ id }) => id).join(", "));
  return only.id;
}

/** Everything of this name, wherever the asking has stopped. @returns what is still there */
async function removeCreated(client: ConformanceClient, configured: string | undefined, name: string): Promise<string[]> {
  try {
    const orgId = configured ?? (await getOnlyOrganization(client));
    const keys = await client.call("GET", `/organizations/${orgId}/api_keys`);
    if (keys.status < 300)
      for (const key of keys.body as unknown as { id: number; name: string }[])
        if (key.name === name) await client.callOrThrow("DELETE", `/organizations/${orgId}/api_keys/${key.id}`);
    for (const id of await listProjects(client, orgId, name)) {
      const { branches } = (await client.callOrThrow("GET", `/projects/${id}/branches`)) as {
        branches: { id: string; protected: boolean }[];
      };
      for (const branch of branches.filter((each) => each.protected)) {
        await client.callOrThrow("PATCH", `/projects/${id}/branches/${branch.id}`, { branch: { protected: false } });
        await client.waitForOperations(id);
      }
      await client.callOrThrow("DELETE", `/projects/${id}`);
    }
    return await listProjects(client, orgId, name);
  } catch (error) {
    return [`${name} (${formatErrorMessage(error)})`];
  }
}

async function listProjects(client: ConformanceClient, orgId: string, name: string): Promise<string[]> {
  const { projects } = (await client.callOrThrow("GET", `/projects?org_id=${orgId}&search=${name}`)) as {
    projects: { id: string; name: string }[];
  };
  return projects.filter((project) => project.name === name).map(({ id }) => id);
}

export const getExitCode = ({ assertions: made, failure, left }: ConformanceOutcome): ExitCode =>
  failure === "interrupted"
    ? EXIT.interrupted
    : failure === undefined && left.length === 0 && made.every(({ held }) => held)
      ? EXIT.done
      : EXIT.failed;

const PLAN = `makes 1 project of an unused name that begins with palisade-conformance-, in it 2 branches, 1 compute, 1 role and 1 database, and 1 API
key for it; changes and deletes nothing else; removes all of it at the end. A deleted project can be recovered at Neon for 7 days.`;

export async function main(words: readonly string[], environment: NodeJS.ProcessEnv): Promise<ExitCode> {
  const { values } = parseArgs({
    args: [...words],
    options: { yes: { type: "boolean", default: false }, output: { type: "string", default: "text" } },
  });
  if (values.output !== "text" && values.output !== "json") throw new PalisadeError("PAL_USAGE", "--output is text or json");
  const text = values.output === "text";
  const line = (said: string) => void (text ? process.stdout : process.stderr).write(`${said}\n`);
  const stop = new AbortController();
  const interrupt = () => {
    stop.abort();
  };
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  try {
    if (!environment["NEON_API_HOST"]) {
      line("the API is an embedded plane; NEON_API_HOST names another");
      return await withPlane(startBuiltPlane, async ({ ready }) => conclude(await runConformance(ready, stop.signal, { line })));
    }
    const account = readConfiguration({ get: () => undefined }, environment, line).getAccount(undefined);
    line(`this run ${PLAN}`);
    if (!isLoopback(account.apiUrl) && !values.yes) {
      line(`${new URL(account.apiUrl).host} is not on this machine: add --yes to do so there`);
      return EXIT.wrongUsage;
    }
    return conclude(await runConformance(account, stop.signal, { line }));
  } finally {
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
  }

  function conclude(outcome: ConformanceOutcome): ExitCode {
    if (!text) process.stdout.write(`${JSON.stringify(outcome, undefined, 2)}\n`);
    if (outcome.failure !== undefined) line(`ended early: ${outcome.failure}`);
    for (const left of outcome.left) line(`NOT REMOVED: ${left}`);
    const held = outcome.assertions.filter((assertion) => assertion.held).length;
    line(`${held} of ${outcome.assertions.length} assertions held, ${outcome.questions.length} questions answered`);
    return getExitCode(outcome);
  }
}

/** http:// is for this machine alone: see the configuration's rule. */
const isLoopback = (apiUrl: string): boolean => new URL(apiUrl).protocol === "http:";

if (require.main === module)
  main(process.argv.slice(2), process.env).then(
    (code) => {
      process.exitCode = code;
    },
    (error: unknown) => {
      process.stderr.write(`${formatErrorMessage(error)}\n`);
      process.exitCode = EXIT.failed;
    },
  );
