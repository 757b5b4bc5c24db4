import { modelOf, type ReadFacts } from "../reachability/live.js";
import type { ReachabilityModel } from "../reachability/model.js";

/** What is there; undefined where branches or computes could not be read. */
export const liveModel = (read: ReadFacts): ReachabilityModel | undefined => (read.branches && read.computes ? modelOf(read) : undefined);
