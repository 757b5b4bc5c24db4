import type { Maker } from "../domain/branches.js";
import type { Actor } from "./actor.js";

/** Who is named as the maker of a branch: the person, else the one who made the key. */
export function makerOf(actor: Actor): Maker {
  const { name, image } = actor.kind === "personal" ? actor.user : actor.key.created_by;
  return { name, image };
}
