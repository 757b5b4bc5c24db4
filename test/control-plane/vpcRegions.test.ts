import { sharedPlane } from "../support/plane.js";

const plane = sharedPlane();
const at = (region: string, id = "") => `/organizations/${plane.ready.orgId}/vpc/region/${region}/vpc_endpoints${id}`;

test.each(["aws-moon-1", "us-east-1", "AWS-US-EAST-1", "azure-nowhere"])(
  "%s is no region to assign an endpoint in, or to list",
  async (region) => {
    const refusal = { status: 400, message: `region not found: ${region}` };
    expect(await plane.api.refused("POST", at(region, "/vpce-0123456789abcdef0"), { label: "" })).toMatchObject(refusal);
    expect(await plane.api.refused("GET", at(region))).toMatchObject(refusal);
  },
);

test("a region of another cloud has no private networking, and an empty list", async () => {
  expect((await plane.api.refused("POST", at("azure-gwc", "/vpce-0123456789abcdef0"), { label: "" })).message).toContain("not available");
  expect((await plane.api.call("GET", at("azure-gwc"))).body).toEqual({ endpoints: [] });
});
