import { BranchesPage } from "@palisade/neon/contract/wire/branch";
import { EndpointsResponse } from "@palisade/neon/contract/wire/endpoint";
import { sharedPlane } from "../support/plane.js";
import * as clients from "./clients.js";

/** What a seed plants has real data behind it: who connects at once waits for it, and every branch is there. */
const plane = sharedPlane({
  computes: "postgres",
  proxyPort: 0,
  seed: {
    projects: [
      {
        name: "shop",
        id: "shop-00000001",
        databases: [{ name: "orders" }],
        branches: [
          { name: "main" },
          { name: "dev", computes: ["read_write"] },
          { name: "feature", parent: "dev", computes: ["read_write"] },
        ],
      },
    ],
  },
});

it("gives every branch of a seed a Postgres, with the roles and databases that the API tells", async () => {
  const { branches } = await plane.api.ok(BranchesPage, "GET", "/projects/shop-00000001/branches");
  expect(branches.map(({ name, current_state: state }) => [name, state]).sort()).toEqual([
    ["dev", "ready"],
    ["feature", "ready"],
    ["main", "ready"],
  ]);
  const { endpoints } = await plane.api.ok(EndpointsResponse, "GET", "/projects/shop-00000001/endpoints");
  const { status, body } = await plane.api.call(
    "GET",
    `/projects/shop-00000001/branches/${branches[0]?.id ?? ""}/roles/neondb_owner/reveal_password`,
  );
  expect(status).toBe(200);
  const { password } = body as { password: string };
  // All at once, and before what makes them has ended.
  const said = await Promise.all(
    endpoints.map(({ id }) => clients.outcome(plane, { endpointId: id, role: "neondb_owner", password, database: "orders" })),
  );
  expect(said).toEqual(endpoints.map(() => "admitted"));
  await plane.api.settled("shop-00000001");
}, 90_000);
