import { CreatedBranch } from "@palisade/neon/contract/wire/branch";
import { EndpointsResponse } from "@palisade/neon/contract/wire/endpoint";
import type { ProjectSettings } from "@palisade/neon/contract/wire/project";
import { computeBranchReach, containsReach } from "../../../contract/reachability.js";
import { planRepair, repair } from "../../../review/drift/repair.js";
import type { ManagedResource } from "../../../review/drift/appliedRecord.js";
import { buildLiveModel } from "../../../review/drift/liveModel.js";
import { computeDelta } from "../../../review/reachability/edits.js";
import type { ReachabilityModel } from "../../../review/reachability/model.js";
import { sharedPlane } from "../../support/plane.js";
import { about, driftOf, managed, told } from "./lab.js";

const LIST = ["192.0.2.0/24", "198.51.100.7"];
const LISTED = { allow: "listed", ranges: LIST };

jest.setTimeout(60_000);
const plane = sharedPlane();

/** A project with a list and a protected default branch, as it is declared and as it is. */
async function shop(settings: ProjectSettings = { allowed_ips: { ips: LIST } }) {
  const { project, branch, endpoints } = await plane.api.project({ settings });
  const id = project.id;
  const send = async (method: string, path: string, body: object) => {
    const answer = await plane.api.call(method, `/projects/${id}${path}`, body);
    expect(answer.status).toBeLessThan(300);
    await plane.api.settled(id);
    return answer.body;
  };
  const set = (changed: ProjectSettings) => send("PATCH", "", { project: { settings: changed } });
  await send("PATCH", `/branches/${branch.id}`, { branch: { protected: true } });
  const network = settings.block_public_connections ? { allow: "nobody" } : LISTED;
  const declared = (more: object = {}): ManagedResource =>
    managed("Project", id, { name: project.name, regionId: project.region_id, network, defaultBranch: { protected: true }, ...more });
  return { id, branchId: branch.id, computeId: endpoints[0]?.id ?? "", regionId: project.region_id, send, set, declared };
}

const findings = async (id: string, own: readonly ManagedResource[], nowMs?: number) => about(id, await driftOf(plane, own, nowMs));

describe("nothing has drifted", () => {
  it("where everything is as it was applied, in whatever spelling", async () => {
    const { id, declared } = await shop({ allowed_ips: { ips: ["198.51.100.7/32", "192.0.2.0-192.0.2.255"] } });
    expect(await findings(id, [declared()])).toEqual([]);
  });
});

describe("changed", () => {
  it.each<[string, ProjectSettings, string[]]>([
    ["an emptied list", { allowed_ips: { ips: [] } }, ["list-emptied opens"]],
    [
      "a list that guards protected branches only, while all are",
      { allowed_ips: { ips: LIST, protected_branches_only: true } },
      ["scope-changed neutral"],
    ],
    ["a block of the internet", { block_public_connections: true }, ["public-access-blocked closes"]],
    ["a list in other words", { allowed_ips: { ips: ["192.0.2.0/25", "192.0.2.128/25", "198.51.100.7"] } }, ["list-respelled neutral"]],
  ])("%s", async (_name, settings, expected) => {
    const { id, set, declared } = await shop();
    await set(settings);
    expect(told(await findings(id, [declared()]))).toEqual(expected);
  });

  it("a lifted block opens, whatever list lies behind it", async () => {
    const { id, set, declared } = await shop({ allowed_ips: { ips: LIST }, block_public_connections: true });
    await set({ block_public_connections: false });
    const [finding, ...others] = await findings(id, [declared()]);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      rule: "public-access-unblocked",
      direction: "opens",
      class: "changed",
      before: "blocked",
      after: "not blocked",
    });
    expect(finding?.says).toContain("192.0.2.0/24, 198.51.100.7 (257 IPv4 addresses) may try to connect");
  });

  it("two openings of which each hides the other are both told as such", async () => {
    const { id, branchId, send, set, declared } = await shop();
    await set({ allowed_ips: { ips: LIST, protected_branches_only: true } });
    await send("PATCH", `/branches/${branchId}`, { branch: { protected: false } });
    expect(told(await findings(id, [declared()]))).toEqual(["project-changed opens", "scope-changed opens"]);
  });

  it("other fields have the meaning that a review gives them", async () => {
    const { id, send, declared } = await shop();
    await send("PATCH", "", { project: { name: "renamed", history_retention_seconds: 3_600 } });
    const all = await findings(id, [declared({ historyRetentionSeconds: 86_400 })]);
    expect(all.map(({ property, direction, before, after }) => [property, direction, before, after])).toEqual([
      ["historyRetentionSeconds", "destroys", "86400", "3600"],
      ["name", "neutral", expect.any(String), "renamed"],
    ]);
  });
});

