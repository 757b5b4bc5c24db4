import { getRoute } from "../../../provider/client/transport.js";

test.each([
  [
    "/api/v2/projects/calm-sea-12345678/branches/br-x-1/roles/anna/reveal_password",
    "/api/v2/projects/*/branches/*/roles/*/reveal_password",
  ],
  ["/api/v2/projects/calm-sea-12345678/branches/br-x-1/roles/count", "/api/v2/projects/*/branches/*/roles/*"],
  ["/api/v2/projects/p/branches/br-x-1/databases/shop%2F1", "/api/v2/projects/*/branches/*/databases/*"],
  ["/api/v2/organizations/org-x-1/api_keys/4711", "/api/v2/organizations/*/api_keys/*"],
  ["/api/v2/organizations/o/vpc/region/aws-eu-central-1/vpc_endpoints/vpce-1", "/api/v2/organizations/*/vpc/region/*/vpc_endpoints/*"],
  ["/api/v2/projects/p/jwks/0a1b", "/api/v2/projects/*/jwks/*"],
  ["/api/v2/users/me/organizations", "/api/v2/users/me/organizations"],
  ["/api/v2/projects/shared", "/api/v2/projects/shared"],
  ["/api/v2/projects/p/branches/count", "/api/v2/projects/*/branches/count"],
])("the route of %s", (path, route) => {
  expect(getRoute(path)).toBe(route);
});
