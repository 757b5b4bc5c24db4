/** What our pages look like: posture's and the console's. Colours are pairs, so that a dark screen has as much contrast as paper. */
export const BASE_STYLES = `
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
.number { text-align: right; }
.nowrap { white-space: nowrap; }
.chip { display: inline-block; padding: 1px 7px; border-radius: 4px; font-size: 12px; font-weight: 600; white-space: nowrap; background: var(--soft); color: var(--muted); }
.chip.fails { background: var(--red); color: var(--on-red); }
.chip.notKnown, .chip.excepted, .chip.medium { background: var(--amber-soft); color: var(--amber); }
.chip.holds { background: var(--green-soft); color: var(--green); }
.chip.high { background: var(--red-soft); color: var(--red); }
.calm { padding: 12px 14px; border-radius: 6px; background: var(--green-soft); color: var(--green); font-weight: 600; max-width: none; }
.doubt { background: var(--amber-soft); color: var(--amber); }
footer { margin-top: 40px; padding-top: 12px; border-top: 1px solid var(--line); }
`;
