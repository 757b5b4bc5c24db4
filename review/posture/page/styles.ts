import { BASE_STYLES } from "../../../contract/page/styles.js";

/** The one style sheet of the page. */
export const STYLES = `${BASE_STYLES}
.findings, .controls { table-layout: fixed; }
.findings th:nth-child(1) { width: 76px; } .findings th:nth-child(2) { width: 44%; } .findings th:nth-child(4) { width: 152px; }
.findings tbody { border-bottom: 1px solid var(--line); }
.findings tbody tr:not(:last-child) > td:nth-last-child(-n+2) { border-bottom-color: transparent; padding-bottom: 2px; }
.controls th:nth-child(1) { width: 144px; } .controls th:nth-child(2) { width: 40%; } .controls th:nth-child(3) { width: 74px; } .controls th:nth-child(5) { width: 84px; }
.late { color: var(--red); font-weight: 600; }
.clauses { font-size: 12px; }
.clauses span { color: var(--muted); }
figure { margin: 6px 0 22px; break-inside: avoid; }
svg { display: block; width: 100%; height: auto; font: 12px "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", Arial, system-ui, sans-serif; }
svg text { fill: var(--ink); }
svg .sub { fill: var(--muted); font-size: 10.5px; }
svg .head { fill: var(--muted); font-size: 10.5px; font-weight: 600; letter-spacing: 0.02em; }
svg .box { fill: var(--paper); stroke: var(--line); }
svg .box.open { fill: var(--red-soft); stroke: var(--red); }
svg .box.closed { fill: var(--soft); stroke: var(--line); }
svg .box.doubtful { fill: var(--amber-soft); stroke: var(--amber); stroke-dasharray: 4 3; }
svg .open-text { fill: var(--red); font-weight: 600; }
svg .shield { fill: var(--green); font-weight: 600; font-size: 10.5px; }
svg .way { fill: none; stroke: var(--muted); stroke-width: 1.4; stroke-opacity: 0.55; }
svg .way.open { stroke: var(--red); stroke-opacity: 1; stroke-width: 1.8; }
svg .bar { fill: var(--muted); fill-opacity: 0.45; }
svg .bar.late { fill: var(--red); fill-opacity: 1; }
svg .axis { stroke: var(--line); }
.trend { max-width: 640px; }
@media (max-width: 640px) { body { padding: 16px 12px 32px; } .chip, .nowrap { white-space: normal; }
  th, td { padding-right: 6px; }
  .findings th:nth-child(1) { width: 62px; } .findings th:nth-child(4) { width: 76px; }
  .controls th:nth-child(1) { width: 70px; } .controls th:nth-child(3) { width: 46px; } .controls th:nth-child(5) { width: 46px; } }
@page { size: A4; margin: 13mm 12mm; }
@media print { :root { color-scheme: light;
    --paper: #fff; --ink: #111; --muted: #505861; --line: #d5dade; --soft: #f3f5f7;
    --red: #a31d16; --on-red: #fff; --red-soft: #fdf0ef; --amber: #704800; --amber-soft: #fbf2dd; --green: #175a30; --green-soft: #ebf5ee; }
  body { max-width: none; padding: 0; font-size: 9.5pt; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  h2, h3 { break-after: avoid; }
  tr, .tally { break-inside: avoid; }
  thead { display: table-header-group; }
  .tally li { flex-basis: 80px; }
  a { text-decoration: none; } }
`;
