import { addresses } from "./addresses.js";
import { auditExports } from "./auditExports.js";
import { azurePrivateNetworks } from "./azurePrivateNetworks.js";
import type { LabelledChange } from "./labelledChange.js";
import { clouds } from "./clouds.js";
import { configuration } from "./configuration.js";
import { endpoints } from "./endpoints.js";
import { unreviewedCode } from "./unreviewedCode.js";
import { joins } from "./joins.js";
import { customerKeys } from "./customerKeys.js";
import { lockOuts } from "./lockOuts.js";
import { privateNetworks } from "./privateNetworks.js";
import { newObjects } from "./newObjects.js";
import { credentials, data, guards, harmless, order, unknown } from "./otherChanges.js";
import { duplicateOwners } from "./duplicateOwners.js";
import { accessAndExpiry } from "./accessAndExpiry.js";
import { reachability } from "./reachability.js";
import { temporaryAccess } from "./temporaryAccess.js";
import { references } from "./references.js";
import { renames } from "./renames.js";
import { handovers } from "./handovers.js";
import { evasions } from "./evasions.js";
import type { WrittenChange } from "./writtenChanges.js";

/** Every labelled change that the engine recorded. */
export const CHANGES: readonly LabelledChange[] = [
  ...addresses,
  ...reachability,
  ...guards,
  ...data,
  ...credentials,
  ...order,
  ...unknown,
  ...harmless,
  ...evasions,
  ...duplicateOwners,
  ...references,
  ...newObjects,
  ...endpoints,
  ...handovers,
  ...renames,
];

/** Every labelled change whose stream is written by hand. */
export const WRITTEN: readonly WrittenChange[] = [
  ...clouds,
  ...privateNetworks,
  ...lockOuts,
  ...azurePrivateNetworks,
  ...joins,
  ...unreviewedCode,
  ...configuration,
  ...accessAndExpiry,
  ...customerKeys,
  ...auditExports,
  ...temporaryAccess,
];
