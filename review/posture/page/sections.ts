import { PROMISES } from "../../../contract/promises.js";
import { CCPA, GDPR, ISO27001, ISO27701, SOC2 } from "../../../contract/frameworks.js";
import type { ControlResult, PostureFinding, PostureReport } from "../report.js";
import { type Content, html, type Markup, showName } from "../../../contract/page/markup.js";
import { formatCount, formatDay, formatDue, formatExportCounts, formatMinute, formatRanges, STATUS_WORDS } from "./words.js";

/** So many rows of a list are on the page; the JSON has all. */
const MOST_ROWS = 200;
/** So many objects of one finding. */
const MOST_OBJECTS = 12;

/** The first of a list as rows, and how many more there are. */
function renderRows<T>(all: readonly T[], columns: number, render: (one: T) => Markup): Content {
  const more = all.length - MOST_ROWS;
  const rest =
    more > 0
      ? html`<tr>
          <td colspan="${columns}" class="muted">and ${more} more, which the JSON has</td>
        </tr>`
      : undefined;
  return [...all.slice(0, MOST_ROWS).map(render), rest];
}

export function renderFindings({ findings, totals, deadlineDays }: PostureReport): Markup {
  const { high, medium, low } = deadlineDays;
  const calm =
    totals.notKnown === 0
      ? html`<p class="calm">Nothing is red, and nothing is unknown.</p>`
      : html`<p class="calm doubt">
          Nothing is red. ${formatCount(totals.notKnown, "control is", "controls are")} not known, which is not green.
        </p>`;
  return html`<section aria-labelledby="red">
    <h2 id="red">Red now</h2>
    ${
      findings.length === 0
        ? calm
        : html`<table class="findings">
              <thead>
                <tr>
                  <th scope="col">Severity</th>
                  <th scope="col">What is wrong, and what to do</th>
                  <th scope="col">Where</th>
                  <th scope="col">Put right</th>
                </tr>
              </thead>
              ${groupFindings(findings).map(renderGroup)}
            </table>
            <p class="muted small">
              Deadlines count from the first run that found it, or from when a scanner of a cloud saw it first: high ${high} days, medium
              ${medium}, low ${low}.
            </p>`
    }
  </section>`;
}

/** In the order of the first of each. */
function groupBy<T>(all: readonly T[], keyOf: (one: T) => string): readonly (readonly T[])[] {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const group = groups.get(keyOf(one));
    if (group) group.push(one);
    else groups.set(keyOf(one), [one]);
  }
  return [...groups.values()];
}

/** Those of one rule together: what is to be done is said once. */
const groupFindings = (findings: readonly PostureFinding[]) =>
  groupBy(findings, ({ rule, severity, says }) => JSON.stringify([rule, severity, says]));

function renderGroup(group: readonly PostureFinding[]): Markup {
  const [first] = group as readonly [PostureFinding];
  const alike = groupBy(group, ({ resource, what, firstSeenAt, dueAt, ended }) =>
    JSON.stringify([resource.kind, what, firstSeenAt, dueAt, ended?.reason, ended?.expires]),
  );
  const shown = alike.slice(0, MOST_ROWS);
  const left = group.length - shown.reduce((sum, { length }) => sum + length, 0);
  const rows = shown.length + (left > 0 ? 1 : 0);
  const head = html`<td rowspan="${rows}"><span class="chip ${first.severity}">${first.severity}</span></td>
    <td rowspan="${rows}">
      <strong>${showName(first.says)}</strong><br />${first.remedy}
      <a class="muted small" href="#${first.control}"><code>${first.rule}</code></a>
    </td>`;
  return html`<tbody>
    ${shown.map(
      (one, index) =>
        html`<tr>
          ${index === 0 ? head : undefined}${renderObjects(one)}
        </tr>`,
    )}${
      left > 0
        ? html`<tr>
            <td colspan="2" class="muted">and ${left} more, which the JSON has</td>
          </tr>`
        : undefined
    }
  </tbody>`;
}

/** Objects of one finding of which the same is to be said. */
function renderObjects(alike: readonly PostureFinding[]): Markup {
  const [first] = alike as readonly [PostureFinding];
  const more = alike.length - MOST_OBJECTS;
  const names = alike.slice(0, MOST_OBJECTS).flatMap(({ resource }, index) => [index === 0 ? "" : ", ", showName(resource.name)]);
  const { kind } = first.resource;
  return html`<td>
      <span class="muted">${kind}</span> ${names}${more > 0 ? ` and ${more} more, which the JSON has` : ""}<br /><span class="small"
        >${showName(first.what)}</span
      >${
        first.ended
          ? html`<br /><span class="late small">Its exception ended ${formatDay(first.ended.expires)}:</span>
              <span class="small">${showName(first.ended.reason)}</span>`
          : undefined
      }
    </td>
    <td class="nowrap">
      <span class="${first.overdue ? "late" : ""}">${formatDue(first)}</span><br /><span class="muted small"
        >seen ${formatDay(first.firstSeenAt)}</span
      >
    </td>`;
}

