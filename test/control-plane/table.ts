import { BranchesPage, CreatedBranch } from "@palisade/neon/contract/wire/branch";
import { OperationsPage } from "@palisade/neon/contract/wire/common";
import { CreatedProject } from "@palisade/neon/contract/wire/project";
import { REFUSALS } from "../../control-plane/domain/refusals.js";
import { hasOperationFailed } from "../../contract/operations.js";
import type { Answer, TestPlane } from "../support/plane.js";
import { until } from "../support/until.js";
import type { Case, Line } from "./tableLine.js";

/** The refusal of one snapshot too many; its status and code are known of no page of Neon's. */
const SNAPSHOTS: Pick<Case, "status" | "code"> | undefined = Object.values(REFUSALS).find(({ text }) =>
  text.includes("snapshots limit exceeded"),
);

/** Every line of the table of status codes with evidence (neon-api.md 2.2), in its order: 25 lines. */
export const LINES = 25;
export const TABLE: readonly Line[] = [
  {
    situation: "missing, wrong or revoked key",
    cases: ["", "Bearer ", "Bearer napi_nobody", "revoked"].map((authorization) => ({
      status: 401,
      code: "",
      text: "supplied credentials do not pass authentication",
      provoke: async ({ scale: { api } }) => {
        if (authorization !== "revoked") return api.call("GET", "/auth", undefined, { authorization });
        const made = (await api.call("POST", "/api_keys", { key_name: "brief" })).body as { id: number; key: string };
        await api.call("DELETE", `/api_keys/${made.id}`);
        return api.withKey(made.key).call("GET", "/auth");
      },
    })),
  },
  {
    situation: "another operation is running in the project",
    cases: [
      {
        status: 423,
        code: "",
        text: "project already has running conflicting operations, scheduling of new ones is prohibited",
        provoke: async ({ slow }) => slow.api.call("POST", `${pathOf(await begun(slow))}/branches`),
      },
    ],
  },
  {
    situation: "suspend while a compute changes state",
    cases: [
      {
        status: 423,
        code: "",
        text: "endpoint is in some transitive state, could not suspend",
        provoke: async ({ slow }) => {
          const made = await begun(slow);
          return slow.api.call("POST", `${pathOf(made)}/endpoints/${made.endpoints[0]?.id ?? ""}/suspend`);
        },
      },
    ],
  },
  {
    situation: "a branch is used before it is ready",
    cases: [{ status: 422, code: "", text: "branch not ready yet", provoke: ({ scale }) => childOfUnready(scale) }],
  },
  {
    situation: "a branch with children is deleted",
    cases: [
      {
        status: 422,
        code: "",
        text: /^cannot delete branch that has children: br-[a-z0-9-]+$/,
        provoke: async ({ scale }) => {
          const { path, parent } = await family(scale);
          return scale.api.call("DELETE", `${path}/branches/${parent}`);
        },
      },
    ],
  },
  {
    situation: "a branch with children is restored without a new name",
    cases: [
      {
        status: 422,
        code: "",
        text: "Branch has children, preserve_under_name is required",
        provoke: async ({ scale }) => {
          const { path, parent, root } = await family(scale);
          return scale.api.call("POST", `${path}/branches/${parent}/restore`, { source_branch_id: root });
        },
      },
    ],
  },
  {
    situation: "too many branches",
    cases: [
      { status: 422, code: "BRANCHES_LIMIT_EXCEEDED", text: /branches limit/, provoke: ({ free }) => branches(free, 10, {}) },
      {
        status: 422,
        code: "ROOT_BRANCHES_LIMIT_EXCEEDED",
        text: /root branches limit/,
        provoke: ({ free }) => branches(free, 3, { branch: { init_source: "schema-only" } }),
      },
    ],
  },
  {
    situation: "a branch is protected beyond the plan",
    cases: (["free", "scale"] as const).map((plan) => ({
      status: 422,
      code: "BRANCHES_PROTECTED_LIMIT_EXCEEDED",
      text: "You have reached the maximum number of protected branches for your current plan. To protect this branch, either upgrade your plan or reduce the number of existing protected branches.",
      provoke: (scene) => branches(scene[plan], plan === "free" ? 1 : 6, { branch: { protected: true } }),
    })),
  },
  {
    situation: "IP allow on a plan without it",
    cases: [
      {
        status: 400,
        code: "",
        text: /max: "0"/,
        provoke: ({ free }) => patched(free, { settings: { allowed_ips: { ips: ["192.0.2.1"] } } }),
      },
    ],
  },
  {
    situation: "a retention above the plan",
    cases: [
      {
        status: 400,
        code: "",
        text: "requested history retention seconds exceeds allowed maximum; max: 21600",
        provoke: ({ free }) => patched(free, { history_retention_seconds: 21_601 }),
      },
    ],
  },
  {
    situation: "a snapshot schedule or count beyond the plan",
    ...(SNAPSHOTS
      ? {
          cases: [
            {
              ...SNAPSHOTS,
              text: /snapshots limit exceeded/,
              provoke: async ({ free }) => {
                const { project, branch } = await free.api.project();
                const path = `/projects/${project.id}/branches/${branch.id}/snapshot`;
                await free.api.call("POST", path);
                await free.api.settled(project.id);
                return free.api.call("POST", path);
              },
            },
          ],
        }
      : {
          reason: "a plane without snapshots answers that there is no such route",
          held: { file: "coverage.test.ts", test: "what is not answered has one reason in the guide" },
        }),
  },
  {
    situation: "an expiry on a protected branch",
    cases: [
      {
        status: 400,
        code: "PROTECTED_BRANCH_EXPIRATION_NOT_ALLOWED",
        text: "Protected branch cannot have an expiration date",
        provoke: async ({ scale }) => {
          const { project } = await scale.api.project();
          return scale.api.call("POST", `/projects/${project.id}/branches`, {
            branch: { protected: true, expires_at: "2100-01-01T00:00:00Z" },
          });
        },
      },
    ],
  },
  {
    situation: "a personal key and no org_id on GET /projects",
    cases: [
      {
        status: 400,
        code: "",
        text: "org_id is required, you can find it on your organization settings page",
        provoke: ({ scale }) => scale.api.call("GET", "/projects?limit=100"),
      },
    ],
  },
  {
    situation: "the database exists",
    cases: [
      {
        status: 409,
        code: "",
        text: "database with name neondb already exists",
        provoke: ({ scale }) => onMain(scale, "POST", "databases", { database: { name: "neondb", owner_name: "neondb_owner" } }),
      },
    ],
  },
  {
    situation: "the name of the branch exists",
    cases: [
      {
        status: 409,
        code: "",
        text: "A branch with the provided name already exists",
        provoke: async ({ scale }) => {
          const { project } = await scale.api.project();
          return scale.api.call("POST", `/projects/${project.id}/branches`, { branch: { name: "main" } });
        },
      },
    ],
  },
  {
    situation: "the role is missing",
    cases: [
      {
        status: 404,
        code: "",
        text: /^role not found for branch; role_name:"x", branch_id:"br-[a-z0-9-]+"$/,
        provoke: ({ scale }) => onMain(scale, "GET", "roles/x"),
      },
    ],
  },
  {
    situation: "the branch or the project is missing",
    cases: [
      {
        status: 404,
        code: "",
        text: "branch not found",
        provoke: async ({ scale }) => scale.api.call("GET", `${pathOf(await scale.api.project())}/branches/br-no-such-a0000000`),
      },
      {
        status: 404,
        code: "",
        text: "project not found",
        provoke: ({ scale }) => scale.api.call("GET", "/projects/no-such-00000000"),
      },
    ],
  },
  {
    situation: "HIPAA is turned off",
    cases: [
      {
        status: 400,
        code: "",
        text: "disabling HIPAA is not allowed",
        provoke: ({ scale }) => patched(scale, { settings: { hipaa: false } }, { settings: { hipaa: true } }),
      },
    ],
  },
  {
    situation: "logical replication is turned off",
    cases: [
      {
        status: 400,
        code: "",
        text: /logical replication/,
        provoke: ({ scale }) =>
          patched(scale, { settings: { enable_logical_replication: false } }, { settings: { enable_logical_replication: true } }),
      },
    ],
  },
  {
    situation: "reveal_password where passwords are not stored",
    cases: [
      {
        status: 412,
        code: "",
        text: /not stored/,
        provoke: ({ scale }) => onMain(scale, "GET", "roles/neondb_owner/reveal_password", undefined, { store_passwords: false }),
      },
    ],
  },
  {
    situation: "a removed VPC endpoint is assigned to the organisation again",
    cases: [
      {
        status: 422,
        code: "",
        text: /cannot be assigned again: vpce-0000000000000022$/,
        provoke: async ({ scale: { api, ready } }) => {
          const path = `/organizations/${ready.orgId}/vpc/region/aws-us-east-2/vpc_endpoints/vpce-0000000000000022`;
          await api.call("POST", path, { label: "" });
          await api.call("DELETE", path);
          return api.call("POST", path, { label: "" });
        },
      },
    ],
  },
  {
    situation: "the rate limit: 40 calls at once per route, 10 for keys of an organisation",
    cases: [
      { status: 429, code: "", text: /rate limit/, provoke: ({ limited }) => overrun(40, () => limited.api.call("GET", "/auth")) },
      {
        status: 429,
        code: "",
        text: /rate limit/,
        provoke: ({ limited: { api, ready } }) =>
          overrun(10, (call) => api.call("POST", `/organizations/${ready.orgId}/api_keys`, { key_name: `key ${call}` })),
      },
    ],
  },
  {
    situation: "503 is always safe to retry",
    reason:
      "a plane on one machine is never behind an unavailable one: it answers 503 only where a test asks for it, and has then done nothing",
    held: { file: "testHooks.test.ts", test: "a status is answered as often as asked, with Retry-After, and nothing is done" },
  },
  {
    situation: "another call than a GET that is not answered is not safe to retry",
    reason: "what a client may do, not what a plane answers; the plane can lose a call before and after it is done",
    held: { file: "testHooks.test.ts", test: "a call lost before it is processed has done nothing; lost after, it has" },
  },
  {
    situation: "an empty parameter of a path",
    cases: ["/projects//branches", "/projects/"].map((path) => ({
      status: 301,
      code: "",
      text: "",
      provoke: async ({ scale: { ready } }) => {
        const { status, headers } = await fetch(ready.apiUrl + path, { redirect: "manual" });
        const target = headers.get("location") ?? "";
        if (target !== `/api/v2${path.replace("//", "/").replace(/\/$/, "")}`) throw new Error(`redirected to ${target}`);
        return { status, headers, body: { code: "", message: "" } };
      },
    })),
  },
];

