import { randomBytes } from "node:crypto";
import { type ConformanceClient, type ObservedResponse, formatResponse } from "./conformanceClient.js";

/** What is asked of an API, in one project of its own. */

export interface Assertion {
  what: string;
  wanted: string;
  seen: string;
  held: boolean;
}

export interface Question {
  question: string;
  seen: string;
}

export interface Subject {
  client: ConformanceClient;
  orgId: string;
  /** Of everything that is made. */
  name: string;
  projectId: string;
  /** The default branch. */
  branchId: string;
  roleName: string;
}

interface ExpectedResponse {
  status: number;
  code?: string;
  message?: string | RegExp;
}

type Assert = (what: string, seen: ObservedResponse, wanted: ExpectedResponse) => void;
type Answer = (question: string, seen: ObservedResponse | string) => void;

const UNKNOWN = "palisade-no-such-12345678";
/** Addresses for documentation (RFC 5737). */
const CLOSED = ["192.0.2.1"];

/** Status codes with evidence: they must be as other clients have seen them. */
export async function checkAssertions(subject: Subject, assert: Assert): Promise<void> {
  const { client, orgId, name, projectId, branchId, roleName } = subject;
  const at = `/projects/${projectId}`;
  const wrong = `napi_${randomBytes(32).toString("hex")}`;
  assert("a wrong key", await client.call("GET", "/users/me/organizations", undefined, wrong), {
    status: 401,
    code: "",
    message: "supplied credentials do not pass authentication",
  });
  const { auth_method } = await client.callOrThrow("GET", "/auth");
  if (auth_method === "api_key_user")
    assert("the list of projects, asked with a personal key and without org_id", await client.call("GET", "/projects"), {
      status: 400,
      message: /org_id is required/,
    });
  assert("a project that does not exist", await client.call("GET", `/projects/${UNKNOWN}`), {
    status: 404,
    code: "",
    message: "project not found",
  });
  assert("a branch that does not exist", await client.call("GET", `${at}/branches/br-${UNKNOWN}`), {
    status: 404,
    code: "",
    message: "branch not found",
  });
  for (const missing of [
    `branches/br-${UNKNOWN}`,
    `endpoints/ep-${UNKNOWN}`,
    `branches/${branchId}/roles/${UNKNOWN}`,
    `branches/${branchId}/databases/${UNKNOWN}`,
  ])
    assert(`deletion of what does not exist (${missing.split("/").at(-2) ?? ""})`, await client.call("DELETE", `${at}/${missing}`), {
      status: 204,
    });
  assert("a role that does not exist", await client.call("GET", `${at}/branches/${branchId}/roles/${UNKNOWN}`), {
    status: 404,
    message: `role not found for branch; role_name:"${UNKNOWN}", branch_id:"${branchId}"`,
  });
  assert(
    "a password of a project that stores none",
    await client.call("GET", `${at}/branches/${branchId}/roles/${roleName}/reveal_password`),
    {
      status: 412,
    },
  );
  const database = { database: { name, owner_name: roleName } };
  assert("a database", await client.call("POST", `${at}/branches/${branchId}/databases`, database), { status: 201 });
  await client.waitForOperations(projectId);
  assert("a database once more", await client.call("POST", `${at}/branches/${branchId}/databases`, database), {
    status: 409,
    message: `database with name ${name} already exists`,
  });
  assert("a role", await client.call("POST", `${at}/branches/${branchId}/roles`, { role: { name } }), { status: 201 });
  await client.waitForOperations(projectId);
  const child = await client.call("POST", `${at}/branches`, { branch: { name: `${name}-child` } });
  assert("a branch", child, { status: 201 });
  await client.waitForOperations(projectId);
  const childId = (child.body["branch"] as { id: string } | undefined)?.id ?? "";
  const grandchild = await client.callOrThrow("POST", `${at}/branches`, { branch: { name: `${name}-grandchild`, parent_id: childId } });
  await client.waitForOperations(projectId);
  const grandchildId = (grandchild["branch"] as { id: string }).id;
  assert("deletion of a branch with children", await client.call("DELETE", `${at}/branches/${childId}`), {
    status: 422,
    message: `cannot delete branch that has children: ${grandchildId}`,
  });
  assert(
    "restoring a branch with children, without a name for what it was",
    await client.call("POST", `${at}/branches/${childId}/restore`, { source_branch_id: branchId }),
    {
      status: 422,
      message: "Branch has children, preserve_under_name is required",
    },
  );
  const compute = { endpoint: { branch_id: childId, type: "read_write" } };
  assert("a compute", await client.call("POST", `${at}/endpoints`, compute), { status: 201 });
  await client.waitForOperations(projectId);
  const key = await client.call("POST", `/organizations/${orgId}/api_keys`, { key_name: name, project_id: projectId });
  if (auth_method === "api_key_user") {
    assert("a key of the project", key, { status: 200 });
    assert("its revocation", await client.call("DELETE", `/organizations/${orgId}/api_keys/${String(key.body["id"])}`), { status: 200 });
  }
  await client.callOrThrow("PATCH", at, { project: { settings: { enable_logical_replication: true } } });
  await client.waitForOperations(projectId);
  assert(
    "turning logical replication off",
    await client.call("PATCH", at, { project: { settings: { enable_logical_replication: false } } }),
    {
      status: 400,
    },
  );
}

