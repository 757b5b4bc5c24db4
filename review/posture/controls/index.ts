import type { PostureControl } from "../control.js";
import { accessControls } from "./access.js";
import { evidenceControls } from "./evidence.js";
import { networkControls } from "./network.js";
import { protectionControls } from "./protection.js";
import { vulnerabilityControls } from "./vulnerabilities.js";

/** By what they are about, in the order of the page. */
export const CONTROL_GROUPS = [
  { title: "Who can reach the data", controls: networkControls },
  { title: "What keeps it", controls: protectionControls },
  { title: "Who holds keys", controls: accessControls },
  { title: "What shows it", controls: evidenceControls },
  { title: "What scanners found beside it", controls: vulnerabilityControls },
] as const satisfies readonly { readonly title: string; readonly controls: readonly PostureControl[] }[];

export const postureControls: readonly PostureControl[] = CONTROL_GROUPS.flatMap(({ controls }) => [...controls]);
