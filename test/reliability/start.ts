import { startPlane } from "../../control-plane/index.js";
import type { StartPlane } from "../../tools/reliability/plane.js";

/** A plane from the sources. */
export const start: StartPlane = (options) =>
  startPlane({
    ...{ apiPort: 0, proxyPort: 0, bind: "127.0.0.1", hosts: "universal", plan: "scale", rateLimits: "off" },
    ...{ operationTimeMs: 0, computes: "records", testHooks: true, log: () => undefined },
    ...options,
  });
