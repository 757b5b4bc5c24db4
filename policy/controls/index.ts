import type { Control } from "../control.js";
import { accessControls } from "./access.js";
import { cloudControls } from "./clouds.js";
import { evidenceControls } from "./evidence.js";
import { keyControls } from "./keys.js";
import { networkControls } from "./network.js";
import { protectionControls } from "./protection.js";

/** Every control, one policy each. */
export const controls: readonly Control[] = [
  ...networkControls,
  ...protectionControls,
  ...evidenceControls,
  ...accessControls,
  ...keyControls,
  ...cloudControls,
];
