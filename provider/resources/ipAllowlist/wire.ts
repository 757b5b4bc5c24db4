import type { z } from "zod";
import { ProjectId } from "../../../contract/ids.js";
import type { ProjectFacts } from "../../../contract/wire/project.js";
import type { Bag, Observed } from "../../engine/define.js";
import { foreignIn } from "../foreign.js";
import { effectiveRanges, fromSettings, nextRemoval } from "../network.js";
import type { inputs, outputs } from "./schema.js";

type Inputs = z.output<typeof inputs>;

/** `onDestroy` lives in the state alone. */
export const fromWire = ({ id, org_id, settings }: ProjectFacts, recorded: Bag): Observed<typeof inputs, typeof outputs> => ({
  inputs: {
    projectId: ProjectId.parse(id),
    ...(fromSettings(settings, recorded) as Pick<
      Inputs,
      "allow" | "ranges" | "scope" | "privateEndpoints" | "acceptLockOut" | "pathAttestation"
    >),
    onDestroy: (recorded["onDestroy"] as Inputs["onDestroy"] | undefined) ?? "keep",
  },
  outputs: { effectiveRanges: effectiveRanges(settings), ...nextRemoval(settings, recorded["ranges"] as Inputs["ranges"]) },
  foreign: foreignIn(settings, recorded),
  accountId: org_id,
});
