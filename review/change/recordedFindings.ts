import { UNMANAGED } from "../../provider/introspection.js";
import type { ChangeFinding } from "./finding.js";
import type { Change } from "./change.js";
import { toResourceRef } from "./resourceRef.js";
import type { UnjudgedPart } from "./effects.js";

/** Objects that the stack owned and from then on only reads, as `.get` does. */
export const judgeRelinquished = ({ resources }: Change): ChangeFinding[] =>
  resources.flatMap((resource) =>
    resource.kind !== undefined && resource.op === "read" && resource.before?.external === false
      ? [
          {
            urn: resource.urn,
            resource: toResourceRef(resource),
            ...UNMANAGED,
            before: "managed",
            after: "only read",
            says: "The object stays as it is; the program only reads it, and no resource declares it any more.",
          },
        ]
      : [],
  );

/** Operations that an earlier update left unfinished, each with what clears it. */
export const listUnfinished = ({ pending }: Change): UnjudgedPart[] =>
  pending.map(({ type, urn }) => ({ urn, why: `an earlier update was cut off while ${type} it; ${CLEARED_BY[type] ?? REFRESHED}` }));

/** The engine forgets every other kind at the next refresh or update (`SnapshotManager` of Pulumi), which looks at the object itself. */
const REFRESHED = "clear it with: pulumi refresh";
/** Whether there is an object is not known, and its id is nowhere: Pulumi asks a person. */
const CLEARED_BY: Readonly<Record<string, string>> = {
  creating:
    "clear it with: pulumi refresh --clear-pending-creates (where palisade:stackId is set, the next update finds what was created after all)",
};
