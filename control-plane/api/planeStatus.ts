import { omitUndefined } from "@palisade/neon/contract/values";
import { PlaneStatus } from "@palisade/neon/contract/wire/planeStatus";
import { formatKeyReference, computeKeyState } from "../domain/customerKeys.js";
import { canSeeProject } from "./access.js";
import { defineRoute } from "./route.js";

/** Our own, for `palisade doctor`, `status`, `psql` and `connection-string`: what Neon's API has no word for. `status` covers every tenant. */
export const createPlaneStatusRoute = (status: () => PlaneStatus) =>
  defineRoute({
    method: "GET",
    path: "/x-palisade/status",
    who: "anyone",
    least: "none",
    effect: "read",
    answers: { 200: PlaneStatus },
    handle: ({ tx, actor, clock }) => {
      const { sessions = [], sealing, ...plane } = status();
      const isSeen = ({ project_id }: { project_id: string }) => canSeeProject(tx, actor, project_id);
      const keys = tx.list("customer_managed_key").filter(isSeen);
      return {
        ...plane,
        sessions: sessions.filter(isSeen),
        ...(sealing && { sealing: { ...sealing, unsealed: sealing.unsealed.filter(isSeen) } }),
        customer_keys: keys.map((key) => ({
          project_id: key.project_id,
          key: formatKeyReference(key),
          ...omitUndefined(computeKeyState(key, clock.now())),
        })),
      };
    },
  });
