import fc from "fast-check";
import {
  type BranchFacts,
  computeBranchReach,
  type ProjectFacts,
  type Reach,
  containsReach,
  mergeReach,
} from "../../../contract/reachability.js";
import { AddressSet } from "../../../contract/ranges.js";
import { check } from "../../../provider/engine/check.js";
import { catalogue, type Kind } from "../../../provider/resources/index.js";
import { type ProviderProcess, startProviderProcess } from "../../../tools/reliability/providerProcess.js";
import { sharedPlane } from "../../support/plane.js";
import { API_KINDS, type ApiKind, buildHostProject, OTHER_VPCE, STRONG, VPCE } from "./programs.js";

/**
 * Doctrine 5 and 6, on the real plane through the real client: after every single call that changes something, who can reach which branch is
 * computed from the live objects. No moment may be more open than both ends, and no omission, deletion or replacement may open anything.
 */
const plane = sharedPlane({ operationTimeMs: 0, vault: true });
let provider: ProviderProcess["hooks"];

/** Bodies of the changing calls, and what was reachable right after each. */
let moments: { call: string; body: string; reach: Map<string, Reach> }[] = [];
let watched: string | undefined;

beforeAll(() => {
  const send = globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    const answer = await send(input, init);
    const call = `${init?.method ?? "GET"} ${input as string}`;
    if (/^(POST|PATCH|PUT|DELETE) /.test(call))
      moments.push({ call, body: typeof init?.body === "string" ? init.body : "", reach: await reachNow(send, answer) });
    return answer;
  };
  restore = () => (globalThis.fetch = send);
});
let restore: () => void;

afterAll(() => {
  restore();
});

beforeEach(startAnew);

/** A new process of the provider, with a full budget of calls, that nothing has happened to yet. */
function startAnew(): void {
  provider = startProviderProcess(plane.ready).hooks;
  moments = [];
  watched = undefined;
}

async function reachNow(send: typeof fetch, answer: Response): Promise<Map<string, Reach>> {
  if (watched === undefined) {
    const { project } = (await answer.clone().json()) as { project?: { id: string } };
    watched = project?.id;
  }
  return watched === undefined ? new Map() : reachOf(watched, send);
}

/** Who may try to authenticate at each branch of a project, by branch name. */
async function reachOf(projectId: string, send: typeof fetch = fetch): Promise<Map<string, Reach>> {
  const { apiUrl, apiKey } = plane.ready;
  const get = async (path: string) =>
    (await send(`${apiUrl}/projects/${projectId}${path}`, { headers: { authorization: `Bearer ${apiKey}` } })).json() as Promise<
      Record<string, never>
    >;
  const [{ project }, { branches }, { endpoints }, { endpoints: restrictions = [] }] = (await Promise.all([
    get(""),
    get("/branches"),
    get("/endpoints"),
    get("/vpc_endpoints"),
  ])) as unknown as [
    {
      project?: {
        settings?: {
          allowed_ips?: { ips?: string[]; protected_branches_only?: boolean };
          block_public_connections?: boolean;
          block_vpc_connections?: boolean;
        };
      };
    },
    { branches?: { id: string; name: string; protected: boolean; parent_id?: string }[] },
    { endpoints?: { id: string; branch_id: string; disabled: boolean }[] },
    { endpoints?: { vpc_endpoint_id: string }[] },
  ];
  if (!project || !branches || !endpoints) return new Map();
  const { allowed_ips, block_public_connections = false, block_vpc_connections = false } = project.settings ?? {};
  const facts: ProjectFacts = {
    ips: allowed_ips?.ips ?? [],
    protectedBranchesOnly: allowed_ips?.protected_branches_only ?? false,
    blockPublicConnections: block_public_connections,
    blockVpcConnections: block_vpc_connections,
    vpcRestrictions: restrictions.map(({ vpc_endpoint_id }) => vpc_endpoint_id),
    assignedVpcEndpoints: [VPCE, OTHER_VPCE, "vpce-00000003"],
  };
  const computes = endpoints.map(({ id, branch_id, disabled }) => ({ id, branchId: branch_id, disabled }));
  return new Map(
    branches.map((branch) => [
      branch.name,
      computeBranchReach(facts, { id: branch.id, protected: branch.protected } satisfies BranchFacts, computes),
    ]),
  );
}

