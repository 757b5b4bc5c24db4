import type { z } from "zod";
import { ProjectId } from "../../../contract/ids.js";
import type { ProjectFacts } from "../../../contract/wire/project.js";
import type { Properties, Observed } from "../../engine/define.js";
import { listUnmanaged } from "../shared/unmanagedEntries.js";
import { computeEffectiveRanges, fromSettings, computeNextRemoval } from "../shared/network.js";
import type { inputs, outputs } from "./schema.js";

type Inputs = z.output<typeof inputs>;

/** `onDestroy` lives in the state alone. */
export const fromWire = ({ id, org_id, settings }: ProjectFacts, recorded: Properties): Observed<typeof inputs, typeof outputs> => ({
  inputs: {
    projectId: ProjectId.parse(id),
    ...(fromSettings(settings, recorded) as Pick<
      Inputs,
      "allow" | "ranges" | "scope" | "privateEndpoints" | "acceptLockOut" | "pathAttestation"
    >),
    onDestroy: (recorded["onDestroy"] as Inputs["onDestroy"] | undefined) ?? "keep",
  },
  outputs: { effectiveRanges: computeEffectiveRanges(settings), ...computeNextRemoval(settings, recorded["ranges"] as Inputs["ranges"]) },
  unmanagedEntries: listUnmanaged(settings, recorded),
  accountId: org_id,
});
