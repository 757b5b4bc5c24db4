import { escapeForTerminal, truncate } from "../../terminalText.js";
import { html, type Markup } from "./markup.js";
import type { ReachGraph, Source, Target } from "./reachGraph.js";

/** All in units of the picture, which is scaled to the page: a unit is a pixel and a quarter on a screen, three quarters of one on paper. */
const WIDTH = 840;
const SOURCE = { x: 1, width: 250 };
const WAY = { x: 331, width: 122 };
const TARGET = { x: 531, width: 308 };
const HEAD = 28;
/** Of a box, and from one to the next. */
const ROOMY = { box: 40, step: 50 };
const COMPACT = { box: 24, step: 29 };
/** More branches than this have one line each. */
const MOST_ROOMY = 10;

type Size = typeof ROOMY;

interface Placed<T> {
  readonly of: T;
  /** Of the middle of the box. */
  y: number;
}

/** Who reaches which branches through what: addresses at the left, the way in, branches at the right. */
export function renderReachPicture({ sources: given, targets: all }: ReachGraph, label: string): Markup {
  const size = all.length > MOST_ROOMY ? COMPACT : ROOMY;
  const height = Math.max(all.length * size.step, given.length * ROOMY.step, ROOMY.step);
  const targets = sortTargets(all, given).map((of, index): Placed<Target> => ({ of, y: HEAD + size.box / 2 + index * size.step }));
  const sources = placeSources(given, targets, height);
  const edges = targets.flatMap((target) =>
    sources.filter(({ of }) => target.of.sources?.includes(of.key)).map((source) => ({ source, target })),
  );
  const openTargets = new Set(edges.filter(({ source }) => source.of.isOpen).map(({ target }) => target));
  const isClosed = given.length === 0 && all.every((target) => target.sources !== undefined);
  return html`<svg viewBox="0 0 ${WIDTH} ${HEAD + height}" role="img" aria-label="${label}">
    <text class="head" x="${SOURCE.x}" y="12">WHO</text>
    <text class="head" x="${WAY.x}" y="12">THROUGH</text>
    <text class="head" x="${TARGET.x}" y="12">REACHES</text>
    ${sources.map(({ of, y }) => html`<path class="way ${of.isOpen ? "open" : ""}" d="${curve(SOURCE.x + SOURCE.width, y, WAY.x, y)}" />`)}
    ${edges.map(({ source, target }) => html`<path class="way ${source.of.isOpen ? "open" : ""}" d="${curve(WAY.x + WAY.width, source.y, TARGET.x, target.y)}" />`)}
    ${isClosed ? renderNobody() : undefined} ${sources.map(renderSource)}
    ${targets.map((target) => renderTarget(target, openTargets.has(target), size))}
  </svg>`;
}