const nothing: Reach = { public: AddressSet.nobody, private: new Set() };

/** Every recorded moment is within what the branch had at the start or has at the end. */
function expectNoMomentMoreOpen(start: ReadonlyMap<string, Reach>, end: ReadonlyMap<string, Reach>): void {
  for (const { call, body, reach } of moments)
    for (const [branch, now] of reach) {
      const either = mergeReach(start.get(branch) ?? nothing, end.get(branch) ?? nothing);
      if (!containsReach(either, now)) throw new Error(`${branch} was more open than at both ends after ${call} ${body}`);
    }
}

async function up(kind: Kind, name: string, args: Record<string, unknown>): Promise<{ id: string; outs: Record<string, unknown> }> {
  const { inputs, failures } = await provider[kind].check({}, { ...args, managedBy: `urn:${name}` });
  expect(failures).toEqual([]);
  return provider[kind].create(inputs);
}

async function update(kind: Kind, id: string, outs: Record<string, unknown>, olds: Record<string, unknown>, args: Record<string, unknown>) {
  const { inputs, failures } = await provider[kind].check(olds, { ...args, managedBy: olds["managedBy"] });
  expect(failures).toEqual([]);
  return provider[kind].update(id, outs, inputs);
}

const ranges = fc.uniqueArray(fc.constantFrom("203.0.113.0/24", "198.51.100.7", "2001:db8::/32", "192.0.2.10-192.0.2.20"), {
  minLength: 1,
  maxLength: 3,
});
const network = fc.oneof(
  fc.record({ allow: fc.constant("listed"), ranges, scope: fc.constantFrom("all", "protectedBranches") }),
  fc.record({ allow: fc.constant("anywhere") }),
  fc.record({ allow: fc.constant("nobody"), acceptLockOut: fc.constant(true) }),
);
const withVpc = fc
  .tuple(network, fc.constantFrom({ privateEndpoints: "allowed" }, { privateEndpoints: "blocked" }, {}))
  .map(([net, vpc]) => ({ ...net, ...vpc }));
const program = fc.record({ network: withVpc, isProtected: fc.boolean(), disabled: fc.constantFrom(true, false, undefined) });
const projectArgs = ({
  network: net,
  isProtected,
  disabled,
}: {
  network: object;
  isProtected: boolean;
  disabled?: boolean | undefined;
}) => ({
  name: "moments",
  regionId: "aws-eu-central-1",
  network: net,
  defaultBranch: { protected: isProtected, ...(disabled !== undefined && { compute: { disabled } }) },
});

it("a project is never more open while it is made than it will be, nor while it changes than at both ends", async () => {
  await fc.assert(
    fc.asyncProperty(program, program, async (first, second) => {
      startAnew();
      const { id, outs } = await up("Project", "moments", projectArgs(first));
      const made = await reachOf(id);
      expectNoMomentMoreOpen(new Map(), made);
      moments = [];
      const { outs: after } = await update("Project", id, outs, outs, projectArgs(second));
      expectNoMomentMoreOpen(made, await reachOf(id));
      await update("Project", id, after, after, projectArgs({ ...second, isProtected: false }));
      await provider.Project.delete(id, after);
    }),
    { numRuns: 40, seed: 20_261_124 },
  );
}, 120_000);

/** Every program with one optional field less, nested ones too. */
function omissions(kind: Kind, args: Record<string, unknown>): [path: string, args: Record<string, unknown>][] {
  return Object.entries(args).flatMap(([name, value]) => {
    const { [name]: _, ...without } = args;
    const nested =
      typeof value === "object" && value !== null && !Array.isArray(value) ? omissions(kind, value as Record<string, unknown>) : [];
    return [
      [name, without] as [string, Record<string, unknown>],
      ...nested.map(([path, inner]): [string, Record<string, unknown>] => [`${name}.${path}`, { ...args, [name]: inner }]),
    ];
  });
}

