import { assess } from "../../../review/posture/assess.js";
import type { Outcome } from "../../../review/posture/control.js";
import { postureControls } from "../../../review/posture/controls/index.js";
import type { Evidence } from "../../../review/posture/evidence.js";
import type { PostureFacts } from "../../../review/posture/facts.js";
import { observePosture, type StackSubject } from "../../../review/posture/observe.js";
import type { PostureReport } from "../../../review/posture/report.js";
import type { TestPlane } from "../../support/plane.js";

/** What posture's tests share: facts that a plane has answered, and the report of them. */

export interface LookOptions {
  readonly orgId?: string;
  readonly apiKey?: string;
  readonly nowMs?: number;
  readonly stack?: StackSubject;
}

export async function look(
  plane: TestPlane,
  { orgId, apiKey = plane.ready.apiKey, nowMs = Date.now(), stack }: LookOptions = {},
): Promise<{ facts: PostureFacts; evidence: readonly Evidence[] }> {
  const account = { apiUrl: plane.ready.apiUrl, apiKey, orgId };
  return observePosture(account, { nowMs, progress: () => undefined, projects: undefined, stack, exported: undefined });
}

/** What a control says of the objects, in words: `fails shop/main`. */
export function judge(id: string, facts: PostureFacts): string[] {
  const control = postureControls.find((one) => one.id === id);
  if (!control) throw new Error(`there is no control ${id}`);
  return [...control.check(facts)].map(({ state, resource }: Outcome) => `${state} ${resource.name}`);
}

export const NO_SCOPE = { stack: null, projects: null } as const;
export const reportOf = (facts: PostureFacts, more: Partial<Parameters<typeof assess>[0]> = {}): PostureReport =>
  assess({ facts, evidence: [], exceptions: [], past: [], scope: NO_SCOPE, ...more });
