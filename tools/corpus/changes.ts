import { addresses } from "./addresses.js";
import type { LabelledChange } from "./change.js";
import { credentials, data, guards, harmless, order, unknown } from "./others.js";
import { reachability } from "./reachability.js";
import { tricks } from "./tricks.js";

/** Every labelled change. */
export const CHANGES: readonly LabelledChange[] = [
  ...addresses,
  ...reachability,
  ...guards,
  ...data,
  ...credentials,
  ...order,
  ...unknown,
  ...harmless,
  ...tricks,
];
