import { startPlane } from "../../control-plane/index.js";
import { QUICK, type StartPlane } from "../../tools/reliability/plane.js";

/** A plane from the sources. */
export const start: StartPlane = (options) => startPlane({ ...QUICK, ...options });
