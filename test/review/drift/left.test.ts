import { NeonApi } from "../../../provider/client/api.js";
import { RateLimiter } from "../../../provider/client/rateLimiter.js";
import type { Kind } from "../../../provider/resources/index.js";
import type { ProjectSettings } from "@palisade/neon/contract/wire/project";
import { type Applied, buildBaseline, type ManagedResource, NOTHING_RECORDED, parseApplied } from "../../../review/drift/appliedRecord.js";
import { detectDrift } from "../../../review/drift/drift.js";
import { fillOmitted, isOpening, OMITTED_SWITCHES, listOmittedSwitches } from "../../../review/drift/omittedSwitches.js";
import { type LiveOmitted, NOT_OBSERVED, readOmitted, recordOmitted, listUnknownOmitted } from "../../../review/drift/observeOmitted.js";
import { planRepair, repair } from "../../../review/drift/repair.js";
import { sharedPlane } from "../../support/plane.js";
import { about, managed, told } from "./lab.js";

/** Openings in what the program leaves as it is: measured against what was live when the record was made. */

const LISTED = { allow: "listed", ranges: ["192.0.2.0/24"] };
const VPCES = ["vpce-0a00000000000001", "vpce-0b00000000000001"] as const;

jest.setTimeout(60_000);
const plane = sharedPlane();

describe("the switches that a program may leave", () => {
  it("are derived from the slices: a new one appears here, and says which of its values opens", () => {
    const all = [...OMITTED_SWITCHES].flatMap(([kind, paths]) => paths.map((path) => `${kind} ${path}`));
    expect(all).toEqual([
      "Project network.privateEndpoints",
      "Project defaultBranch.protected",
      "Branch protected",
      "Branch compute",
      "ComputeEndpoint disabled",
      "IpAllowlist privateEndpoints",
    ]);
    const values: unknown[] = ["allowed", "blocked", true, false, "none", {}];
    const opening = [...OMITTED_SWITCHES].flatMap(([kind, paths]) =>
      paths.map((path) => values.filter((value) => isOpening(kind, path, value))),
    );
    expect(opening).toEqual([["allowed"], [false], [false], [{}], [false], ["allowed"]]);
  });

  it("are left out where nothing is said, and not where what holds them is encrypted", () => {
    const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
    expect(listOmittedSwitches("Project", { network: LISTED })).toEqual(["network.privateEndpoints", "defaultBranch.protected"]);
    expect(listOmittedSwitches("Project", { network: unknown, defaultBranch: { protected: false } })).toEqual([]);
    expect(fillOmitted({ network: LISTED }, { "network.privateEndpoints": "blocked", "defaultBranch.protected": true })).toEqual({
      network: { ...LISTED, privateEndpoints: "blocked" },
      defaultBranch: { protected: true },
    });
  });
});

/** A project as it is declared, with nothing said of protection and private endpoints. */
async function shop(settings: ProjectSettings = {}) {
  const { project, branch, endpoints } = await plane.api.project({ settings: { allowed_ips: { ips: LISTED.ranges }, ...settings } });
  const id = project.id;
  const send = async (method: string, path: string, body?: object) => {
    const answer = await plane.api.call(method, `/projects/${id}${path}`, body);
    expect(answer.status).toBeLessThan(300);
    await plane.api.settled(id);
    return answer.body;
  };
  const protect = (isProtected: boolean) => send("PATCH", `/branches/${branch.id}`, { branch: { protected: isProtected } });
  const own = [managed("Project", id, { name: project.name, regionId: project.region_id, network: LISTED })];
  return { id, branchId: branch.id, computeId: endpoints[0]?.id ?? "", regionId: project.region_id, send, protect, own };
}

/** A record of these resources, as `palisade drift --record` makes it. */
async function recorded(own: readonly ManagedResource[], before?: Applied): Promise<{ applied: Applied; kept: string[] }> {
  const { apiUrl, apiKey, orgId } = plane.ready;
  return recordOmitted(
    appliedOf(own),
    await readOmitted(new NeonApi(apiUrl, { apiKey, limiter: new RateLimiter() }), orgId, own),
    before,
    own,
  );
}

const appliedOf = (own: readonly ManagedResource[]): Applied => ({
  version: 2,
  stack: "dev",
  recordedAt: new Date().toISOString(),
  ...NOTHING_RECORDED,
  resources: own.map(({ urn, kind, id, inputs, outputs }) => ({
    urn,
    type: `pulumi-nodejs:dynamic/palisade:${kind}`,
    id,
    inputs,
    outputs,
  })),
});

