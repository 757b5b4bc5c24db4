import { startPlane } from "../../control-plane/index.js";
import { TEST_PLANE_OPTIONS, type StartPlane } from "../../tools/reliability/testPlane.js";

/** A plane from the sources. */
export const start: StartPlane = (options) => startPlane({ ...TEST_PLANE_OPTIONS, ...options });