describe("deleted", () => {
  it("a branch, with one finding for all that lay in it", async () => {
    const { id, declared } = await shop();
    const { branch } = await plane.api.ok(CreatedBranch, "POST", `/projects/${id}/branches`, { branch: { name: "dev" } });
    await plane.api.settled(id);
    const own = [
      declared(),
      managed("Branch", `${id}/${branch.id}`, { projectId: id, name: "dev", compute: "none" }),
      managed("Role", `${id}/${branch.id}/app`, { name: "app" }),
    ];
    await plane.api.call("DELETE", `/projects/${id}/branches/${branch.id}`);
    await plane.api.settled(id);
    expect(told(await findings(id, own))).toEqual(["branch-deleted destroys"]);
  });

  it("a project, whoever declares what in it; and what a range was", async () => {
    const { id, declared } = await shop();
    const own = [
      declared({ defaultBranch: undefined }),
      managed("IpAllowlistEntry", `${id}/0a1b2c3d`, { projectId: id, ranges: ["203.0.113.9"] }),
    ];
    expect(told(await findings(id, own))).toEqual(["range-removed closes"]);
    await plane.api.call("PATCH", `/projects/${id}/branches/${(await branchesOf(id))[0]?.id ?? ""}`, { branch: { protected: false } });
    await plane.api.settled(id);
    await plane.api.call("DELETE", `/projects/${id}`);
    const [finding, ...others] = await findings(id, own);
    expect([finding?.rule, finding?.direction, finding?.severity, others]).toEqual(["project-deleted", "destroys", "high", []]);
    expect(finding?.says).toContain("1 more resource of the stack");
  });

  it("the restriction to a private endpoint opens to every other one, and a repair puts it back", async () => {
    const { id, declared, regionId } = await shop();
    const [ours, others] = ["vpce-0a00000000000001", "vpce-0b00000000000001"] as const;
    for (const endpoint of [ours, others])
      await plane.api.call("POST", `/organizations/${plane.ready.orgId}/vpc/region/${regionId}/vpc_endpoints/${endpoint}`, { label: "x" });
    const own = [declared(), managed("VpcEndpointRestriction", `${id}/${ours}`, { projectId: id, vpcEndpointId: ours, label: "office" })];
    const found = await driftOf(plane, own);
    expect(told(about(id, found))).toEqual(["vpc-endpoint-restriction-deleted opens"]);
    // Nobody keeps what was deleted, so nobody says when: the audit of this plane has no row of it either.
    const aged = found.judged.map((one) => ({ ...one, finding: { ...one.finding, changedAt: "2026-01-01T00:00:00Z" } }));
    const plan = planRepair(aged, found.observation, { graceMs: 0, nowMs: Date.now() });
    expect(await repair(found.api, plane.ready.orgId, plan)).toMatchObject([
      { outcome: "done", what: `restrict the project to ${ours} again` },
    ]);
    expect(await findings(id, own)).toEqual([]);

    await plane.api.call("POST", `/projects/${id}/vpc_endpoints/${others}`, { label: "y" });
    expect(told(await findings(id, own))).toEqual(["vpc-endpoint-restriction-added opens"]);
  });
});

const branchesOf = async (id: string) =>
  ((await plane.api.call("GET", `/projects/${id}/branches`)).body as { branches: { id: string }[] }).branches;

