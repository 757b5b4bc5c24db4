import { Declarations } from "../../../provider/engine/declarations.js";
import { type Hooks, createHooks } from "../../../provider/engine/hooks.js";
import { catalogue, type Kind } from "../../../provider/resources/index.js";
import { createSession } from "../../../provider/sessions.js";
import { parseDeclaredState, buildApplied, buildBaseline, type ManagedResource } from "../../../review/drift/appliedRecord.js";
import { API_KINDS, CHANGED, buildHostProject, REGION, STRONG, VPCE } from "../../../tools/reliability/resourcePrograms.js";
import { endPlanes, startPlane, type TestPlane } from "../../support/plane.js";
import { about, driftOf, told } from "./lab.js";

/** Every resource of the catalogue, made as Pulumi makes it: no false alarm after an update, and an alarm after a change or a deletion by hand. */
let plane: TestPlane;
jest.setTimeout(60_000);
beforeAll(async () => {
  plane = await startPlane({ vault: true });
  await plane.api.call("POST", `/organizations/${plane.ready.orgId}/vpc/region/${REGION}/vpc_endpoints/${VPCE}`, { label: "office" });
});
afterAll(endPlanes);

/** Kinds whose destroy leaves the object as it is. */
const STAYS: ReadonlySet<Kind> = new Set<Kind>(["BranchProtection", "IpAllowlist", "PrivateEndpoint", "OrganizationMember"]);

/** Nothing of these can be changed in place by hand: every field replaces, a rotation shows in passwords alone, a level is for members. */
const FIXED: ReadonlySet<Kind> = new Set<Kind>(["Role", "RotatingRole", "JwksUrl", "ApiKey", "ProjectPermission"]);

describe.each(API_KINDS)("%s", (kind) => {
  let made: Record<"host" | "own", { id: string; inputs: Record<string, unknown>; outs: Record<string, unknown>; kind: Kind }>;

  beforeEach(async () => {
    const host = await make("Project", buildHostProject(kind));
    const branchId = String(host.outs["defaultBranchId"]);
    for (const name of kind === "Database" ? ["second_owner"] : []) {
      await plane.api.call("POST", `/projects/${host.id}/branches/${branchId}/roles`, { role: { name } });
      await plane.api.settled(host.id);
    }
    const own = await make(kind, STRONG[kind]({ orgId: plane.ready.orgId, projectId: host.id, branchId }));
    made = { host, own };
  });

  it("shows nothing after an update", async () => {
    const run = await driftOf(plane, stack());
    const seen = [...about(made.host.id, run), ...(kind === "Project" ? about(made.own.id, run) : [])];
    const outside = run.judged
      .map(({ finding }) => finding)
      .filter(({ resource }) => resource.id === made.own.id || resource.id.endsWith(`/${lastOf(made.own.id)}`));
    // What the test itself made by hand is found, as it should be.
    expect(told(seen.filter(({ resource }) => !resource.name.endsWith("/second_owner")))).toEqual([]);
    expect(told(outside.filter(({ rule }) => rule !== "private-endpoint-added"))).toEqual([]);
    expect(run.unjudged).toEqual([]);
  });

  if (!FIXED.has(kind))
    it("shows what was changed behind its back", async () => {
      const { own } = made;
      const before = stack();
      const { inputs, failures } = await provider(kind).check(own.inputs, { ...own.inputs, ...CHANGED[kind] });
      expect(failures).toEqual([]);
      await provider(kind).update(own.id, own.outs, inputs);
      const run = await driftOf(plane, before);
      const findings = run.judged.map(({ finding }) => finding).filter(({ urn }) => urn?.endsWith("::r1"));
      expect(findings.length).toBeGreaterThan(0);
    });

  if (!STAYS.has(kind))
    it("shows that it was deleted", async () => {
      const { own } = made;
      const before = stack();
      if (kind === "Project" || kind === "Branch") {
        const branch = kind === "Branch" ? (own.id.split("/")[1] ?? "") : String(own.outs["defaultBranchId"]);
        const projectId = own.id.split("/")[0] ?? "";
        await plane.api.call("PATCH", `/projects/${projectId}/branches/${branch}`, { branch: { protected: false } });
        await plane.api.settled(projectId);
      }
      await provider(kind).delete(own.id, { ...own.outs, allowAll: true });
      const run = await driftOf(plane, before);
      const findings = run.judged.map(({ finding }) => finding).filter(({ urn }) => urn?.endsWith("::r1"));
      expect(findings.map(({ class: of }) => of)).toEqual(["deleted"]);
    });

  /** As an exported state holds them. */
  function stack(): ManagedResource[] {
    const resources = Object.values(made).map(({ id, inputs, outs, kind: of }, at) => {
      const type = `pulumi-nodejs:dynamic/palisade:${of}`;
      return { urn: `urn:pulumi:dev::test::${type}::r${at}`, type, id, inputs, outputs: outs };
    });
    const applied = buildApplied(parseDeclaredState(JSON.stringify({ version: 3, deployment: { resources } })), "dev", Date.now());
    return [...buildBaseline(applied, undefined).managed];
  }
});

const lastOf = (id: string): string => id.slice(id.lastIndexOf("/") + 1);

let providers: Partial<Record<Kind, Hooks>> = {};
beforeEach(() => (providers = {}));

/** One provider process for each test. */
function provider(kind: Kind): Hooks {
  const { apiUrl, apiKey, orgId } = plane.ready;
  const session = createSession({ apiUrl, apiKey, orgId }, undefined, new AbortController().signal);
  return (providers[kind] ??= createHooks(catalogue[kind] as never, () => Promise.resolve(session), new Declarations()));
}

let count = 0;
async function make(kind: Kind, args: Record<string, unknown>) {
  const { inputs, failures } = await provider(kind).check({}, { ...args, managedBy: `urn:pulumi:dev::test::x::${(count += 1)}` });
  expect(failures).toEqual([]);
  const { id, outs } = await provider(kind).create(inputs);
  return { id, inputs, outs, kind };
}
