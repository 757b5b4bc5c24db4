import { addresses } from "./addresses.js";
import { azureNetworks } from "./azureNetworks.js";
import type { LabelledChange } from "./change.js";
import { clouds } from "./clouds.js";
import { configuration } from "./configuration.js";
import { endpoints } from "./endpoints.js";
import { foreign } from "./foreign.js";
import { joins } from "./joins.js";
import { keys } from "./keys.js";
import { networks } from "./networks.js";
import { newObjects } from "./newObjects.js";
import { credentials, data, guards, harmless, order, unknown } from "./others.js";
import { owners } from "./owners.js";
import { people } from "./people.js";
import { reachability } from "./reachability.js";
import { references } from "./references.js";
import { renames } from "./renames.js";
import { staying } from "./staying.js";
import { tricks } from "./tricks.js";
import type { WrittenChange } from "./written.js";

/** Every labelled change that the engine told of. */
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
  ...owners,
  ...references,
  ...newObjects,
  ...endpoints,
  ...staying,
  ...renames,
];

/** Every labelled change whose stream is written by hand. */
export const WRITTEN: readonly WrittenChange[] = [
  ...clouds,
  ...networks,
  ...azureNetworks,
  ...joins,
  ...foreign,
  ...configuration,
  ...people,
  ...keys,
];