describe("added", () => {
  it("each kind of thing in a project that nothing declares", async () => {
    const { id, branchId, send, set, declared } = await shop();
    await set({ allowed_ips: { ips: [...LIST, "203.0.113.9", "192.0.2.5"] } });
    await send("POST", "/branches", { branch: { name: "copy" }, endpoints: [{ type: "read_write" }] });
    await send("POST", "/endpoints", { endpoint: { branch_id: branchId, type: "read_only" } });
    await send("POST", `/branches/${branchId}/roles`, { role: { name: "backdoor" } });
    await send("POST", `/branches/${branchId}/databases`, { database: { name: "hidden", owner_name: "neondb_owner" } });
    await send("POST", "/permissions", { email: "eve@example.com" });
    await send("POST", "/jwks", { jwks_url: "https://eve.example.com/jwks.json", provider_name: "eve" });
    const all = await findings(id, [declared()]);
    expect(told(all)).toEqual([
      "branch-added opens",
      "compute-endpoint-added neutral",
      "database-added neutral",
      "jwks-url-added opens",
      "project-permission-added opens",
      // Within a range that is declared anyway.
      "range-added neutral",
      "range-added opens",
      "role-added opens",
    ]);
    expect(all.every(({ class: of, urn }) => of === "added" && urn === undefined)).toBe(true);
    expect(all.find(({ rule, direction }) => rule === "range-added" && direction === "opens")).toMatchObject({
      resource: { id: `${id}/203.0.113.9` },
    });
    // The plane's audit says who and when.
    expect(all.every(({ changedAt, changedBy }) => changedAt !== undefined && changedBy?.startsWith("user "))).toBe(true);
  });

  it("projects, keys, people and endpoints of the organisation, but not the projects of other stacks", async () => {
    const own = await shop();
    const { project: stray } = await plane.api.project({ name: "stray" });
    const mark = { managed_by: "urn:pulumi:prod::other::x::shop", nonce: "0".repeat(16) };
    const { project: theirs } = await plane.api.project({ name: "theirs", branch: { annotations: mark } });
    const { project: forged } = await plane.api.project({
      name: "forged",
      settings: { block_public_connections: true, block_vpc_connections: true },
      branch: { annotations: { ...mark, managed_by: "urn:pulumi:dev::test::x::shop" } },
    });
    await plane.api.call("POST", `/organizations/${plane.ready.orgId}/api_keys`, { key_name: "made by hand" });
    await plane.api.call("POST", `/organizations/${plane.ready.orgId}/invitations`, {
      invitations: [{ email: "eve@example.com", role: "admin" }],
    });
    const found = await driftOf(plane, [own.declared()]);
    expect(told(about(stray.id, found))).toEqual(["project-added opens"]);
    expect(told(about(forged.id, found))).toEqual(["project-added neutral"]);
    expect(about(theirs.id, found)).toEqual([]);
    expect(found.elsewhere).toContain("theirs");
    const outside = about(plane.ready.orgId, found).map(
      ({ rule, direction, severity, resource }) => `${rule} ${direction} ${severity} ${resource.name}`,
    );
    expect(outside).toContain("api-key-added opens high made by hand");
    expect(outside).toContain("organization-member-added opens high eve@example.com");
  });

  it("nothing of a role that RoleGrants declares, which makes it by SQL", async () => {
    const { id, branchId, send, declared } = await shop();
    await send("POST", `/branches/${branchId}/roles`, { role: { name: "reader" } });
    const grants = (roleName: string) =>
      managed("RoleGrants", `${id}/${branchId}/neondb/${roleName}`, {
        projectId: id,
        branchId: `${id}/${branchId}`,
        databaseName: "neondb",
        roleName,
      });
    expect(told(await findings(id, [declared(), grants("reader")]))).toEqual([]);
    expect(told(await findings(id, [declared(), grants("writer")]))).toEqual(["role-added opens"]);
  });

  it("one finding for what a branch has from its parent, and none for what a project is born with", async () => {
    const { id, branchId, send, declared } = await shop();
    await send("POST", `/branches/${branchId}/roles`, { role: { name: "backdoor" } });
    const { branch } = (await send("POST", "/branches", { branch: { name: "dev" } })) as { branch: { id: string } };
    const own = [declared(), managed("Branch", `${id}/${branch.id}`, { projectId: id, name: "dev", compute: "none" })];
    const all = await findings(id, own);
    expect(all.map(({ rule, resource }) => [rule, resource.id])).toEqual([["role-added", `${id}/${branchId}/backdoor`]]);
  });
});

