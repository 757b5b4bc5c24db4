import { VpcEndpointDetails } from "@palisade/neon/contract/wire/vpcEndpoint";
import { type AcceptanceState, computeAcceptanceState, assertCanBecome } from "../../control-plane/domain/vpc.js";
import { sharedPlane } from "../support/plane.js";

/** What becomes of private endpoints between assignment and use: by time, by a seed, and by a test. */
const GUID = "6f1f2c1e-6a2f-4f5e-9f0a-2d1f5f0c7a11";
const OPERATION_MS = 60_000;
const [REJECTED, FAILED, NEVER] = ["vpce-0a1b2c3d4e5f60001", "vpce-0a1b2c3d4e5f60002", "vpce-0a1b2c3d4e5f60003"];
const { ready, api } = sharedPlaneParts();

function sharedPlaneParts() {
  const plane = sharedPlane({
    operationTimeMs: OPERATION_MS,
    seed: {
      vpcEndpoints: [
        { id: REJECTED, becomes: "rejected", reason: "not one of ours" },
        { id: FAILED, becomes: "failed", reason: "the network has no address left" },
        { id: NEVER, becomes: "never" },
      ],
    },
  });
  return { ready: () => plane.ready, api: plane.api };
}

const at = (id: string, region = "aws-eu-central-1") => `/organizations/${ready().orgId}/vpc/region/${region}/vpc_endpoints/${id}`;
const assign = async (id: string, region?: string) => {
  expect((await api.call("POST", at(id, region), { label: "" })).status).toBe(200);
};
const look = (id: string, region?: string) => api.ok(VpcEndpointDetails, "GET", at(id, region));
const pass = (ms: number) => api.call("POST", "/x-palisade/test/clock", { advanceSeconds: ms / 1_000 });
const decide = (id: string, becomes: string, reason?: string) =>
  api.call("POST", "/x-palisade/test/vpc_endpoints", { vpc_endpoint_id: id, becomes, reason });

test("an endpoint is new until an operation's time has passed, and then accepted unless the seed says otherwise", async () => {
  const usual = "vpce-0a1b2c3d4e5f60009";
  const all = [usual, REJECTED, FAILED, NEVER];
  for (const id of all) await assign(id);
  for (const id of all) expect(await look(id)).toMatchObject({ state: "new" });
  await pass(OPERATION_MS);
  expect(await look(usual)).toMatchObject({ state: "accepted" });
  expect(await look(REJECTED)).toMatchObject({ state: "rejected", reason: "not one of ours" });
  expect(await look(FAILED)).toMatchObject({ state: "failed", reason: "the network has no address left" });
  expect(await look(NEVER)).toMatchObject({ state: "new" });
  expect(await look(NEVER)).not.toHaveProperty("reason");
});

test("a test decides of an endpoint that waits, and of one that will be assigned; what has ended stays so", async () => {
  const [waits, later] = [NEVER, "vpce-0a1b2c3d4e5f6000b"];
  expect((await decide(waits, "accepted")).status).toBe(200);
  expect(await look(waits)).toMatchObject({ state: "accepted" });
  expect((await decide(later, "rejected", "no")).status).toBe(200);
  await assign(later);
  await pass(OPERATION_MS);
  expect(await look(later)).toMatchObject({ state: "rejected", reason: "no" });
  const { status, body } = await decide(later, "accepted");
  expect([status, body]).toMatchObject([400, { message: expect.stringContaining("that is rejected cannot become accepted") as string }]);
});

test("an endpoint of Azure is of Azure's regions alone, has a link id once it is accepted, and a region of AWS takes none", async () => {
  await assign(GUID, "azure-gwc");
  expect(await look(GUID, "azure-gwc")).not.toHaveProperty("azure_link_id");
  await pass(OPERATION_MS);
  const { azure_link_id: link } = await look(GUID, "azure-gwc");
  expect(link).toBeGreaterThan(0);
  const other = GUID.replace("6f", "7f");
  await assign(other, "azure-westus3");
  await pass(OPERATION_MS);
  expect((await look(other, "azure-westus3")).azure_link_id).not.toBe(link);
  expect((await api.refused("POST", at(GUID), { label: "" })).message).toBe(`no VPC endpoint id of region aws-eu-central-1: ${GUID}`);
  expect((await api.refused("POST", at(GUID.toUpperCase(), "azure-gwc"), { label: "" })).message).toContain("not available in region");
});

test("an id that was removed is burnt for the organisation, in every region", async () => {
  const id = "vpce-0a1b2c3d4e5f6000c";
  await assign(id);
  expect((await api.call("DELETE", at(id))).status).toBe(200);
  for (const region of ["aws-eu-central-1", "aws-us-east-1"])
    expect((await api.refused("POST", at(id, region), { label: "" })).message).toBe(
      `VPC endpoint was removed and cannot be assigned again: ${id}`,
    );
});

describe("the state machine", () => {
  const created_at = "2026-01-01T00:00:00Z";
  const after = (ms: number, becomes?: "accepted" | "rejected" | "failed" | "never") =>
    computeAcceptanceState({ created_at, ...(becomes && { outcome: { becomes } }) }, Date.parse(created_at) + ms, 1_000);

  it("goes by time alone through requested and pending acceptance", () => {
    expect([0, 499, 500, 999, 1_000].map((ms) => after(ms))).toEqual([
      ...["requested", "requested", "pendingAcceptance", "pendingAcceptance", "accepted"],
    ]);
    expect((["accepted", "rejected", "failed", "never"] as const).map((becomes) => after(1e9, becomes))).toEqual([
      ...["accepted", "rejected", "failed", "pendingAcceptance"],
    ]);
  });

  it("leaves rejected and failed never, and goes back nowhere", () => {
    const ways = (["requested", "pendingAcceptance", "accepted", "rejected", "failed"] as const).flatMap((from: AcceptanceState) =>
      (["accepted", "rejected", "failed", "never"] as const).flatMap((becomes) => {
        try {
          assertCanBecome(from, { becomes });
          return [`${from} ${becomes}`];
        } catch {
          return [];
        }
      }),
    );
    expect(ways.filter((way) => /^(accepted|rejected|failed)/.test(way))).toEqual([
      ...["accepted accepted", "accepted rejected", "accepted failed", "rejected rejected", "failed failed"],
    ]);
  });
});