const pathOf = ({ project }: { project: { id: string } }) => `/projects/${project.id}`;

/** A project whose first operations have begun. */
async function begun({ api, ready }: TestPlane): Promise<CreatedProject> {
  return CreatedProject.parse((await api.call("POST", "/projects", { project: { org_id: ready.orgId } })).body);
}

async function childOfUnready(plane: TestPlane): Promise<Answer> {
  const { api } = plane;
  await api.call("POST", "/x-palisade/test/operations/fail", { action: "create_timeline", times: 3 });
  const made = await begun(plane);
  await until("the operation fails", async () => {
    const { operations } = await api.ok(OperationsPage, "GET", `${pathOf(made)}/operations`);
    return operations.some(({ status }) => hasOperationFailed(status));
  });
  await api.settled(made.project.id);
  return api.call("POST", `${pathOf(made)}/branches`, {});
}

async function family({ api }: TestPlane) {
  const { project, branch } = await api.project();
  const path = `/projects/${project.id}`;
  const parent = (await api.ok(CreatedBranch, "POST", `${path}/branches`, { branch: { name: "parent" } })).branch.id;
  await api.ok(CreatedBranch, "POST", `${path}/branches`, { branch: { name: "child", parent_id: parent } });
  await api.settled(project.id);
  return { path, root: branch.id, parent };
}