describe("overdue", () => {
  const temporary = { range: "198.51.100.7", description: "repair", removeAfter: "2026-01-01T00:00:00Z" };

  it("an entry that has ended is told as long as it admits anybody", async () => {
    const { id, set, declared } = await shop();
    const own = [declared({ network: { allow: "listed", ranges: ["192.0.2.0/24", temporary] } })];
    expect(told(await findings(id, own, Date.parse("2025-12-31T23:59:59Z")))).toEqual([]);
    const [finding] = await findings(id, own);
    expect(finding).toMatchObject({ rule: "range-overdue", class: "overdue", direction: "opens", severity: "medium", urn: own[0]?.urn });
    await set({ allowed_ips: { ips: ["192.0.2.0/24"] } });
    expect(await findings(id, own)).toEqual([]);
  });

  it("a list of nothing else is to be closed, not emptied", async () => {
    const { id, set, declared } = await shop({ allowed_ips: { ips: ["198.51.100.7"] } });
    const own = [declared({ network: { allow: "listed", ranges: [temporary] } })];
    expect(told(await findings(id, own))).toEqual(["range-overdue opens"]);
    await set({ block_public_connections: true });
    expect(await findings(id, own)).toEqual([]);
    await set({ block_public_connections: false, allowed_ips: { ips: [] } });
    expect(told(await findings(id, own))).toEqual(["public-access-unblocked opens"]);
  });
});