/** What no source documents: each question is asked, and the answer is reported. */
export async function askQuestions({ client, name, projectId, branchId, roleName }: Subject, answer: Answer): Promise<void> {
  const at = `/projects/${projectId}`;
  const { branches } = (await client.callOrThrow("GET", `${at}/branches`)) as { branches: { id: string; name: string }[] };
  const idOf = (suffix: string) => branches.find((branch) => branch.name === `${name}-${suffix}`)?.id ?? UNKNOWN;
  const [child, grandchild] = [idOf("child"), idOf("grandchild")];
  const ask = async (question: string, method: string, path: string, body?: object) => {
    answer(question, await client.call(method, path, body));
    await client.waitForOperations(projectId);
  };
  await ask("deletion of the default branch, which is a root branch", "DELETE", `${at}/branches/${branchId}`);
  await ask("a second read-write compute of a branch", "POST", `${at}/endpoints`, { endpoint: { branch_id: child, type: "read_write" } });
  await ask("deletion of a role that owns a database", "DELETE", `${at}/branches/${branchId}/roles/${roleName}`);
  await ask("a branch of a name that is taken", "POST", `${at}/branches`, { branch: { name: `${name}-child` } });
  await ask("a role of a name that is taken", "POST", `${at}/branches/${branchId}/roles`, { role: { name } });

  const list = async () => {
    const { project } = (await client.callOrThrow("GET", at)) as { project: { settings?: { allowed_ips?: unknown } } };
    return JSON.stringify(project.settings?.allowed_ips ?? null);
  };
  const setting = async (question: string, settings: object) => {
    const seen = await client.call("PATCH", at, { project: { settings } });
    await client.waitForOperations(projectId);
    answer(question, `${formatResponse(seen)}; the list is now ${await list()}`);
  };
  await setting("an allowlist", { allowed_ips: { ips: CLOSED } });
  await setting("allowed_ips without ips: is the list kept?", { allowed_ips: { protected_branches_only: true } });
  await setting("settings without allowed_ips: are they merged by key?", { block_vpc_connections: false });
  await setting("an allowlist entry that is no address", { allowed_ips: { ips: ["nowhere"] } });
  await setting("a range of IPv6 addresses", { allowed_ips: { ips: ["2001:db8::1-2001:db8::5"] } });
  await setting("an entry with blanks around it: are they taken away?", { allowed_ips: { ips: [" 192.0.2.1 "] } });
  const many = Array.from({ length: MANY }, (_, index) => `198.18.${index >> 8}.${index & 255}`);
  answer(`${MANY} entries`, await client.call("PATCH", at, { project: { settings: { allowed_ips: { ips: many } } } }));
  await client.waitForOperations(projectId);
  await setting("the list put back", { allowed_ips: { ips: CLOSED, protected_branches_only: false } });

  const farAway = new Date(Date.now() + TEN_YEARS_MS).toISOString().replace(/\.\d+Z$/, "Z");
  await ask("an expiry in ten years", "PATCH", `${at}/branches/${grandchild}`, { branch: { expires_at: farAway } });
  await ask("a restriction to a VPC endpoint that is not assigned", "POST", `${at}/vpc_endpoints/vpce-${randomBytes(8).toString("hex")}`, {
    label: name,
  });
  answer("assigning a removed VPC endpoint again", "not asked: it would use one up for ever");
  answer("whether 429 carries Retry-After", "not asked: the account's other callers would feel it");

  const protect = await client.call("PATCH", `${at}/branches/${child}`, { branch: { protected: true } });
  await client.waitForOperations(projectId);
  answer("protecting a branch", protect);
  if (protect.status >= 300) return;
  const { endpoints } = (await client.callOrThrow("GET", `${at}/branches/${child}/endpoints`)) as { endpoints: { id: string }[] };
  await ask("deletion of the compute of a protected branch", "DELETE", `${at}/endpoints/${endpoints[0]?.id ?? UNKNOWN}`);
  await ask("an expiry of a protected branch", "PATCH", `${at}/branches/${child}`, { branch: { expires_at: farAway } });
  const restore = { source_branch_id: branchId, preserve_under_name: `${name}-before` };
  await ask("restoring onto a protected branch", "POST", `${at}/branches/${child}/restore`, restore);
  await client.call("DELETE", `${at}/branches/${grandchild}`);
  await client.waitForOperations(projectId);
  await ask("deletion of a protected branch", "DELETE", `${at}/branches/${child}`);
  // The last: should it be done after all, nothing is left to ask.
  answer("deletion of a project with a protected branch", await client.call("DELETE", at));
}

const MANY = 200;
const TEN_YEARS_MS = 10 * 365 * 86_400_000;

export function evaluateAssertion(what: string, seen: ObservedResponse, { status, code, message }: ExpectedResponse): Assertion {
  const matches = message === undefined || (typeof message === "string" ? seen.message === message : message.test(seen.message));
  const wanted = [
    status,
    code === undefined ? undefined : JSON.stringify(code),
    message === undefined ? undefined : JSON.stringify(String(message)),
  ];
  return {
    what,
    seen: formatResponse(seen),
    held: seen.status === status && matches && (code === undefined || seen.code === code),
    wanted: wanted.filter((part) => part !== undefined).join(" "),
  };
}