/** One table for each group, so that every status stands in a column of its own. */
export function renderControls({ controls }: PostureReport): Markup {
  const groups = [...new Set(controls.map(({ group }) => group))];
  return html`<section aria-labelledby="controls">
    <h2 id="controls">Controls</h2>
    ${groups.map(
      (group) =>
        html`<h3>${group}</h3>
          <table class="controls">
            <thead>
              <tr>
                <th scope="col">Status</th>
                <th scope="col">What must be so</th>
                <th scope="col">Promise</th>
                <th scope="col">Clauses it is evidence for</th>
                <th scope="col">Calls</th>
              </tr>
            </thead>
            <tbody>
              ${controls.filter((one) => one.group === group).map(renderControl)}
            </tbody>
          </table>`,
    )}
  </section>`;
}

const MOST_UNKNOWN = 3;

function renderControl(control: ControlResult): Markup {
  const { id, status, requires, why, promises, evidence, judged, notKnown, toldBy } = control;
  const more = notKnown.length - MOST_UNKNOWN;
  const unknown = notKnown
    .slice(0, MOST_UNKNOWN)
    .map(({ resource, reason }) => html`<br /><span class="small">Not known of ${showName(resource.name)}: ${showName(reason)}</span>`);
  return html`<tr id="${id}">
    <td><span class="chip ${status}">${STATUS_WORDS[status]}</span></td>
    <td>
      ${requires}${control.extension ? " (An extension of the embedded plane.)" : ""}<br /><span class="muted small"
        >${why} <code>${id}</code>${judged > 0 ? `, ${formatCount(judged, "object")} judged` : ""}</span
      >${toldBy.length === 0 ? undefined : html`<br /><span class="small">Broken by what is told as ${toldBy.join(", ")}.</span>`}${unknown}${more > 0 ? html`<br /><span class="small">and ${more} more</span>` : undefined}
    </td>
    <td>${joinLinks(promises.map((row) => html`<a href="#promise-${row}">${row}</a>`))}</td>
    <td class="clauses">${renderClauses(control)}</td>
    <td class="small">
      ${evidence.length === 0 ? "none" : joinLinks(formatRanges(evidence).map(({ first, text }) => html`<a href="#call-${first}">${text}</a>`))}
    </td>
  </tr> `;
}

const joinLinks = (links: readonly Markup[]): Content => links.flatMap((link, index) => (index === 0 ? [link] : [", ", link]));

/** In the order of every list of them. */
export const FRAMEWORKS = [
  { key: "soc2", name: "SOC 2", clauses: SOC2 },
  { key: "iso27001", name: "ISO 27001", clauses: ISO27001 },
  { key: "iso27701", name: "ISO 27701", clauses: ISO27701 },
  { key: "gdpr", name: "GDPR", clauses: GDPR },
  { key: "ccpa", name: "CCPA", clauses: CCPA },
] as const;

const renderClauses = ({ clauses }: ControlResult): Content =>
  FRAMEWORKS.filter(({ key }) => clauses[key].length > 0).flatMap(({ key, name }, index) => [
    index === 0 ? undefined : html` <span>·</span> `,
    html`<span>${name.replace(" ", "\u00a0")}</span> ${clauses[key].join(", ").replaceAll(", Art. ", ", ")}`,
  ]);

export function renderExceptions({ exceptions, excepted }: PostureReport): Markup | undefined {
  if (exceptions.length === 0) return undefined;
  const words = { stands: "stands", ended: "ended", unused: "excuses nothing" };
  return html`<section aria-labelledby="exceptions">
    <h2 id="exceptions">Exceptions</h2>
    <p class="muted">
      ${formatCount(excepted.length, "finding is", "findings are")} excused, and red from the day on which the exception ends.
    </p>
    <table>
      <thead>
        <tr>
          <th scope="col">State</th>
          <th scope="col">Rule and object</th>
          <th scope="col">Reason</th>
          <th scope="col">Ends</th>
        </tr>
      </thead>
      <tbody>
        ${renderRows(
          exceptions,
          4,
          ({ rule, resource, reason, expires, state }) =>
            html`<tr>
              <td><span class="chip ${state === "ended" ? "fails" : state === "stands" ? "excepted" : ""}">${words[state]}</span></td>
              <td><code>${rule}</code><br />${showName(resource)}</td>
              <td>${showName(reason)}</td>
              <td class="nowrap">${formatDay(expires)}</td>
            </tr> `,
        )}
      </tbody>
    </table>
  </section>`;
}

