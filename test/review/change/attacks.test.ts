import { UNKNOWN } from "../../../provider/resources/shared/mergeInputs.js";
import type { Review } from "../../../review/change/judge.js";
import { toTypeToken, reviewStream, buildStream, type Stream, type WrittenResource } from "../../../tools/corpus/writtenChanges.js";

/** Changes that were approved although they open, each beside what is like it and harmless. */

const ID = "quiet-lake-12345678";
const MAIN = "br-quiet-lake-12345678";
const NOW = Date.parse("2026-06-01T00:00:00Z");
const project = (more: object = {}): WrittenResource => ({
  type: toTypeToken("Project"),
  name: "shop",
  id: ID,
  inputs: { name: "shop", regionId: "aws-eu-central-1", network: { allow: "listed", ranges: ["203.0.113.0/24"] }, ...more },
  outputs: { defaultBranchId: MAIN },
});
const SHOP = project();
/** Beside a project of another stack. */
const SHOP_ELSEWHERE: WrittenResource = { ...SHOP, name: "other", id: "loud-sea-87654321" };
const of = (kind: string, name: string, inputs: object, more: Partial<WrittenResource> = {}): WrittenResource => ({
  type: toTypeToken(kind),
  name,
  inputs: { projectId: ID, ...inputs },
  ...more,
});
const judged = (
  before: readonly WrittenResource[],
  after: readonly WrittenResource[],
  change: (stream: Stream) => Stream = (stream) => stream,
) => reviewStream(change(buildStream(before, after)), { nowMs: NOW });
const rules = ({ findings }: Review) => findings.filter(({ severity }) => severity !== "low").map(({ rule }) => rule);

it("a protection that is taken away where the stack was silent on it needs a person; one that it gives does not", async () => {
  const guard = (isProtected: boolean) => of("BranchProtection", "guard", { branch: MAIN, protected: isProtected });
  expect(rules(await judged([SHOP], [SHOP, guard(false)]))).toEqual(["left-until-now"]);
  expect((await judged([SHOP], [SHOP, guard(true)])).verdict).toBe("approve");
});

it("a compute where the stack was silent on it, or on a branch of another stack, needs a person", async () => {
  const dev = (compute?: object): WrittenResource => ({
    ...of("Branch", "dev", { name: "dev", ...(compute && { compute }) }),
    id: `${ID}/br-still-sea-12345678`,
  });
  expect(rules(await judged([SHOP, dev()], [SHOP, dev({ minCu: 0.25 })]))).toEqual(["left-until-now"]);
  const compute = of("ComputeEndpoint", "reader", { branchId: "br-other-sea-12345678", type: "read_write" });
  expect(rules(await judged([SHOP], [SHOP, compute]))).toEqual(["left-until-now"]);
});

it("one more restriction of a project that another stack declares may admit one more endpoint", async () => {
  const restriction = of("VpcEndpointRestriction", "one", { vpcEndpointId: "vpce-00000000000000001" });
  expect((await judged([], [restriction])).verdict).toBe("needsReview");
  // And of the last one that goes nobody knows whether others are left.
  const recorded = { ...restriction, id: `${ID}/vpce-00000000000000001` };
  expect(rules(await judged([SHOP, recorded], [SHOP]))).toContain("vpc-restriction-lifted");
  expect(rules(await judged([recorded, SHOP_ELSEWHERE], [SHOP_ELSEWHERE]))).toContain("vpc-restriction-lifted");
  expect((await judged([SHOP], [SHOP, restriction])).verdict).toBe("approve");
});

it("what a half-made resource says was perhaps never applied: its retry is judged as the first try", async () => {
  const list: WrittenResource = { ...of("IpAllowlist", "list", { allow: "anywhere" }), id: ID };
  const born = project({ network: { allow: "managedSeparately" } });
  const failed = (stream: Stream): Stream => {
    const state = JSON.parse(stream.state) as { deployment: { resources: { type: string; initErrors?: string[] }[] } };
    for (const one of state.deployment.resources) if (one.type === toTypeToken("IpAllowlist")) one.initErrors = ["PAL_SERVER_FAILED"];
    const events = stream.events.map((line) =>
      line.includes(toTypeToken("IpAllowlist")) ? line.replaceAll('"op":"same"', '"op":"update"') : line,
    );
    return { ...stream, state: JSON.stringify(state), events: events.map((line) => recount(line)) };
  };
  const recount = (line: string) => line.replace('"resourceChanges":{"same":2}', '"resourceChanges":{"same":1,"update":1}');
  expect((await judged([born, list], [born, list], failed)).verdict).toBe("block");
  expect((await judged([born, list], [born, list])).verdict).toBe("approve");
});

it("a mark of another resource blocks, whoever sets it", async () => {
  const urnOf = (name: string) => `urn:pulumi:dev::shop::${toTypeToken("Project")}::${name}`;
  const evil = (managedBy: string): WrittenResource => ({
    type: toTypeToken("Project"),
    name: "evil",
    inputs: { name: "shop", regionId: "aws-eu-central-1", network: { allow: "nobody", privateEndpoints: "blocked" }, managedBy },
  });
  expect(rules(await judged([SHOP], [SHOP, evil(urnOf("shop"))]))).toEqual(["mark-of-another"]);
  expect((await judged([SHOP], [SHOP, evil(urnOf("evil"))])).verdict).toBe("approve");
});

