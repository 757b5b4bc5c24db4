import { escapeForTerminal, truncate } from "../../terminalText.js";
import { html, type Markup } from "./markup.js";
import type { ReachGraph, Source, Target } from "./reachGraph.js";

/** All in units of the picture, which is scaled to the page: a unit is a pixel and a quarter on a screen, three quarters of one on paper. */
const WIDTH = 840;
const SOURCE = { x: 1, width: 250 };
const WAY = { x: 331, width: 122 };
const TARGET = { x: 531, width: 308 };
const HEAD = 24;
const BOX = 40;
const STEP = 50;
const FIRST = HEAD + BOX / 2 + 4;

interface Placed<T> {
  readonly of: T;
  /** Of the middle of the box. */
  y: number;
}

/** Who reaches which branches through what: addresses at the left, the way in, branches at the right. */
export function renderReachPicture(graph: ReachGraph, label: string): Markup {
  const rows = Math.max(graph.targets.length, graph.sources.length, 1);
  const targets = graph.targets.map((of, index): Placed<Target> => ({ of, y: FIRST + index * STEP }));
  const sources = placeSources(graph.sources, targets, rows);
  const edges = targets.flatMap((target) =>
    sources.filter(({ of }) => target.of.sources?.includes(of.key)).map((source) => ({ source, target })),
  );
  const isClosed = graph.sources.length === 0 && graph.targets.every((target) => target.sources !== undefined);
  const openTargets = new Set(edges.filter(({ source }) => source.of.isOpen).map(({ target }) => target));
  return html`<svg viewBox="0 0 ${WIDTH} ${HEAD + rows * STEP}" role="img" aria-label="${label}">
    <text class="head" x="${SOURCE.x}" y="12">WHO</text>
    <text class="head" x="${WAY.x}" y="12">THROUGH</text>
    <text class="head" x="${TARGET.x}" y="12">REACHES</text>
    ${sources.map(({ of, y }) => html`<path class="way ${of.isOpen ? "open" : ""}" d="${curve(SOURCE.x + SOURCE.width, y, WAY.x, y)}" />`)}
    ${edges.map(({ source, target }) => html`<path class="way ${source.of.isOpen ? "open" : ""}" d="${curve(WAY.x + WAY.width, source.y, TARGET.x, target.y)}" />`)}
    ${isClosed ? renderNobody() : undefined} ${sources.map(renderSource)}
    ${targets.map((target) => renderTarget(target, openTargets.has(target)))}
  </svg>`;
}

/** Each beside the middle of what it reaches, and none over another. */
function placeSources(sources: readonly Source[], targets: readonly Placed<Target>[], rows: number): Placed<Source>[] {
  const placed = sources.map((of): Placed<Source> => {
    const own = targets.filter((target) => target.of.sources?.includes(of.key)).map(({ y }) => y);
    return { of, y: own.reduce((sum, y) => sum + y, 0) / Math.max(own.length, 1) };
  });
  placed.sort((a, b) => a.y - b.y);
  for (const [index, one] of placed.entries()) one.y = Math.max(one.y, FIRST + index * STEP);
  for (const [back, one] of [...placed].reverse().entries()) one.y = Math.min(one.y, FIRST + (rows - 1 - back) * STEP);
  return placed;
}

const curve = (x1: number, y1: number, x2: number, y2: number): string => {
  const middle = (x1 + x2) / 2;
  return `M${x1} ${round(y1)}C${middle} ${round(y1)} ${middle} ${round(y2)} ${x2} ${round(y2)}`;
};
const round = (value: number): number => Math.round(value * 10) / 10;

/** Cut as it will be read: an escape is longer than the character that it stands for. */
const fitToWidth = (text: string, columns: number): string => truncate(escapeForTerminal(text), columns);

const renderBox = (y: number, { x, width }: { x: number; width: number }, kind: string): Markup =>
  html`<rect class="box ${kind}" x="${x}" y="${round(y - BOX / 2)}" width="${width}" height="${BOX}" rx="5" />`;

function renderSource({ of: { title, detail, isOpen, way }, y }: Placed<Source>): Markup {
  return html`${renderBox(y, SOURCE, isOpen ? "open" : "")}<text
      class="${isOpen ? "open-text" : ""}"
      x="${SOURCE.x + 12}"
      y="${round(y - 2)}"
      >${fitToWidth(title, 32)}</text
    ><text class="sub" x="${SOURCE.x + 12}" y="${round(y + 12)}">${fitToWidth(detail, 38)}</text>
    ${renderBox(y, WAY, isOpen ? "open" : "")}<text
      class="${isOpen ? "open-text" : ""}"
      x="${WAY.x + WAY.width / 2}"
      y="${round(y + 4)}"
      text-anchor="middle"
      >${way}</text
    >`;
}

/** Said, and not left empty: an empty place may be taken for one that was forgotten. */
const renderNobody = (): Markup => html`${renderBox(FIRST, SOURCE, "closed")}<text x="${SOURCE.x + 12}" y="${FIRST + 4}">Nobody</text>`;

function renderTarget({ of: target, y }: Placed<Target>, isOpen: boolean): Markup {
  const [first, ...others] = target.branches;
  if (first === undefined) return html``;
  const name =
    others.length === 0 ? first.name : `${target.branches.length} branches: ${target.branches.map((one) => one.name).join(", ")}`;
  const kind = target.sources === undefined ? "doubtful" : isOpen || target.rowsOpen ? "open" : target.sources.length === 0 ? "closed" : "";
  return html`${renderBox(y, TARGET, kind)}<text x="${TARGET.x + 12}" y="${round(y - 2)}">${fitToWidth(name, 40)}</text
    ><text x="${TARGET.x + 12}" y="${round(y + 12)}"
      >${first.protected ? html`<tspan class="shield">protected</tspan><tspan class="sub"> · </tspan>` : ""}<tspan
        class="${target.rowsOpen ? "open-text" : "sub"}"
        >${describe(target)}</tspan
      ></text
    >`;
}

function describe({ branches, sources, rowsOpen }: Target): string {
  const role = branches.length === 1 && branches[0]?.default ? "default" : branches[0]?.protected ? "" : "not protected";
  const state =
    sources === undefined
      ? "not known"
      : sources.length === 0
        ? "closed: nothing runs, or all is blocked"
        : rowsOpen
          ? "rows open by a copy"
          : "";
  return [role, state].filter(Boolean).join(" · ");
}
