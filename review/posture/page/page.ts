import { createHash } from "node:crypto";
import type { PostureReport, Status } from "../report.js";
import { type Content, html, type Markup, showName } from "../../../contract/page/markup.js";
import { renderReachPicture } from "./picture.js";
import { buildReachGraph, getShape, MOST_SINGLE_BRANCHES } from "./reachGraph.js";
import { renderControls, renderEvidence, renderExceptions, renderExports, renderFindings, renderGaps, renderLegend } from "./sections.js";
import { STYLES } from "./styles.js";
import { renderTrend } from "./trend.js";
import { formatCount, formatMinute } from "./words.js";

/** The style sheet by its digest, and nothing else: no script, no picture, no form, no request. */
const POLICY = `default-src 'none'; style-src 'sha256-${createHash("sha256").update(STYLES).digest("base64")}'; base-uri 'none'; form-action 'none'`;

/** The whole page, for a browser and for paper: one file, which asks nobody for anything. */
export function renderPage(report: PostureReport): string {
  const { organization, totals } = report;
  const body = html`<header>${renderHead(report)}</header>
    <main>
      ${renderFindings(report)}${renderReach(report)}${renderControls(report)}${renderExceptions(report)}${renderExports(report)}${renderTrend(report)}${renderGaps(report)}${renderEvidence(report)}${renderLegend(report)}
    </main>
    <footer class="muted small">
      <p>
        Made by <code>palisade posture</code> at ${formatMinute(report.at)}. <code>--output json</code> prints the same as a file that can
        be signed.
      </p>
    </footer>`;
  const title = html`Posture of ${organization.name}: ${formatCount(totals.findings, "finding")}`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${POLICY}"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer"><title>${title.text}</title><style>${STYLES}</style></head>
<body>${body.text}</body></html>
`;
}

/** Worst first, at a glance. */
const TILES: readonly (readonly [Status, string, string])[] = [
  ["fails", "controls fail", "fails"],
  ["notKnown", "not known", "amber"],
  ["excepted", "excepted", "amber"],
  ["holds", "hold", "holds"],
  ["notApplicable", "with nothing to judge", ""],
  ["notAvailable", "not available at Neon", ""],
];

function renderHead({ organization, host, neon, at, scope, totals, projects, evidence }: PostureReport): Markup {
  const branches = projects.reduce((sum, project) => sum + (project.branches?.length ?? 0), 0);
  const tiles = TILES.filter(([status]) => totals[status] > 0 || status === "fails");
  return html`<h1>Posture of ${showName(organization.name)}</h1>
    <p class="muted">
      ${scope.stack === null ? undefined : html`Stack ${showName(scope.stack)}, `}${formatCount(projects.length, "project")} with
      ${formatCount(branches, "branch", "branches")}, as ${host}${neon ? "" : " (an embedded plane, no part of Neon)"} showed them at
      ${formatMinute(at)} in ${formatCount(evidence.length, "answer")}.
    </p>
    <ul class="tally">
      ${tiles.map(
        ([status, word, kind]) =>
          html`<li class="${status === "fails" && totals.fails === 0 ? "" : kind}">
            <b>${totals[status]}</b>${word}${status === "fails" && totals.findings > 0 ? `: ${formatFindings(totals)}` : ""}
          </li>`,
      )}
    </ul>`;
}

const formatFindings = ({ findings, overdue }: PostureReport["totals"]): string =>
  `${formatCount(findings, "finding")}${overdue > 0 ? `, ${overdue} overdue` : ""}`;

/** More projects than this are drawn once for those that are alike. */
const MOST_SINGLE_PROJECTS = 8;
const MOST_PICTURES = 24;
const MOST_NAMED = 6;

interface Drawing {
  readonly projects: PostureReport["projects"][number][];
  readonly graph: ReturnType<typeof buildReachGraph>;
}

function renderReach({ projects }: PostureReport): Markup {
  const drawings = groupAlike(projects);
  const more = drawings.length - MOST_PICTURES;
  return html`<section aria-labelledby="reach">
    <h2 id="reach">Who can reach what</h2>
    <p class="muted">
      Who may try to log in, by where they come from. Red is nearly every address of the
      internet.${projects.length > MOST_SINGLE_PROJECTS ? " Projects that differ in names alone share a picture." : ""}
    </p>
    ${projects.length === 0 ? html`<p>No project was looked at.</p>` : undefined}${drawings.slice(0, MOST_PICTURES).map(renderDrawing)}${
      more > 0 ? html`<p>${formatCount(more, "more picture")} would follow: the JSON has the reach of every branch.</p>` : undefined
    }
  </section>`;
}

/** Open ones first, so that what is cut off is what is calm. */
function groupAlike(projects: PostureReport["projects"]): readonly Drawing[] {
  const drawings = projects.map((project): Drawing => ({ projects: [project], graph: buildReachGraph(project) }));
  if (projects.length <= MOST_SINGLE_PROJECTS) return drawings;
  const alike = new Map<string, Drawing>();
  for (const drawing of drawings) {
    const known = alike.get(getShape(drawing.graph));
    if (known) known.projects.push(...drawing.projects);
    else alike.set(getShape(drawing.graph), drawing);
  }
  const isOpen = ({ graph }: Drawing) => graph === undefined || graph.sources.some((source) => source.isOpen);
  return [...alike.values()].sort((a, b) => Number(isOpen(b)) - Number(isOpen(a)));
}

function renderDrawing({ projects, graph }: Drawing): Content {
  const [first, ...others] = projects;
  if (first === undefined) return undefined;
  const named = others.slice(0, MOST_NAMED).flatMap(({ name }) => [", ", showName(name)]);
  const rest = others.length > MOST_NAMED ? ` and ${others.length - MOST_NAMED} more` : "";
  const heading = html`<h3>
    ${showName(first.name)} <span class="muted small">${first.id}, ${first.regionId}</span>${
      others.length === 0 ? undefined : html`<span class="muted small">; the same: ${named.slice(1)}${rest}</span>`
    }
  </h3>`;
  if (graph === undefined)
    return html`${heading}
      <p class="doubt">Its branches could not be read, so nobody knows who reaches them.</p>`;
  const open = graph.targets.filter(({ sources }) =>
    sources?.some((key) => graph.sources.some((source) => source.isOpen && source.key === key)),
  );
  const isGrouped = (first.branches?.length ?? 0) > MOST_SINGLE_BRANCHES;
  const label = `${first.name}: ${formatCount(graph.sources.length, "source")}, ${formatCount(first.branches?.length ?? 0, "branch", "branches")}, ${open.reduce((sum, { branches }) => sum + branches.length, 0)} of them open to nearly every address`;
  return html`${heading}
    <figure>
      ${renderReachPicture(graph, label)}${
        isGrouped ? html`<figcaption class="muted small">Branches that the same may reach are one box.</figcaption>` : undefined
      }
    </figure>`;
}
