import type { Account } from "../../contract/account.js";
import { toJson } from "../../review/scan/json.js";
import { type ScanReport, scan } from "../../review/scan/scan.js";
import { toText } from "../../review/scan/text.js";
import { countColumns } from "../../review/terminalText.js";
import { endPlanes, startPlane, type TestPlane } from "../support/plane.js";
import { branchOf, callsOf, disableComputes, SEED } from "./world.js";

jest.setTimeout(30_000);

let plane: TestPlane;
afterEach(endPlanes);

const accountOf = (apiKey = plane.ready.apiKey): Account => ({ apiUrl: plane.ready.apiUrl, apiKey, orgId: undefined });
const scanned = (apiKey?: string) => scan(accountOf(apiKey), { now: Date.now(), progress: () => undefined });
const plain = (report: ScanReport) => toText(report, (_, text) => text);
/** A line of the table. */
const row = (...cells: readonly string[]) =>
  [20, 15, 2, 19, 19].map((width, at) => (cells[at] ?? "").padEnd(width)).join(" ") + ` ${cells[5] ?? ""}`;
/** Name and evidence of what was found. */
const found = ({ findings }: ScanReport, rule?: string) =>
  findings
    .filter((finding) => rule === undefined || finding.rule === rule)
    .map(({ resource, after }) => `${resource.name}: ${after ?? ""}`);

