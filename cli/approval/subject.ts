import type { Left } from "../../review/approval/claims.js";
import { type ApiOf, heldBefore, heldIn, liveDigest } from "../../review/approval/live.js";
import { deltaDigest, stateDigest, type Subject } from "../../review/approval/subject.js";
import type { Review } from "../../review/change/judge.js";
import { type Change, stackNameOf } from "../../review/change/model.js";
import type { RecordedState } from "../../review/change/state.js";
import { NeonApi } from "../../provider/client/api.js";
import { Limiter } from "../../provider/client/limits.js";
import { settingsOf } from "../connection/settings.js";
import { recordedState } from "../pulumi/export.js";
import type { Target } from "../pulumi/target.js";
import type { Program } from "./program.js";

export interface Parts {
  readonly directory: string;
  /** The stack as the command line names it; the selected one when left out. */
  readonly stack: string | undefined;
  readonly program: Program;
  readonly change: Change;
  readonly review: Review;
  readonly state: RecordedState;
}

/** What an approval of the change would be about, now. Reads the live objects: it needs the API key. */
export async function subjectOf({ directory, stack, program, change, review, state }: Parts): Promise<Subject> {
  return {
    ...{ stack: stackNameOf(change), commit: program.commit, tree: program.tree, verdict: review.verdict },
    ...{ delta: deltaDigest(change, review), state: stateDigest(state) },
    live: await liveDigest(heldBefore(change), await apisOf({ directory, stack })),
  };
}

/** How a failed update left recorded state and live objects; the latter may be out of reach for the same reason that it failed for. */
export async function leftBy(target: Target, stack: string): Promise<Left> {
  const state = await recordedState(target);
  const live = await apisOf(target)
    .then((apiOf) => liveDigest(heldIn(state), apiOf))
    .catch(() => null);
  return { stack, state: stateDigest(state), live };
}

async function apisOf({ directory, stack }: Pick<Parts, "directory" | "stack">): Promise<ApiOf> {
  const settings = await settingsOf(directory, stack);
  const signal = new AbortController().signal;
  const apis = new Map<string | undefined, NeonApi>();
  return (name) => {
    const known = apis.get(name);
    if (known) return known;
    const { apiUrl, apiKey } = settings.account(name);
    const api = new NeonApi(apiUrl, { apiKey, limiter: new Limiter(), signal });
    apis.set(name, api);
    return api;
  };
}
