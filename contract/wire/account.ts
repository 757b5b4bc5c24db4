import { z } from "zod";
import { Timestamp } from "./common.js";
import { ProxyFacts } from "./planeStatus.js";

export const AuthMethod = z.enum(["keycloak", "session_cookie", "api_key_user", "api_key_org", "oauth"]);
/** Whose key is this? `account_id` is a user's id for a personal key, an organisation's for its keys. */
export const AuthDetails = z.object({ account_id: z.string(), auth_method: z.string(), auth_data: z.string().optional() });
export type AuthDetails = z.infer<typeof AuthDetails>;

export const CurrentUser = z.object({
  id: z.string(),
  email: z.string(),
  login: z.string(),
  name: z.string(),
  last_name: z.string(),
  image: z.string(),
  plan: z.string(),
  active_seconds_limit: z.number(),
  auth_accounts: z.array(z.object({ email: z.string(), image: z.string(), login: z.string(), name: z.string(), provider: z.string() })),
  projects_limit: z.number(),
  branches_limit: z.number(),
  max_autoscaling_limit: z.number(),
});
export type CurrentUser = z.infer<typeof CurrentUser>;

export const Organization = z.object({
  id: z.string(),
  name: z.string(),
  handle: z.string(),
  plan: z.string(),
  created_at: Timestamp,
  updated_at: Timestamp,
  managed_by: z.string(),
  allow_hipaa_projects: z.boolean().optional(),
  require_mfa: z.boolean().optional(),
});
export type Organization = z.infer<typeof Organization>;
/**
 * With an organisation's or a project's key: the one organisation that owns it. `x_palisade` is the embedded plane's own word, in an answer that
 * every run reads anyway.
 */
export const OrganizationsResponse = z.object({
  organizations: z.array(Organization),
  x_palisade: z.object({ proxy: ProxyFacts.optional() }).optional(),
});

export const RegionsResponse = z.object({
  regions: z.array(z.object({ region_id: z.string(), name: z.string(), default: z.boolean(), geo_lat: z.string(), geo_long: z.string() })),
});
