/** The one style sheet of the page. Colours are pairs, so that a dark screen has as much contrast as paper. */
export const STYLES = `
:root { color-scheme: light dark;
  --paper: #fff; --ink: #1b1f24; --muted: #59626d; --line: #e2e6ea; --soft: #f5f7f9;
  --red: #b3261e; --on-red: #fff; --red-soft: #fdf0ef; --amber: #7a4f00; --amber-soft: #fdf5e3; --green: #1d6638; --green-soft: #edf6f0; }
@media (prefers-color-scheme: dark) { :root {
  --paper: #15181c; --ink: #e7eaee; --muted: #a3acb7; --line: #2d333a; --soft: #1c2025;
  --red: #ff9a91; --on-red: #2b0603; --red-soft: #331a19; --amber: #ecc06a; --amber-soft: #2d2615; --green: #86d3a5; --green-soft: #172a1f; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1120px; padding: 28px 32px 48px; background: var(--paper); color: var(--ink);
  font: 14px/1.45 "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", Arial, system-ui, sans-serif; font-variant-numeric: tabular-nums; }
h1 { margin: 0; font-size: 22px; line-height: 1.25; overflow-wrap: anywhere; }
h2 { margin: 36px 0 10px; font-size: 16px; }
h3 { margin: 22px 0 6px; font-size: 14px; overflow-wrap: anywhere; }
p { margin: 4px 0; max-width: 80ch; }
a { color: inherit; text-underline-offset: 2px; }
bdi { overflow-wrap: anywhere; }
code { font: 12px/1.4 ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
.muted { color: var(--muted); }
.small { font-size: 12px; }
.tally { display: flex; flex-wrap: wrap; gap: 8px; margin: 18px 0 0; padding: 0; list-style: none; }
.tally li { flex: 1 1 116px; padding: 8px 12px 9px; border: 1px solid var(--line); border-radius: 6px; color: var(--muted); font-size: 12px; }
.tally b { display: block; color: var(--ink); font-size: 24px; line-height: 1.2; font-weight: 600; }
.tally .fails { border-color: var(--red); background: var(--red-soft); color: var(--red); }
.tally .fails b { color: var(--red); }
.tally .amber b { color: var(--amber); }
.tally .holds b { color: var(--green); }
table { width: 100%; border-collapse: collapse; }
th { padding: 5px 10px 5px 0; border-bottom: 1px solid var(--muted); color: var(--muted); font-size: 12px; font-weight: 600; text-align: left; vertical-align: bottom; }
td { padding: 7px 10px 7px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th:last-child, td:last-child { padding-right: 0; }
.tight td { padding-top: 3px; padding-bottom: 3px; font-size: 12px; }
.findings, .controls { table-layout: fixed; }
.findings th:nth-child(1) { width: 76px; } .findings th:nth-child(2) { width: 44%; } .findings th:nth-child(4) { width: 152px; }
.findings tbody { border-bottom: 1px solid var(--line); }
.findings tbody tr:not(:last-child) > td:nth-last-child(-n+2) { border-bottom-color: transparent; padding-bottom: 2px; }
.controls th:nth-child(1) { width: 144px; } .controls th:nth-child(2) { width: 40%; } .controls th:nth-child(3) { width: 74px; } .controls th:nth-child(5) { width: 84px; }
.number { text-align: right; }
.nowrap { white-space: nowrap; }
.chip { display: inline-block; padding: 1px 7px; border-radius: 4px; font-size: 12px; font-weight: 600; white-space: nowrap; background: var(--soft); color: var(--muted); }
.chip.fails { background: var(--red); color: var(--on-red); }
.chip.notKnown, .chip.excepted, .chip.medium { background: var(--amber-soft); color: var(--amber); }
.chip.holds { background: var(--green-soft); color: var(--green); }
.chip.high { background: var(--red-soft); color: var(--red); }
.late { color: var(--red); font-weight: 600; }
.calm { padding: 12px 14px; border-radius: 6px; background: var(--green-soft); color: var(--green); font-weight: 600; max-width: none; }
.doubt { background: var(--amber-soft); color: var(--amber); }
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
footer { margin-top: 40px; padding-top: 12px; border-top: 1px solid var(--line); }
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