async function project(fields: Record<string, unknown>): Promise<string> {
  return (await up("Project", `p${Math.random()}`, { name: "host", regionId: "aws-eu-central-1", ...fields })).id;
}

/** A strong program in a project of its own. */
async function strongIn(kind: ApiKind): Promise<Record<string, unknown>> {
  const { orgId } = plane.ready;
  if (kind === "Project") return STRONG.Project({ orgId, projectId: "", branchId: "" });
  const { id, outs } = await up("Project", `host-${kind}-${Math.random()}`, buildHostProject(kind));
  if (kind === "VpcEndpointRestriction") await restrictTo(id, OTHER_VPCE);
  return STRONG[kind]({ orgId, projectId: id, branchId: outs["defaultBranchId"] as string });
}

/** Both endpoints are the organisation's, and the project has another restriction: the one of the test is not the last. */
async function restrictTo(projectId: string, other: string): Promise<void> {
  const { apiUrl, apiKey, orgId } = plane.ready;
  const post = async (path: string) => {
    const headers = { authorization: `Bearer ${apiKey}`, "content-type": "application/json" };
    expect((await fetch(`${apiUrl}${path}`, { method: "POST", headers, body: '{"label":""}' })).status).toBe(200);
  };
  for (const id of [VPCE, other]) await post(`/organizations/${orgId}/vpc/region/aws-eu-central-1/vpc_endpoints/${id}`);
  await post(`/projects/${projectId}/vpc_endpoints/${other}`);
}

describe.each(API_KINDS)("%s", (kind) => {
  it("opens nothing and unprotects nothing when any one field is left out", async () => {
    const strong = await strongIn(kind);
    const { id, outs } = await up(kind, `strong-${kind}`, strong);
    const projectId = id.split("/")[0] ?? "";
    watched = projectId;
    let tried = 0;
    for (const [, args] of omissions(kind, strong)) {
      const before = await reachOf(projectId);
      const { inputs, failures } = await provider[kind].check(outs, { ...args, managedBy: outs["managedBy"] });
      if (failures.length > 0) continue;
      moments = [];
      await provider[kind].update(id, outs, inputs);
      tried += 1;
      for (const [branch, now] of await reachOf(projectId)) expect(containsReach(before.get(branch) ?? nothing, now)).toBe(true);
      expect(
        moments
          .map(({ body }) => body)
          .filter((body) => /"ips":\[\]|"protected":false|"block_\w+":false/.test(body) && !strongSends(kind, body)),
      ).toEqual([]);
    }
    // What is required cannot be left out; the others were all tried.
    expect(tried).toBe(optional(kind, strong));
  }, 60_000);

  it("opens nothing and unprotects nothing when it is destroyed", async () => {
    const args = await strongIn(kind);
    const { id, outs } = await up(
      kind,
      `gone-${kind}`,
      kind === "Project" ? { ...args, defaultBranch: { protected: false } } : kind === "Branch" ? { ...args, protected: false } : args,
    );
    watched = id.split("/")[0] ?? "";
    const before = await reachOf(watched);
    moments = [];
    const end = await provider[kind].delete(id, outs).then(
      () => "gone",
      (error: unknown) => /PAL_\w+/.exec(String(error))?.[0],
    );
    // No call takes an invitation back.
    expect(end).toBe(kind === "OrganizationMember" ? "PAL_INVITED" : "gone");
    for (const [branch, now] of await reachOf(watched)) expect(containsReach(before.get(branch) ?? nothing, now)).toBe(true);
    expect(moments.map(({ body }) => body).join()).not.toMatch(/"ips":\[\]|"protected":false|"block_public_connections":false/);
  }, 60_000);
});

/** How many of the fields may be left out by the schema and its rules. */
const optional = (kind: Kind, strong: Record<string, unknown>) =>
  omissions(kind, strong).filter(([, args]) => check(catalogue[kind] as never, {}, { ...args, managedBy: "urn" }).failures.length === 0)
    .length;

