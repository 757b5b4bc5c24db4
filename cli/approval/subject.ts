import type { FailedUpdateState } from "../../review/approval/claims.js";
import { type ApiLookup, listReferencesBefore, listReferences, computeLiveDigest } from "../../review/approval/liveDigest.js";
import { computeDeltaDigest, computeStateDigest, type Subject } from "../../review/approval/subject.js";
import type { Review } from "../../review/change/judge.js";
import { type Change, getStackName } from "../../review/change/change.js";
import type { RecordedState } from "../../review/change/state.js";
import { NeonApi } from "../../provider/client/api.js";
import type { Configuration } from "../../provider/client/configuration.js";
import { RateLimiter } from "../../provider/client/rateLimiter.js";
import { readRecordedState } from "../pulumi/export.js";
import type { StackTarget } from "../pulumi/target.js";
import type { ProgramCommit } from "./programCommit.js";

export interface SubjectParts {
  readonly settings: Configuration;
  readonly program: ProgramCommit;
  readonly change: Change;
  readonly review: Review;
  readonly state: RecordedState;
}

/** What an approval of the change would be about, now. Reads the live objects: it needs the API key. */
export async function computeSubject({ settings, program, change, review, state }: SubjectParts): Promise<Subject> {
  return {
    stack: getStackName(change),
    commit: program.commit,
    tree: program.tree,
    verdict: review.verdict,
    delta: computeDeltaDigest(change, review),
    state: computeStateDigest(state),
    live: await computeLiveDigest(listReferencesBefore(change), createApiLookup(settings)),
  };
}

/** How a failed update left recorded state and live objects; the latter may be out of reach for the same reason that it failed for. */
export async function readFailedUpdateState(target: StackTarget, settings: Configuration, stack: string): Promise<FailedUpdateState> {
  const state = await readRecordedState(target);
  const live = await computeLiveDigest(listReferences(state), createApiLookup(settings)).catch(() => null);
  return { stack, state: computeStateDigest(state), live };
}

function createApiLookup(settings: Configuration): ApiLookup {
  const signal = new AbortController().signal;
  const apis = new Map<string | undefined, NeonApi>();
  return (name) => {
    const known = apis.get(name);
    if (known) return known;
    const { apiUrl, apiKey } = settings.getAccount(name);
    const api = new NeonApi(apiUrl, { apiKey, limiter: new RateLimiter(), signal });
    apis.set(name, api);
    return api;
  };
}