async function driftSince(applied: Applied) {
  const { apiUrl, apiKey, orgId } = plane.ready;
  const read = parseApplied(JSON.stringify(applied));
  const { managed: own } = buildBaseline(read, read);
  return detectDrift({ apiUrl, apiKey, orgId }, { own, all: own, nowMs: Date.now(), progress: () => undefined, before: read });
}

describe("an opening in what the program leaves out", () => {
  it("is told when private endpoints are no longer blocked, and repaired", async () => {
    const { id, send, own } = await shop({ block_vpc_connections: true });
    const { applied } = await recorded(own);
    expect(about(id, await driftSince(applied))).toEqual([]);
    await send("PATCH", "", { project: { settings: { block_vpc_connections: false } } });
    const found = await driftSince(applied);
    const [finding, ...others] = about(id, found);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ rule: "private-access-unblocked", direction: "opens", before: "blocked", after: "not blocked" });
    expect(finding?.says).toContain("Private endpoints were blocked, and the block is lifted.");
    expect(finding?.remedy).toContain("declare it");
    const mine = found.judged.filter(({ finding: { project } }) => project === id);
    const plan = planRepair(mine, found.observation, { graceMs: 0, nowMs: Date.now() + 3_600_000 });
    expect(await repair(found.api, plane.ready.orgId, plan)).toMatchObject([{ outcome: "done", what: "block private endpoints" }]);
    expect(about(id, await driftSince(applied))).toEqual([]);
  });

  it("is told when protection is taken away, and protection that comes is nobody's business", async () => {
    const { id, protect, own } = await shop();
    const { applied: open } = await recorded(own);
    await protect(true);
    expect(about(id, await driftSince(open))).toEqual([]);
    const { applied } = await recorded(own);
    await protect(false);
    const [finding, ...others] = about(id, await driftSince(applied));
    expect([finding?.rule, finding?.direction, finding?.severity, finding?.property, others]).toEqual([
      ...["project-changed", "opens", "high", "defaultBranch.protected"],
      [],
    ]);
    expect(finding?.says).toBe("defaultBranch.protected is not what it was, and the program leaves it out.");
  });

  it("is told once where another resource declares what this one leaves", async () => {
    const { id, branchId, protect, own } = await shop();
    await protect(true);
    const both = [...own, managed("BranchProtection", `${id}/${branchId}`, { projectId: id, branch: "default", protected: true })];
    const { applied } = await recorded(both);
    await protect(false);
    expect(told(about(id, await driftSince(applied)))).toEqual(["branch-protection-changed opens"]);
  });

  it("is told when a disabled compute is on, whether a resource declares the compute or not", async () => {
    const { id, branchId, computeId, send, own } = await shop();
    const { endpoint } = (await send("POST", "/endpoints", { endpoint: { branch_id: branchId, type: "read_only" } })) as {
      endpoint: { id: string };
    };
    const both = [...own, managed("ComputeEndpoint", `${id}/${endpoint.id}`, { projectId: id, branchId, type: "read_only" })];
    const disable = (compute: string, disabled: boolean) => send("PATCH", `/endpoints/${compute}`, { endpoint: { disabled } });
    for (const compute of [computeId, endpoint.id]) await disable(compute, true);
    const { applied } = await recorded(both);
    expect(about(id, await driftSince(applied))).toEqual([]);
    await disable(computeId, false);
    expect(told(about(id, await driftSince(applied)))).toEqual(["compute-endpoint-changed opens"]);
    await disable(computeId, true);
    await disable(endpoint.id, false);
    expect(told(about(id, await driftSince(applied)))).toEqual(["compute-endpoint-changed opens"]);
  });

  it("is told when the restriction to a private endpoint that nobody declares is lifted", async () => {
    const { id, regionId, send, own } = await shop();
    for (const endpoint of VPCES)
      await plane.api.call("POST", `/organizations/${plane.ready.orgId}/vpc/region/${regionId}/vpc_endpoints/${endpoint}`, { label: "x" });
    await send("POST", `/vpc_endpoints/${VPCES[0]}`, { label: "office" });
    const { applied } = await recorded(own);
    await send("DELETE", `/vpc_endpoints/${VPCES[0]}`);
    expect(told(about(id, await driftSince(applied)))).toEqual(["vpc-endpoint-restriction-deleted opens"]);
  });

  it("is told when a branch that had no compute has one", async () => {
    const { id, send, own } = await shop();
    const { branch } = (await send("POST", "/branches", { branch: { name: "dev" } })) as { branch: { id: string } };
    const both = [...own, managed("Branch", `${id}/${branch.id}`, { projectId: id, name: "dev" })];
    const { applied } = await recorded(both);
    await send("POST", "/endpoints", { endpoint: { branch_id: branch.id, type: "read_write" } });
    expect(told(about(id, await driftSince(applied)))).toEqual(["compute-endpoint-added opens"]);
  });

  it("is told when the list of declared entries is emptied, whoever owns the list", async () => {
    const { id, send } = await shop();
    const own = [
      managed("Project", id, { network: { allow: "managedSeparately" } }),
      managed("IpAllowlistEntry", `${id}/0a1b2c3d`, { projectId: id, ranges: LISTED.ranges }),
    ];
    const { applied } = await recorded(own);
    expect(about(id, await driftSince(applied))).toEqual([]);
    await send("PATCH", "", { project: { settings: { allowed_ips: { ips: [] } } } });
    const findings = about(id, await driftSince(applied));
    expect(findings.map(({ rule, direction, severity, urn }) => [rule, direction, severity, urn])).toEqual([
      ["list-emptied", "opens", "high", own[1]?.urn],
    ]);
  });
});