/** `listed` says with its list that the block is lifted: no more open than the list it comes with. */
const strongSends = (kind: Kind, body: string): boolean =>
  (kind === "Project" || kind === "IpAllowlist") && /"ips":\["/.test(body) && !/"protected":false|"block_vpc_connections":false/.test(body);

it("the last restriction of private access stays unless the program says allowAll, and two removals at once are not both the last but one", async () => {
  const projectId = await project({ network: { allow: "nobody" } });
  await restrictTo(projectId, OTHER_VPCE);
  const args = (vpcEndpointId: string, more = {}) => ({ projectId, vpcEndpointId, ...more });
  const first = await up("VpcEndpointRestriction", "first", args(VPCE));
  const adopted = await up("VpcEndpointRestriction", "second", args(OTHER_VPCE, { adopt: `${projectId}/${OTHER_VPCE}` }));
  startAnew();
  const ends = await Promise.allSettled([first, adopted].map(({ id, outs }) => provider.VpcEndpointRestriction.delete(id, outs)));
  expect(ends.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  expect(JSON.stringify(ends.map((end) => (end.status === "rejected" ? String(end.reason) : "")))).toContain("PAL_LAST_RESTRICTION");
  expect((await reachOf(projectId)).get("main")?.private.size).toBe(1);
  const last = ends[0]?.status === "rejected" ? first : adopted;
  await provider.VpcEndpointRestriction.delete(last.id, { ...last.outs, allowAll: true });
  expect((await reachOf(projectId)).get("main")?.private.size).toBe(3);
});

describe("an empty list", () => {
  it("is refused by the removal of the last additive entry, and the entry stays", async () => {
    const projectId = await project({ network: { allow: "listed", ranges: ["192.0.2.1"] } });
    const entry = await up("IpAllowlistEntry", "last", { projectId, ranges: ["198.51.100.7"] });
    const { apiUrl, apiKey } = plane.ready;
    await fetch(`${apiUrl}/projects/${projectId}`, {
      method: "PATCH",
      headers: { authorization: `Bearer ${apiKey}`, "content-type": "application/json" },
      body: JSON.stringify({ project: { settings: { allowed_ips: { ips: ["198.51.100.7"] } } } }),
    });
    await expect(provider.IpAllowlistEntry.delete(entry.id, entry.outs)).rejects.toThrow("PAL_LAST_ENTRY");
    expect((await reachOf(projectId)).get("main")?.public.toRanges()).toEqual(["198.51.100.7"]);
  });

  it("gets no additive entry: it would shut everyone else out", async () => {
    const projectId = await project({ network: { allow: "anywhere" } });
    await expect(up("IpAllowlistEntry", "first", { projectId, ranges: ["198.51.100.7"] })).rejects.toThrow("PAL_OPEN_PROJECT");
  });

  it("is what onDestroy leaves only by the word anywhere", async () => {
    const left = async (onDestroy: string) => {
      const projectId = await project({ network: { allow: "managedSeparately" } });
      const list = await up("IpAllowlist", `list-${onDestroy}`, { projectId, allow: "listed", ranges: ["192.0.2.1"], onDestroy });
      // A destroy is another process, in which nothing declares the list.
      await startProviderProcess(plane.ready).hooks.IpAllowlist.delete(list.id, list.outs);
      return (await reachOf(projectId)).get("main")?.public.counts.ipv4;
    };
    expect([await left("keep"), await left("nobody"), await left("anywhere")]).toEqual([1n, 0n, 2n ** 32n]);
  }, 30_000);

  it("is not taken from a Project that declares its network", async () => {
    const projectId = await project({ network: { allow: "listed", ranges: ["192.0.2.1"] } });
    await expect(up("IpAllowlist", "taker", { projectId, allow: "anywhere" })).rejects.toThrow("PAL_NETWORK_OWNED");
    expect((await reachOf(projectId)).get("main")?.public.toRanges()).toEqual(["192.0.2.1"]);
  });
});
