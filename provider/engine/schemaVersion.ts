import { PalisadeError } from "../../contract/errors.js";
import type { Properties } from "./define.js";

/** Version of what a resource records. When it grows, the reader of every older shape stands here: `delete` and `read` meet states of all releases. */
export const SCHEMA_VERSION = 1;

/**
 * What has no version is not ours yet: a resource that is read by its id alone.
 * @throws PAL_STATE_NEWER: a shape that is not known must be neither compared nor acted on
 */
export function assertSupportedSchemaVersion(recorded: Properties): void {
  const version = recorded["schemaVersion"];
  const known = version === undefined || (typeof version === "number" && version >= 1 && version <= SCHEMA_VERSION);
  if (!known)
    throw new PalisadeError("PAL_STATE_NEWER", `it has version ${JSON.stringify(version)}, this release supports ${SCHEMA_VERSION}`);
}
