import { z } from "zod";
import { AuthDetails, CurrentUser, Organization, OrganizationsResponse, RegionsResponse } from "@palisade/neon/contract/wire/account";
import { REGIONS } from "@palisade/neon/contract/regions";
import { DEFAULT_REGION } from "../domain/projects.js";
import { getAccountId, listOrganizations } from "./actor.js";
import { defineRoute } from "./route.js";

export const accountRoutes = [
  defineRoute({
    method: "GET",
    path: "/auth",
    who: "anyone",
    least: "none",
    effect: "read",
    answers: { 200: AuthDetails },
    handle: ({ actor }) => ({ account_id: getAccountId(actor), auth_method: actor.kind === "personal" ? "api_key_user" : "api_key_org" }),
  }),
  defineRoute({
    method: "GET",
    path: "/users/me",
    who: "person",
    least: "none",
    effect: "read",
    answers: { 200: CurrentUser },
    handle: ({ user }) => user,
  }),
  defineRoute({
    method: "GET",
    path: "/users/me/organizations",
    who: "anyone",
    least: "none",
    effect: "read",
    answers: { 200: OrganizationsResponse },
    handle: ({ tx, hosts, actor }) => ({
      organizations: listOrganizations(tx, actor),
      ...(hosts.proxy && { x_palisade: { proxy: hosts.proxy } }),
    }),
  }),
  defineRoute({
    method: "GET",
    path: "/organizations/:org_id",
    who: "organization",
    least: "viewer",
    effect: "read",
    answers: { 200: Organization },
    handle: ({ organization }) => organization,
  }),
  defineRoute({
    method: "GET",
    path: "/regions",
    who: "anyone",
    least: "none",
    effect: "read",
    query: z.object({ org_id: z.string().optional() }),
    answers: { 200: RegionsResponse },
    handle: () => ({
      regions: REGIONS.map(({ id, name }) => ({ region_id: id, name, default: id === DEFAULT_REGION, geo_lat: "", geo_long: "" })),
    }),
  }),
];