it("a provider that the program configures by itself blocks: a key goes to its host", async () => {
  const provider = (inputs: Record<string, unknown>): WrittenResource => ({ type: "pulumi:providers:pulumi-nodejs", name: "alt", inputs });
  expect(rules(await judged([SHOP], [SHOP, provider({ "palisade:apiUrl": "https://evil.example/api/v2" })]))).toContain("api-changed");
  expect(rules(await judged([SHOP], [SHOP, provider({})]))).not.toContain("api-changed");
});

it("a first deployment says so when its key goes to a host that is not Neon's", async () => {
  const to = (apiUrl: string) => reviewStream(buildStream([], [SHOP], { config: { "palisade:apiUrl": apiUrl } }), { nowMs: NOW });
  expect(rules(await to("https://console.neon.tech.example.com/api/v2"))).toEqual(["api-changed"]);
  expect((await to("https://console.neon.tech/api/v2")).verdict).toBe("approve");
  expect((await to("http://127.0.0.1:4400/api/v2")).verdict).toBe("approve");
});

it("packages that are called as ours or as the engine are foreign all the same", async () => {
  for (const type of ["palisade:other:Thing", "pulumiverse:x:Thing"])
    expect((await judged([SHOP], [SHOP, { type, name: "thing", inputs: {} }])).unjudged).not.toEqual([]);
});

it("a key for a project that is made in the same update opens another project", async () => {
  const key = (projectId: string, origins: WrittenResource["origins"] = {}): WrittenResource => ({
    type: toTypeToken("ApiKey"),
    name: "key",
    id: "org-1/7",
    inputs: { name: "ci", scope: "project", projectId },
    origins,
  });
  const other: WrittenResource = {
    type: toTypeToken("Project"),
    name: "other",
    inputs: { name: "other", regionId: "aws-eu-central-1", network: { allow: "nobody", privateEndpoints: "blocked" } },
  };
  const stream = buildStream([SHOP, key(ID)], [SHOP, other, key(UNKNOWN, { projectId: ["other"] })], { replaced: ["key"] });
  expect(rules(await reviewStream(stream, { nowMs: NOW }))).toEqual(["key-moved"]);
});

it("a person who is declared under another name in another organisation is no rename", async () => {
  const member = (name: string, orgId: string): WrittenResource => ({
    type: toTypeToken("OrganizationMember"),
    name,
    inputs: { orgId, email: "ada@example.com", role: "admin" },
  });
  const before = { ...member("ada", "org-quiet-lake-12345678"), id: "org-quiet-lake-12345678/1" };
  expect(rules(await judged([SHOP, before], [SHOP, member("ada2", "org-loud-sea-87654321")]))).toEqual(["member-invited"]);
  expect(rules(await judged([SHOP, before], [SHOP, member("ada2", "org-quiet-lake-12345678")]))).not.toContain("member-invited");
});

it("an access person of whom two resources say different things is sent again by the one that acts", async () => {
  const permission = (name: string, level: string, id: string, more: object = {}): WrittenResource => ({
    ...of("ProjectPermission", name, { email: "ada@example.com", level, ...more }),
    id: `${ID}/${id}`,
  });
  const both = [SHOP, permission("a", "admin", "1"), permission("b", "viewer", "2")];
  const touched = await judged(both, [SHOP, permission("a", "admin", "1", { account: "main" }), permission("b", "viewer", "2")]);
  expect(rules(touched)).toContain("declared-twice");
  expect((await judged(both, both)).verdict).toBe("approve");
});

it("what Postgres gives to everybody is no longer taken away where the program leaves that out", async () => {
  const grants = (more: object): WrittenResource => ({
    ...of("RoleGrants", "reading", { branchId: MAIN, databaseName: "shop", roleName: "reader", database: ["CONNECT"], ...more }),
    id: `${ID}/${MAIN}/shop/reader`,
  });
  expect(rules(await judged([SHOP, grants({ revokePublic: true })], [SHOP, grants({})]))).toEqual(["public-privileges-kept"]);
  expect((await judged([SHOP, grants({})], [SHOP, grants({ revokePublic: true })])).verdict).toBe("approve");
});

describe("addresses that were let in for a time", () => {
  const END = "2026-07-01T00:00:00Z";
  const list = (name: string, ranges: unknown[]): WrittenResource => ({
    ...of("IpAllowlistEntry", name, { ranges }),
    id: `${ID}/${name}`,
    origins: { projectId: ["shop"] },
  });
  const before = [SHOP, list("a", [{ range: "198.51.100.0/24", removeAfter: END }])];

  it.each([
    ["in halves", [list("a", ["198.51.100.0/25", "198.51.100.128/25"])]],
    ["by a permanent twin", [list("a", [{ range: "198.51.100.0/24", removeAfter: END }]), list("b", ["198.51.100.7"])]],
    ["by a later end", [list("a", [{ range: "198.51.100.0/24", removeAfter: "2026-08-01T00:00:00Z" }])]],
  ])("do not stay longer unseen: %s", async (_, after) => {
    expect(rules(await judged(before, [SHOP, ...after]))).toEqual(["entry-lasts-longer"]);
  });

  it.each([
    ["earlier", [list("a", [{ range: "198.51.100.0/24", removeAfter: "2026-06-15T00:00:00Z" }])]],
    [
      "in halves that end with it",
      [
        list("a", [
          { range: "198.51.100.0/25", removeAfter: END },
          { range: "198.51.100.128/25", removeAfter: END },
        ]),
      ],
    ],
  ])("may end %s", async (_, after) => {
    expect((await judged(before, [SHOP, ...after])).verdict).toBe("approve");
  });
});
