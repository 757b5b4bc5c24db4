import type { Creator } from "../domain/branches.js";
import type { Actor } from "./actor.js";

/** The creator of a branch: the person, else the creator of the key. */
export function getCreator(actor: Actor): Creator {
  const { name, image } = actor.kind === "personal" ? actor.user : actor.key.created_by;
  return { name, image };
}
