import { NeonApi } from "../../provider/client/api.js";
import type { Account } from "../../contract/account.js";
import { RateLimiter } from "../../provider/client/rateLimiter.js";
import { resolveOrganisation } from "../../provider/client/organisation.js";
import type { Finding, ResourceRef } from "../finding.js";
import { type Inventory, readInventory, type UnjudgedPart } from "./inventory.js";
import { applyRules } from "./rules.js";
import { type ProjectView, buildView } from "./view.js";

export interface ScanReport {
  /** Of the control API. */
  readonly host: string;
  readonly organization: ResourceRef;
  readonly projects: readonly ProjectView[];
  readonly findings: readonly Finding[];
  /** What the key may not see. Where there is any, nobody may take the rest for the whole. */
  readonly unjudged: readonly UnjudgedPart[];
  /** Which API keys were looked at. */
  readonly keys: string;
  /** How many calls it took, repeated ones included. */
  readonly calls: number;
}

export interface ScanOptions {
  /** Milliseconds since 1970. */
  now: number;
  /** Told after each project. */
  progress: (done: number, all: number) => void;
}

/** Every project of an organisation: who reaches it, and what is wrong. Reads only. */
export async function scan(account: Account, { now, progress }: ScanOptions): Promise<ScanReport> {
  const limiter = new CountingLimiter();
  const failed = new AbortController();
  const api = new NeonApi(account.apiUrl, { apiKey: account.apiKey, limiter, signal: failed.signal });
  const inventory = await resolveOrganisation(api, account)
    .then((orgId) => readInventory(api, orgId, progress))
    .catch((error: unknown) => {
      // What is still under way ends as well.
      failed.abort();
      throw error;
    });
  const projects = inventory.projects.map(buildView);
  const { organization, keys, unjudged } = inventory;
  return {
    host: new URL(account.apiUrl).host,
    organization,
    projects,
    unjudged,
    findings: applyRules({ organization, projects, keys, now }),
    keys: formatKeysRead(inventory),
    calls: limiter.calls,
  };
}

export function formatKeysRead({ keys: { ofOrganization, ofPerson } }: Inventory): string {
  if (ofOrganization && ofPerson) return "those of the organisation, and your own";
  if (ofOrganization) return "those of the organisation";
  return `${ofPerson ? "your own only" : "none"}: this key may not list those of the organisation (a personal key of an administrator may)`;
}

export class CountingLimiter extends RateLimiter {
  calls = 0;

  override take(...call: Parameters<RateLimiter["take"]>): Promise<void> {
    this.calls += 1;
    return super.take(...call);
  }
}