describe("an organisation of 50 projects", () => {
  beforeEach(async () => {
    plane = await startPlane({ seed: SEED });
  });

  it("is judged whole, with about one call for each project that nobody reaches and two for each other", async () => {
    await callsOf(plane);
    const report = await scanned();
    const calls = await callsOf(plane);
    expect(calls).toEqual({
      "GET /users/me/organizations": 1,
      "GET /organizations/:org_id": 1,
      "GET /projects": 1,
      "GET /organizations/:org_id/vpc/vpc_endpoints": 1,
      "GET /organizations/:org_id/api_keys": 1,
      "GET /api_keys": 1,
      "GET /projects/:project_id/branches": 50,
      "GET /projects/:project_id/endpoints": 40,
    });
    expect(report.calls).toBe(96);
    expect(report.unjudged).toEqual([]);
    const tally = (rule: string) => found(report, rule).length;
    expect(Object.fromEntries([...new Set(report.findings.map(({ rule }) => rule))].map((rule) => [rule, tally(rule)]))).toEqual({
      "open-to-every-address": 10,
      "scope-without-protected-branch": 10,
      "protected-rows-on-open-branch": 10,
      "very-large-list": 10,
      "default-branch-unprotected": 20,
      "audit-level-base": 30,
      "passwords-stored": 50,
    });
  });

  it("is printed as a table of every branch, in 100 columns", async () => {
    const text = plain(await scanned());
    const lines = text.split("\n");
    expect(lines[0]).toMatch(/^Palisade \(org-[a-z0-9-]+\) at 127\.0\.0\.1:\d+: 50 projects, 60 branches, 96 calls$/);
    const rowsOf = (name: string) => lines.filter((line) => line.startsWith(name));
    expect(lines[2]).toBe(row("PROJECT", "BRANCH", "", "REACH", "LATENT", "DATA REACH"));
    expect(rowsOf("open-03")).toEqual([row("open-03", "main", "D", "everyone", "everyone", "everyone")]);
    expect(rowsOf("listed-00")).toEqual([row("listed-00", "main", "DP", "192.0.2.0/24", "192.0.2.0/24", "192.0.2.0/24")]);
    expect(rowsOf("scoped-09")).toEqual([
      row("scoped-09", "main", "DP", "192.0.2.0/24", "192.0.2.0/24", "everyone"),
      row("scoped-09", "dev", "", "everyone", "everyone", "everyone"),
    ]);
    expect(rowsOf("closed-00")).toEqual([row("closed-00", "main", "DP", "nobody", "everyone", "nobody")]);
    expect(lines.filter((line) => countColumns(line) > 100)).toEqual([]);
    expect(text).toContain("Never judged: the Data API, Neon Auth and JWKS, SQL run in the console, holders of API keys.");
  });

  it("is told the same twice as JSON, and every field that is documented is there", async () => {
    const [first, second] = [toJson(await scanned()), toJson(await scanned())];
    expect(JSON.stringify(second)).toBe(JSON.stringify(first));
    expect(first).toMatchObject({
      version: 1,
      calls: 96,
      unjudged: [],
      organization: { kind: "organization", id: plane.ready.orgId },
      keys: "those of the organisation, and your own",
    });
    expect(first.projects.find(({ name }) => name === "scoped-00")?.branches?.[0]).toEqual({
      id: expect.stringMatching(/^br-/) as string,
      name: "main",
      parentBranchId: null,
      default: true,
      protected: true,
      reach: { everyAddress: false, ranges: ["192.0.2.0/24"], ipv4Addresses: "256", ipv6Addresses: "0", privateEndpoints: [] },
      latent: { everyAddress: false, ranges: ["192.0.2.0/24"], ipv4Addresses: "256", ipv6Addresses: "0", privateEndpoints: [] },
      dataReach: {
        everyAddress: true,
        ranges: ["0.0.0.0/0", "::/0"],
        privateEndpoints: [],
        ipv4Addresses: "4294967296",
        ipv6Addresses: String((1n << 128n) - (1n << 32n)),
      },
    });
  });

  it("is scanned with an organisation's key, which says that it may not list keys", async () => {
    const report = await scanned("napi_organisation");
    expect([report.projects.length, report.unjudged]).toEqual([50, []]);
    expect(report.keys).toMatch(/^none: this key may not list those of the organisation/);
  });

  it("is one project for a key of one, and the rest is said to be unjudged", async () => {
    const report = await scanned("napi_one");
    expect(report.projects.map(({ project }) => project.name)).toEqual(["scoped-00"]);
    expect(report.unjudged).toMatchObject([
      { what: "its other projects, its private endpoints", reason: "the key belongs to one project" },
    ]);
    expect(found(report, "protected-rows-on-open-branch")).toEqual(["scoped-00/main: through dev"]);
    // What endpoints the organisation has it cannot know, and does not pretend to.
    expect(plain(report)).toMatch(/^scoped-00 +main +DP +192\.0\.2\.0\/24 \+\?vpce /m);
    expect(toJson(report).projects[0]?.branches?.[0]?.reach?.privateEndpoints).toBeNull();
  });

  it("is unjudged where a part cannot be read, and judged in all else", async () => {
    const refuse = (path: string) =>
      plane.api.call("POST", "/x-palisade/test/faults", { method: "GET", path, kind: "status", status: 403 });
    await refuse("/projects/open-00-00000001/branches");
    await refuse("/projects/open-01-00000001/endpoints");
    const report = await scanned();
    expect(report.unjudged.map(({ resource, what }) => [resource.name, what])).toEqual([
      ["open-00", "branches"],
      ["open-01", "computes"],
    ]);
    expect(found(report, "open-to-every-address")).toHaveLength(8);
    const text = plain(report);
    expect(text).toMatch(/^open-00 +\? +\? +\? +\?$/m);
    expect(text).toMatch(/^open-01 +main +D +\? +everyone +\?$/m);
    expect(text).toMatch(/Not judged, because it could not be read:\n +- open-0\d \(open-0\d-00000001\), \w+: GET/);
    expect(toJson(report).projects.find(({ name }) => name === "open-00")?.branches).toBeNull();
  });

  it("ends at once when the key is refused half-way", async () => {
    await plane.api.call("POST", "/x-palisade/test/faults", {
      method: "GET",
      path: "/projects/*/branches",
      kind: "status",
      status: 401,
    });
    await expect(scanned()).rejects.toMatchObject({ code: "PAL_KEY_REFUSED" });
  });
});

