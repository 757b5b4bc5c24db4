import type { PostureReport } from "../report.js";
import { html, type Markup } from "./markup.js";
import { formatCount, formatDay, formatMinute } from "./words.js";

const [WIDTH, HEIGHT, TOP, BOTTOM] = [640, 110, 18, 18];
/** A bar of one of a few runs is no wall. */
const WIDEST_BAR = 28;
/** So many runs are in the table. */
const MOST_ROWS = 10;

/** Findings by run: the higher the bar, the worse; the solid part is overdue. */
export function renderTrend({ trend }: PostureReport): Markup | undefined {
  const [first, last] = [trend[0], trend.at(-1)];
  if (trend.length < 2 || !first || !last) return undefined;
  const most = Math.max(...trend.map(({ findings }) => findings), 1);
  const step = WIDTH / trend.length;
  const width = Math.min(step * 0.7, WIDEST_BAR);
  const heightOf = (count: number) => round((count / most) * (HEIGHT - TOP - BOTTOM));
  const floor = HEIGHT - BOTTOM;
  return html`<section aria-labelledby="trend">
    <h2 id="trend">Over time</h2>
    <figure class="trend">
      <svg
        viewBox="0 0 ${WIDTH} ${HEIGHT}"
        role="img"
        aria-label="Findings in ${trend.length} runs: ${first.findings} at first, ${last.findings} now, at most ${most}"
      >
        <line class="axis" x1="0" x2="${WIDTH}" y1="${floor}" y2="${floor}" />
        ${trend.map(({ findings, overdue }, index) => {
          const x = round(index * step + (step - width) / 2);
          const bar = (count: number, kind: string) =>
            count === 0
              ? undefined
              : html`<rect
                  class="bar ${kind}"
                  x="${x}"
                  y="${round(floor - heightOf(count))}"
                  width="${round(width)}"
                  height="${heightOf(count)}"
                />`;
          const isLabelled = index === 0 || index === trend.length - 1 || findings === most;
          return [
            bar(findings, ""),
            bar(overdue, "late"),
            isLabelled
              ? html`<text class="sub" x="${round(x + width / 2)}" y="${round(floor - heightOf(findings) - 5)}" text-anchor="middle"
                  >${findings}</text
                >`
              : undefined,
          ];
        })}
        <text class="sub" x="0" y="${HEIGHT - 4}">${formatDay(first.at)}</text>
        <text class="sub" x="${WIDTH}" y="${HEIGHT - 4}" text-anchor="end">${formatDay(last.at)}</text>
      </svg>
      <figcaption class="muted small">Findings by run; the red part is overdue.</figcaption>
    </figure>
    <table class="tight trend">
      <thead>
        <tr>
          <th scope="col">Run</th>
          <th scope="col" class="number">Findings</th>
          <th scope="col" class="number">Overdue</th>
          <th scope="col" class="number">Controls that fail</th>
          <th scope="col" class="number">Not known</th>
          <th scope="col" class="number">Hold</th>
        </tr>
      </thead>
      <tbody>
        ${[...trend]
          .reverse()
          .slice(0, MOST_ROWS)
          .map(
            ({ at, findings, overdue, fails, notKnown, holds }) =>
              html`<tr>
                <td>${formatMinute(at)}</td>
                ${[findings, overdue, fails, notKnown, holds].map((count) => html`<td class="number">${count}</td>`)}
              </tr>`,
          )}
      </tbody>
    </table>
    ${trend.length > MOST_ROWS ? html`<p class="muted small">The newest ${MOST_ROWS} of ${formatCount(trend.length, "run")}.</p>` : undefined}
  </section>`;
}

const round = (value: number): number => Math.round(value * 10) / 10;
