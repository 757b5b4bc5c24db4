import { escapeForTerminal } from "../../terminalText.js";

/** Text that is HTML already. Only `html` makes it, so nothing of other people gets in as it came. */
class Markup {
  constructor(readonly text: string) {}
}
export type { Markup };
export type Content = Markup | string | number | undefined | readonly Content[];

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** A text of anybody's: nothing in it is markup, and nothing turns the reading direction. */
export const escapeHtml = (text: string): string => escapeForTerminal(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");

/** Of the program's text, not of the page's: thousands of rows would carry it. */
const INDENTATION = /\n +/g;

/** A piece of the page. What is put in is escaped; attributes are to be quoted. */
export function html(parts: TemplateStringsArray, ...values: readonly Content[]): Markup {
  return new Markup(parts.reduce((text, part, index) => `${text}${part.replace(INDENTATION, "\n")}${render(values[index])}`, ""));
}

function render(value: Content): string {
  if (value === undefined) return "";
  if (value instanceof Markup) return value.text;
  if (typeof value === "object") return value.map(render).join("");
  return escapeHtml(String(value));
}

/** A name of other people, apart from the text around it: its own direction does not spread. */
export const showName = (name: string): Markup => html`<bdi>${name}</bdi>`;
