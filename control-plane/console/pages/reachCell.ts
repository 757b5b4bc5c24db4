import { html, type Markup } from "@palisade/neon/contract/page/markup";
import type { WordedReach } from "../reach.js";
import { renderChip } from "./table.js";

/** Red where nearly everybody may try, by a word and not by the colour alone. */
export function renderReach({ lines: [first, ...others], isOpen }: WordedReach): Markup {
  if (first === undefined) return html`<span class="muted">Nobody</span>`;
  return html`${isOpen ? html`${renderChip("fails", "open")} ` : undefined}${first}${others.map((line) => html`<br /><span class="muted small">${line}</span>`)}`;
}
