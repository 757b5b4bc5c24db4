import { parseLiveRange } from "@palisade/neon/contract/ranges";
import type { ProjectSettings } from "@palisade/neon/contract/wire/project";
import type { PlanLimits } from "./plans.js";
import { Refusal } from "./refusals.js";

/** The rules of `allowed_ips`: only on plans that have it, and only entries the proxy can read. */
export function assertAllowlist(allowed: ProjectSettings["allowed_ips"], limits: PlanLimits): void {
  const restricts = (allowed?.ips?.length ?? 0) > 0 || allowed?.protected_branches_only === true;
  if (restricts && !limits.ipAllow) throw new Refusal("allowedIpsNotInPlan");
  const unreadable = allowed?.ips?.find((entry) => parseLiveRange(entry) === undefined);
  if (unreadable !== undefined) throw new Refusal("badAllowedIp", { entry: unreadable });
}
