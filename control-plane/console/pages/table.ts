import { type Content, html, type Markup } from "@palisade/neon/contract/page/markup";
import { escapeForTerminal } from "@palisade/neon/contract/unsafeText";
import { createBadParameter } from "../failure.js";
import { PROJECT_PATH } from "../requests.js";

/** Rows of one page of a table. */
export const PAGE_ROWS = 50;
/** Longer texts of other people are cut: a row stays a row. */
const MOST_CHARACTERS = 200;

/** An address of the console; parameters that are undefined are left out. */
export function buildHref(path: string, params: Readonly<Record<string, string | number | undefined>> = {}): string {
  const given = Object.entries(params).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]));
  const query = new URLSearchParams(given).toString();
  return query === "" ? path : `${path}?${query}`;
}

export const buildProjectPath = (id: string): string => `${PROJECT_PATH}${encodeURIComponent(id)}`;

interface TableOptions {
  /** Names the section, the heading and the place that is kept up to date. */
  readonly id: string;
  readonly title: Content;
  readonly intro?: Content;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Content[])[];
  /** Instead of a table without rows. */
  readonly empty: string;
  readonly pager?: Markup | undefined;
}

/** A section with one table: what the page's script compares and exchanges. */
export function renderTable({ id, title, intro, columns, rows, empty, pager }: TableOptions): Markup {
  const table = html`<div class="scroll" role="region" tabindex="0" aria-labelledby="${id}-title">
    <table class="${`of-${id}`}" aria-labelledby="${id}-title">
      <thead>
        <tr>
          ${columns.map((column) => html`<th scope="col">${column}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (cells) =>
            html`<tr>
              ${cells.map((cell) => html`<td>${cell}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
  return html`<section id="${id}">
    <h2 id="${id}-title">${title}</h2>
    ${intro}${rows.length === 0 ? html`<p class="muted">${empty}</p>` : table}${pager}
  </section>`;
}

/** Links to the page before and after; nothing where there is but one. */
export function renderPager(label: string, links: readonly (readonly [text: string, href: string | undefined])[]): Markup | undefined {
  const given = links.filter(([, href]) => href !== undefined);
  if (given.length === 0) return undefined;
  return html`<nav class="pager" aria-label="${`Pages of ${label}`}">
    ${given.map(([text, href]) => html`<a href="${href}">${text}</a>`)}
  </nav>`;
}

/** A page of a list that is in memory, by a parameter of its own. */
export function cutPage<T>(
  list: readonly T[],
  query: URLSearchParams,
  { parameter, label, path }: { readonly parameter: string; readonly label: string; readonly path: string },
): { rows: readonly T[]; pager: Markup | undefined } {
  const begin = readPlace(query, parameter) ?? 0;
  const link = (at: number) => buildHref(path, { ...Object.fromEntries(query), [parameter]: at === 0 ? undefined : at });
  const pager = renderPager(label, [
    ["Before", begin > 0 ? link(Math.max(0, begin - PAGE_ROWS)) : undefined],
    ["More", begin + PAGE_ROWS < list.length ? link(begin + PAGE_ROWS) : undefined],
  ]);
  return { rows: list.slice(begin, begin + PAGE_ROWS), pager };
}

/** A whole number of the address. Throws a failure for anything else. */
export function readPlace(query: URLSearchParams, parameter: string): number | undefined {
  const text = query.get(parameter);
  if (text === null) return undefined;
  if (!/^\d{1,15}$/.test(text)) throw createBadParameter(parameter);
  return Number(text);
}

/** A name of other people: its own direction does not spread, and it is cut where it is long. */
export const renderName = (name: string): Markup => html`<bdi>${cutText(name)}</bdi>`;

/** By what is shown of it: a character that draws nothing is shown as an escape, which is eight times as wide. */
export function cutText(text: string): string {
  const characters = Array.from(escapeForTerminal(text.slice(0, 2 * MOST_CHARACTERS + 2)));
  return characters.length > MOST_CHARACTERS ? `${characters.slice(0, MOST_CHARACTERS).join("")}…` : text;
}

export const renderChip = (kind: "fails" | "holds" | "high" | "medium" | "plain", text: string): Markup =>
  html`<span class="${kind === "plain" ? "chip" : `chip ${kind}`}">${text}</span>`;

/** `2026-11-30 03:14:15` */
export const formatSecond = (time: string): string => cutText(time.slice(0, 19).replace("T", " "));

export const formatCount = (count: number | bigint, one: string, many = `${one}s`): string =>
  `${count.toLocaleString("en")} ${Number(count) === 1 ? one : many}`;

/** What is no text to be broken: an id, an instant, a digest. */
export const renderWhole = (text: string): Markup => html`<span class="nowrap">${text}</span>`;
