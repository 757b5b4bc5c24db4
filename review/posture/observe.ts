import type { Account } from "../../contract/account.js";
import { NeonApi } from "../../provider/client/api.js";
import { resolveOrganisation } from "../../provider/client/organisation.js";
import { RateLimiter } from "../../provider/client/rateLimiter.js";
import type { LiveBefore, ManagedResource } from "../drift/appliedRecord.js";
import { detectDrift } from "../drift/drift.js";
import { groupByProject } from "../drift/observation.js";
import { type Evidence, EvidenceLog } from "./evidence.js";
import type { ExportedFindings } from "./exportedFindings.js";
import { type PostureFacts, readPostureFacts, type StackDrift } from "./facts.js";

/** A stack whose resources are compared with what is live. */
export interface StackSubject {
  /** As `shop/prod`: the name of the program's project, and the stack's own. */
  readonly name: string;
  readonly managed: readonly ManagedResource[];
  readonly before: LiveBefore | undefined;
}

export interface ObserveOptions {
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  readonly progress: (done: number, all: number) => void;
  /** Ids; undefined for those of the stack, or without one for all of the organisation. */
  readonly projects: readonly string[] | undefined;
  readonly stack: StackSubject | undefined;
  /** What files of clouds tell; undefined where none was named. */
  readonly exported: ExportedFindings | undefined;
}

/** Asks the API for everything that the page is about, and notes each answer. Reads only. */
export async function observePosture(
  account: Account,
  { nowMs, progress, projects, stack, exported }: ObserveOptions,
): Promise<{ facts: PostureFacts; evidence: readonly Evidence[] }> {
  const log = new EvidenceLog(new URL(account.apiUrl).pathname, Date.now);
  const failed = new AbortController();
  const api = new NeonApi(account.apiUrl, {
    apiKey: account.apiKey,
    limiter: new RateLimiter(),
    signal: failed.signal,
    onAnswer: log.note,
  });
  try {
    const orgId = await resolveOrganisation(api, account);
    const drift = stack && (await compareStack(account, stack, { nowMs, progress, log }));
    const named = projects ?? (stack && [...groupByProject(stack.managed).keys()]);
    const projectIds = named && new Set(named);
    const facts = await readPostureFacts(api, account, orgId, { nowMs, progress, projectIds, drift, exported });
    return { facts, evidence: log.list() };
  } catch (error) {
    // What is still under way ends as well.
    failed.abort();
    throw error;
  }
}

async function compareStack(
  account: Account,
  { name, managed, before }: StackSubject,
  { nowMs, progress, log }: Pick<ObserveOptions, "nowMs" | "progress"> & { log: EvidenceLog },
): Promise<StackDrift> {
  const options = { own: managed, all: managed, nowMs, progress, onAnswer: log.note, ...(before && { before }) };
  const { judged, unjudged } = await detectDrift(account, options);
  return { stack: name, findings: judged.map(({ finding }) => finding), unjudged };
}
