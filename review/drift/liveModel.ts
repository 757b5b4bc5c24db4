import { buildModel, type LiveFacts } from "../reachability/liveFacts.js";
import type { ReachabilityModel } from "../reachability/model.js";

/** What is there; undefined where branches or computes could not be read. */
export const buildLiveModel = (read: LiveFacts): ReachabilityModel | undefined =>
  read.branches && read.computes ? buildModel(read) : undefined;
