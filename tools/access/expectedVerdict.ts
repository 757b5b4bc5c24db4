import type { Caller } from "./callers.js";
import { type DeclaredRoute, type Role, ROLES } from "./declaredRoutes.js";

/** `admitted`, or the status of the refusal. */
export type Verdict = "admitted" | 401 | 403 | 404;

/** What a route's declaration means for a caller: said once more, from facts about the caller and without the plane's code. */
export function computeExpectedVerdict({ who, least }: Pick<DeclaredRoute, "who" | "least">, caller: Caller): Verdict {
  if (caller.kind === "nobody") return 401;
  switch (who) {
    case "anyone":
      return "admitted";
    case "person":
      return caller.kind === "personal" ? "admitted" : 403;
    case "plane":
      return caller.isPlaneAdministrator ? "admitted" : 403;
    case "organization":
    case "organizationInPerson":
    case "chosenOrganization":
      if (caller.kind === "project") return 403;
      if (caller.inOrganization === undefined) return 404;
      if (who === "organizationInPerson" && caller.kind !== "personal") return 403;
      return isRoleSufficient(caller.inOrganization, least) ? "admitted" : 403;
    case "project":
    case "projectInsider":
    case "deletedProject":
      if (caller.inProject === undefined) return 404;
      if (who === "projectInsider" && caller.isGuest) return 403;
      return isRoleSufficient(caller.inProject, least) ? "admitted" : 403;
  }
}

const isRoleSufficient = (role: Role, least: DeclaredRoute["least"]): boolean =>
  least === "none" || ROLES.indexOf(role) >= ROLES.indexOf(least);