export function renderExports({ exports: exportedFiles }: PostureReport): Markup | undefined {
  if (exportedFiles.length === 0) return undefined;
  return html`<section aria-labelledby="exports">
    <h2 id="exports">Findings that clouds exported</h2>
    <table class="tight">
      <thead>
        <tr>
          <th scope="col">File</th>
          <th scope="col">What became of its findings</th>
          <th scope="col">SHA-256</th>
        </tr>
      </thead>
      <tbody>
        ${exportedFiles.map(
          (one) =>
            html`<tr>
              <td>${showName(one.file)}<br /><span class="muted small">${one.source}</span></td>
              <td>${formatExportCounts(one)}</td>
              <td><code>${one.sha256}</code></td>
            </tr> `,
        )}
      </tbody>
    </table>
  </section>`;
}

export function renderGaps({ unjudged, notJudged, keys }: PostureReport): Markup {
  return html`<section aria-labelledby="gaps">
    <h2 id="gaps">What this page does not know</h2>
    ${
      unjudged.length === 0
        ? undefined
        : html`<table>
            <thead>
              <tr>
                <th scope="col">Object</th>
                <th scope="col">What could not be read</th>
                <th scope="col">Why</th>
              </tr>
            </thead>
            <tbody>
              ${renderRows(
                unjudged,
                3,
                ({ resource, what, reason }) =>
                  html`<tr>
                    <td>${showName(resource.name)}</td>
                    <td>${what}</td>
                    <td>${showName(reason)}</td>
                  </tr>`,
              )}
            </tbody>
          </table>`
    }
    <p>
      API keys looked at: ${keys}. Never looked at: ${notJudged.join(", ")}. What a control gives is evidence for a clause; it fulfils none
      by itself.
    </p>
  </section>`;
}

export function renderEvidence({ evidence, host }: PostureReport): Markup {
  return html`<section aria-labelledby="evidence">
    <h2 id="evidence">Evidence</h2>
    <p class="muted">Every answer of ${host} that the page rests on, with its SHA-256. No answer is kept.</p>
    <table class="tight">
      <thead>
        <tr>
          <th scope="col">Call</th>
          <th scope="col">What was asked</th>
          <th scope="col">Answered</th>
          <th scope="col">Status</th>
          <th scope="col">SHA-256</th>
        </tr>
      </thead>
      <tbody>
        ${evidence.map(
          ({ id, method, path, at, status, sha256 }) =>
            html`<tr id="call-${id}">
              <td>${id}</td>
              <td><code>${method} ${path}</code></td>
              <td class="nowrap">${formatMinute(at)}</td>
              <td>${status}</td>
              <td><code>${sha256}</code></td>
            </tr> `,
        )}
      </tbody>
    </table>
  </section>`;
}

export function renderLegend({ controls }: PostureReport): Markup {
  const rows = new Set(controls.flatMap(({ promises }) => promises));
  return html`<section aria-labelledby="legend">
    <h2 id="legend">What the numbers stand for</h2>
    <h3>Promises</h3>
    <table class="tight">
      <thead>
        <tr>
          <th scope="col">Row</th>
          <th scope="col">What Neon says of its security in public, in our words</th>
        </tr>
      </thead>
      <tbody>
        ${PROMISES.filter(({ row }) => rows.has(row)).map(
          ({ row, promise }) =>
            html`<tr id="promise-${row}">
              <td>${row}</td>
              <td>${promise}</td>
            </tr>`,
        )}
      </tbody>
    </table>
    <h3>Clauses</h3>
    <table class="tight">
      <thead>
        <tr>
          <th scope="col">Framework</th>
          <th scope="col">Clause</th>
          <th scope="col">Is about</th>
        </tr>
      </thead>
      <tbody>
        ${FRAMEWORKS.flatMap(({ key, name, clauses }) =>
          Object.entries(clauses)
            .filter(([clause]) => controls.some((one) => one.clauses[key].includes(clause)))
            .map(
              ([clause, about]) =>
                html`<tr>
                  <td>${name}</td>
                  <td class="nowrap">${clause}</td>
                  <td>${about}</td>
                </tr>`,
            ),
        )}
      </tbody>
    </table>
    <p class="muted small">
      ISO 27001 is the edition of 2022, ISO 27701 is numbered as in the edition of 2019. Clauses of ISO 27701, GDPR and CCPA stand where a
      control does something for personal data; docs/compliance.md has the sentence that each rests on.
    </p>
  </section>`;
}