/** The default branch first, then those that the same may reach side by side, and last what nobody reaches: few lines cross. */
function sortTargets(targets: readonly Target[], sources: readonly Source[]): Target[] {
  const rankOf = ({ branches, sources: own }: Target): string => {
    if (branches[0]?.default) return "0";
    if (own === undefined) return "2";
    return own.length === 0 ? "3" : `1${sources.map(({ key }) => (own.includes(key) ? 0 : 1)).join("")}`;
  };
  return targets
    .map((target) => ({ target, rank: rankOf(target) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : a.rank > b.rank ? 1 : 0))
    .map(({ target }) => target);
}

/** Each beside the middle of what it reaches, and none over another. */
function placeSources(sources: readonly Source[], targets: readonly Placed<Target>[], height: number): Placed<Source>[] {
  const placed = sources.map((of): Placed<Source> => {
    const own = targets.filter((target) => target.of.sources?.includes(of.key)).map(({ y }) => y);
    return { of, y: own.reduce((sum, y) => sum + y, 0) / Math.max(own.length, 1) };
  });
  placed.sort((a, b) => a.y - b.y);
  let least = HEAD + ROOMY.box / 2;
  for (const one of placed) {
    one.y = Math.max(one.y, least);
    least = one.y + ROOMY.step;
  }
  let most = HEAD + height - ROOMY.step + ROOMY.box / 2;
  for (const one of [...placed].reverse()) {
    one.y = Math.min(one.y, most);
    most = one.y - ROOMY.step;
  }
  return placed;
}

const curve = (x1: number, y1: number, x2: number, y2: number): string => {
  const middle = (x1 + x2) / 2;
  return `M${x1} ${round(y1)}C${middle} ${round(y1)} ${middle} ${round(y2)} ${x2} ${round(y2)}`;
};
const round = (value: number): number => Math.round(value * 10) / 10;

/** Cut as it will be read: an escape is longer than the character that it stands for. */
const fitToWidth = (text: string, columns: number): string => truncate(escapeForTerminal(text), columns);

const renderBox = (y: number, { x, width }: { x: number; width: number }, kind: string, { box }: Size = ROOMY): Markup =>
  html`<rect class="box ${kind}" x="${x}" y="${round(y - box / 2)}" width="${width}" height="${box}" rx="5" />`;

function renderSource({ of: { title, detail, isOpen, way }, y }: Placed<Source>): Markup {
  const [kind, text] = isOpen ? ["open", "open-text"] : ["", ""];
  const left = SOURCE.x + 12;
  return html`${renderBox(y, SOURCE, kind)}
    <text class="${text}" x="${left}" y="${round(y - 2)}">${fitToWidth(title, 32)}</text>
    <text class="sub" x="${left}" y="${round(y + 12)}">${fitToWidth(detail, 38)}</text>
    ${renderBox(y, WAY, kind)}
    <text class="${text}" x="${WAY.x + WAY.width / 2}" y="${round(y + 4)}" text-anchor="middle">${way}</text>`;
}

/** Said, and not left empty: an empty place may be taken for one that was forgotten. */
const renderNobody = (): Markup => {
  const y = HEAD + ROOMY.box / 2;
  return html`${renderBox(y, SOURCE, "closed")}<text x="${SOURCE.x + 12}" y="${y + 4}">Nobody</text>`;
};

function renderTarget({ of: target, y }: Placed<Target>, isOpen: boolean, size: Size): Markup {
  const [first, ...others] = target.branches;
  if (first === undefined) return html``;
  const isCompact = size === COMPACT;
  const name =
    others.length === 0 ? first.name : `${target.branches.length} branches: ${target.branches.map((one) => one.name).join(", ")}`;
  const kind = target.sources === undefined ? "doubtful" : isOpen || target.rowsOpen ? "open" : target.sources.length === 0 ? "closed" : "";
  const left = TARGET.x + 12;
  const words = describe(target);
  const state = html`${first.protected ? html`<tspan class="shield">protected</tspan>` : undefined}${
    words === ""
      ? undefined
      : html`<tspan class="sub ${target.rowsOpen ? "open-text" : ""}">${first.protected ? " · " : ""}${words}</tspan>`
  }`;
  return isCompact
    ? html`${renderBox(y, TARGET, kind, size)}<text x="${left}" y="${round(y + 4)}"
          >${fitToWidth(name, countNameColumns(first.protected ? `protected · ${words}` : words))}</text
        ><text class="sub" x="${TARGET.x + TARGET.width - 10}" y="${round(y + 4)}" text-anchor="end">${state}</text>`
    : html`${renderBox(y, TARGET, kind, size)}<text x="${left}" y="${round(y - 2)}">${fitToWidth(name, 40)}</text
        ><text class="sub" x="${left}" y="${round(y + 12)}">${state}</text>`;
}

/** What is left beside a state, by the width of a letter of each in a usual font. */
const countNameColumns = (state: string): number => Math.floor((TARGET.width - 34 - state.length * 6.2) / 7.4);

/** Few words: in a compact picture they stand beside the name. */
function describe({ branches, sources, rowsOpen }: Target): string {
  const isDefault = branches.length === 1 && branches[0]?.default === true;
  const isUnreached = sources?.length === 0;
  const role = isDefault ? "default" : branches[0]?.protected === true || isUnreached ? "" : "not protected";
  const state = sources === undefined ? "not known" : rowsOpen ? "rows open by a copy" : isUnreached ? "nobody reaches it" : "";
  return [role, state].filter(Boolean).join(" · ");
}
