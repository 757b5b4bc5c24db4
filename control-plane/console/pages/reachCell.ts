import { html, type Markup } from "@palisade/neon/contract/page/markup";
import type { WordedReach } from "../reach.js";
import { renderChip } from "./table.js";

/** Red where nearly everybody may try, by a word and not by the colour alone. */
export function renderReach({ text, isOpen, isNobody }: WordedReach): Markup {
  if (isOpen) return html`${renderChip("fails", "open")} ${text}`;
  return isNobody ? html`<span class="muted">${text}</span>` : html`${text}`;
}
