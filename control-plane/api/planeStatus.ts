import { PlaneStatus } from "@palisade/neon/contract/wire/planeStatus";
import { route } from "./route.js";

/** Our own, for `palisade doctor` and `palisade connection-string`: what Neon's API has no word for. */
export const planeStatusRoute = (status: PlaneStatus) =>
  route({
    method: "GET",
    path: "/x-palisade/status",
    who: "anyone",
    least: "none",
    effect: "read",
    answers: { 200: PlaneStatus },
    handle: () => status,
  });