describe("a record made again", () => {
  it("accepts no opening that came since the one before, and takes what has closed", async () => {
    const { id, send, protect, own } = await shop({ block_vpc_connections: true });
    const first = await recorded(own);
    expect(first.kept).toEqual([]);
    await protect(true);
    await send("PATCH", "", { project: { settings: { block_vpc_connections: false } } });
    const second = await recorded(own, first.applied);
    expect(second.kept).toEqual([`${own[0]?.urn ?? ""} network.privateEndpoints`]);
    expect(second.applied.resources[0]?.left).toEqual({ "network.privateEndpoints": "blocked", "defaultBranch.protected": true });
    expect(told(about(id, await driftSince(second.applied)))).toEqual(["private-access-unblocked opens"]);
    // Without the record before, nobody knows of it.
    expect(about(id, await driftSince((await recorded(own)).applied))).toEqual([]);
  });

  it("keeps what it cannot look at, restrictions that were lifted, and the only administrator of before", () => {
    const own = [managed("Project", "p-1", { network: LISTED })];
    const now = (more: Partial<LiveOmitted>): LiveOmitted => ({ ...NOT_OBSERVED, ...more });
    const first = recordOmitted(
      appliedOf(own),
      now({
        left: new Map([[own[0]?.urn ?? "", { "defaultBranch.protected": true }]]),
        administrators: { "org-1": "u-1" },
        projects: { "p-1": { restrictions: ["vpce-1"], disabledComputes: ["ep-1", "ep-2"] } },
      }),
      ...([undefined, own] as const),
    ).applied;
    expect(recordOmitted(appliedOf(own), NOT_OBSERVED, first, own)).toEqual({
      applied: { ...first, recordedAt: expect.any(String) as string },
      kept: [],
    });
    const later = recordOmitted(
      appliedOf(own),
      now({
        projects: { "p-1": { restrictions: [], disabledComputes: [] } },
        computes: new Map([["p-1", new Set(["ep-1"])]]),
        administrators: { "org-1": "u-2" },
      }),
      ...([first, own] as const),
    );
    expect(later.kept).toEqual(["vpce-1", "ep-1"]);
    expect(later.applied).toMatchObject({
      projects: { "p-1": { restrictions: ["vpce-1"], disabledComputes: ["ep-1"] } },
      administrators: { "org-1": "u-1" },
    });
  });
});

describe("a record without what was live", () => {
  it("of an older release is still read, and says what is not known", async () => {
    const { id, send, own } = await shop({ block_vpc_connections: true });
    const { projects: _projects, administrators: _administrators, ...rest } = appliedOf(own);
    const old = parseApplied(JSON.stringify({ ...rest, version: 1 }));
    const { managed: read } = buildBaseline(old, old);
    expect(listUnknownOmitted(read)).toEqual(
      [`${id} network.privateEndpoints`, `${id} defaultBranch.protected`].map((text) => text.replace(id, read[0]?.name ?? "")),
    );
    await send("PATCH", "", { project: { settings: { block_vpc_connections: false } } });
    expect(about(id, await driftSince(old))).toEqual([]);
    expect(listUnknownOmitted(buildBaseline(old, (await recorded(own)).applied).managed)).toEqual([]);
  });

  it("is known for every kind that leaves nothing", () => {
    const kinds: Kind[] = ["Role", "Database", "ApiKey"];
    expect(listUnknownOmitted(kinds.map((kind) => managed(kind, "a/b/c", {})))).toEqual([]);
  });
});