describe("repair closing", () => {
  const later = { graceMs: 0, nowMs: Date.now() + 3_600_000 };

  it("closes step by step and opens nothing, by what the plane says after every call", async () => {
    const { id, branchId, computeId, send, set } = await shop();
    const { endpoint } = (await send("POST", "/endpoints", { endpoint: { branch_id: branchId, type: "read_only" } })) as {
      endpoint: { id: string };
    };
    const own = [
      managed("Project", id, { network: { ...LISTED, privateEndpoints: "blocked" }, defaultBranch: { protected: true } }),
      managed("ComputeEndpoint", `${id}/${endpoint.id}`, { projectId: id, branchId, type: "read_only", disabled: true }),
    ];
    await set({ allowed_ips: { ips: [...LIST, "203.0.113.9", "0.0.0.0/1"], protected_branches_only: true }, block_vpc_connections: false });
    await send("PATCH", `/branches/${branchId}`, { branch: { protected: false } });
    const found = await driftOf(plane, own);
    const plan = planRepair(found.judged, found.observation, later);
    expect(plan.steps.map(({ closing }) => closing.what).sort()).toEqual([
      "block private endpoints",
      `disable compute ${endpoint.id}`,
      "let the list guard every branch",
      `protect branch ${branchId}`,
      "take 0.0.0.0/1 out of the list",
      "take 203.0.113.9 out of the list",
    ]);
    const models = [await modelOn(id)];
    const done = await watched(
      async () => models.push(await modelOn(id)),
      () => repair(found.api, plane.ready.orgId, plan),
    );
    expect(done.map(({ outcome }) => outcome)).toEqual(plan.steps.map(() => "done"));
    expect(models.length).toBeGreaterThan(plan.steps.length);
    models.slice(1).forEach((model, at) => {
      expect(computeDelta(models[at] as ReachabilityModel, model).opens).toBe(false);
      expect(model.facts.ips.length).toBeGreaterThan(0);
    });
    // By another way round: every branch's own reach shrinks, too.
    const [first, last] = [models[0] as ReachabilityModel, models.at(-1) as ReachabilityModel];
    for (const branch of last.branches) {
      const was = first.branches.find((each) => each.id === branch.id) ?? branch;
      expect(
        containsReach(computeBranchReach(first.facts, was, first.computes), computeBranchReach(last.facts, branch, last.computes)),
      ).toBe(true);
    }
    expect(told(await findings(id, own))).toEqual([]);
    expect(computeId).not.toBe("");
  });

  it("leaves an entry that is the only one: an empty list admits everybody", async () => {
    const { id, set, declared } = await shop();
    await set({ allowed_ips: { ips: ["203.0.113.9"] } });
    const found = await driftOf(plane, [declared()]);
    const { steps, left } = planRepair(
      found.judged.filter(({ finding }) => finding.project === id),
      found.observation,
      later,
    );
    expect(steps).toEqual([]);
    expect(left.map(({ why }) => why)).toEqual(
      expect.arrayContaining([expect.stringContaining("empty list"), expect.stringContaining("opens, which needs an approval")]),
    );
  });

  it("leaves what is fresh, and what nobody says the age of", async () => {
    const { id, set, declared } = await shop();
    await set({ allowed_ips: { ips: [...LIST, "203.0.113.9"] } });
    const found = await driftOf(plane, [declared()]);
    const mine = found.judged.filter(({ finding }) => finding.project === id);
    const young = planRepair(mine, found.observation, { graceMs: 900_000, nowMs: Date.now() });
    expect([young.steps, young.left[0]?.why]).toEqual([[], expect.stringContaining("within the grace period")]);
    const [one] = mine;
    const { changedAt: _at, ...ageless } = one?.finding ?? ({} as never);
    const unknown = planRepair([{ finding: ageless, traces: [], closing: one?.closing }], found.observation, later);
    expect([unknown.steps, unknown.left[0]?.why]).toEqual([[], expect.stringContaining("nobody says")]);
  });

  it("looks again before each step: a list that somebody narrowed meanwhile is not emptied", async () => {
    const { id, set, declared } = await shop();
    await set({ allowed_ips: { ips: [...LIST, "203.0.113.9"] } });
    const found = await driftOf(plane, [declared()]);
    const plan = planRepair(
      found.judged.filter(({ finding }) => finding.project === id),
      found.observation,
      later,
    );
    expect(plan.steps.length).toBe(1);
    await set({ allowed_ips: { ips: ["203.0.113.9"] } });
    expect(await repair(found.api, plane.ready.orgId, plan)).toMatchObject([{ outcome: "left" }]);
    expect((await modelOn(id)).facts.ips).toEqual(["203.0.113.9"]);
  });
});

async function modelOn(id: string): Promise<ReachabilityModel> {
  const { body } = await plane.api.call("GET", `/projects/${id}`);
  const { project } = body as { project: never };
  const branches = (await branchesOf(id)) as never;
  const { endpoints } = await plane.api.ok(EndpointsResponse, "GET", `/projects/${id}/endpoints`);
  const { endpoints: assigned } = (await plane.api.call("GET", `/organizations/${plane.ready.orgId}/vpc/vpc_endpoints`)).body as {
    endpoints: { vpc_endpoint_id: string; region_id: string }[];
  };
  const { region_id } = project as { region_id: string };
  const model = buildLiveModel({
    project,
    branches,
    origins: new Map(),
    computes: endpoints,
    restricted: [],
    assigned: assigned.filter((each) => each.region_id === region_id).map((each) => each.vpc_endpoint_id),
  });
  if (!model) throw new Error("the model could not be read");
  return model;
}

/** Runs work and calls `after` once every changing call of it has been answered. */
async function watched<R>(after: () => Promise<unknown>, work: () => Promise<R>): Promise<R> {
  const real = globalThis.fetch;
  let inside = false;
  globalThis.fetch = async (input, init) => {
    const answer = await real(input, init);
    if (!inside && /^(POST|PATCH|PUT|DELETE)$/.test(init?.method ?? "GET")) {
      inside = true;
      await after();
      inside = false;
    }
    return answer;
  };
  try {
    return await work();
  } finally {
    globalThis.fetch = real;
  }
}