describe("what is wrong with a project", () => {
  const project = (settings: string, branches = "[{ name: main, protected: true }]") => `
projects:
  - name: shop
    id: shop-00000001
    regionId: aws-eu-central-1
    settings: { audit_log_level: full, ${settings} }
    branches: ${branches}
`;
  const rules = (report: ScanReport) => [...new Set(report.findings.map(({ rule }) => rule))].filter((rule) => rule !== "passwords-stored");

  it("is nothing when its list is narrow and its branches are protected", async () => {
    plane = await startPlane({ seed: project("allowed_ips: { ips: [192.0.2.0/24] }") });
    expect(rules(await scanned())).toEqual([]);
  });

  it("is a list as wide as the internet, however it is spelled", async () => {
    plane = await startPlane({ seed: project("allowed_ips: { ips: [128.0.0.0/1, 0.0.0.0-127.255.255.255] }") });
    const report = await scanned();
    expect(rules(report)).toEqual(["open-to-every-address"]);
    expect(found(report, "open-to-every-address")).toEqual(["shop: main"]);
  });

  it("is not that nobody is let in", async () => {
    plane = await startPlane({ seed: project("block_public_connections: true") });
    expect(rules(await scanned())).toEqual([]);
  });

  it("is a large list, counted and with an address of it", async () => {
    plane = await startPlane({ seed: project('allowed_ips: { ips: [10.0.0.0/8, "2001:db8::/31"] }') });
    expect(found(await scanned(), "very-large-list")).toEqual([
      "shop: 16,777,216 IPv4 addresses and 2^97 IPv6 addresses or more, such as 10.0.0.0",
    ]);
  });

  it("is the next compute, where none runs", async () => {
    plane = await startPlane({ seed: project("") });
    await disableComputes(plane, "shop-00000001");
    const report = await scanned();
    expect(rules(report)).toEqual(["next-compute-opens"]);
  });

  it("is an open branch outside the scope; one without the protected rows is told apart from a copy", async () => {
    plane = await startPlane({
      seed: project(
        "allowed_ips: { ips: [192.0.2.0/24], protected_branches_only: true }",
        "[{ name: main }, { name: production, protected: true, computes: [read_write] }, { name: copy, parent: production }, { name: deep, parent: copy, computes: [read_write] }]",
      ),
    });
    const production = (await scanned()).projects[0]?.branches?.find(({ name }) => name === "production")?.id;
    await branchOf(plane, "shop-00000001", { name: "schema", parent_id: production, init_source: "schema-only" });
    const report = await scanned();
    expect(found(report, "protected-rows-on-open-branch")).toEqual(["shop/production: through deep"]);
    expect(found(report, "branch-outside-scope")).toEqual(["shop: main, schema"]);
  });

  it("is every private endpoint of the organisation, until it is restricted or they are blocked", async () => {
    plane = await startPlane({ seed: project("allowed_ips: { ips: [192.0.2.0/24] }") });
    const assign = (id: string, region = "aws-eu-central-1") =>
      plane.api.call("POST", `/organizations/${plane.ready.orgId}/vpc/region/${region}/vpc_endpoints/${id}`, { label: id });
    const ids = ["vpce-0123456789abcdef0", "vpce-0123456789abcdef1"] as const;
    for (const id of ids) await assign(id);
    await assign("vpce-0123456789abcdef2", "aws-us-east-1");
    const report = await scanned();
    expect(found(report, "every-private-endpoint")).toEqual([`shop: ${ids.join(", ")}`]);
    expect(found(report, "public-and-private")).toEqual(["shop: main"]);
    expect(plain(report)).toMatch(/^shop +main +DP +192\.0\.2\.0\/24 \+2vpce /m);
    await plane.api.call("POST", `/projects/shop-00000001/vpc_endpoints/${ids[0]}`, { label: "x" });
    expect(rules(await scanned())).toEqual(["public-and-private"]);
    await plane.api.call("PATCH", "/projects/shop-00000001", { project: { settings: { block_vpc_connections: true } } });
    expect(rules(await scanned())).toEqual([]);
  });
});