/** The answer to the first of so many equal branches that is refused; a project has one from the start. */
async function branches({ api }: TestPlane, count: number, body: object): Promise<Answer> {
  const { project } = await api.project();
  const path = `/projects/${project.id}/branches`;
  for (let made = 1; made < count; made++) {
    const answer = await api.call("POST", path, body);
    if (answer.status !== 201) throw new Error(`branch ${made + 1} of ${count}: ${answer.status}`);
  }
  return api.call("POST", path, body);
}

async function patched({ api }: TestPlane, change: object, made: object = {}): Promise<Answer> {
  return api.call("PATCH", pathOf(await api.project(made)), { project: change });
}

async function onMain({ api }: TestPlane, method: string, what: string, body?: unknown, made: object = {}): Promise<Answer> {
  const { project } = await api.project(made);
  const { branches: all } = await api.ok(BranchesPage, "GET", `/projects/${project.id}/branches`);
  return api.call(method, `/projects/${project.id}/branches/${all[0]?.id ?? ""}/${what}`, body);
}

/** One that is refused of many more than `allowed` at once; as many as are allowed go through. */
async function overrun(allowed: number, call: (index: number) => Promise<Answer>): Promise<Answer> {
  const answers = await Promise.all(Array.from({ length: 10 * allowed }, (_, index) => call(index)));
  const refused = answers.find(({ status }) => status === 429);
  if (!refused || answers.filter(({ status }) => status === 200).length < allowed) throw new Error("the limit is another one");
  return refused;
}
