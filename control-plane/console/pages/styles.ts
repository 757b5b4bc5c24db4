import { BASE_STYLES } from "@palisade/neon/contract/page/styles";

/** The one style sheet of every page. */
export const STYLES = `${BASE_STYLES}
body { padding-top: 0; }
.bar { display: flex; flex-wrap: wrap; align-items: center; gap: 6px 18px; margin-bottom: 26px; padding: 12px 0 11px; border-bottom: 1px solid var(--line); }
.bar strong { margin-right: 4px; }
.bar nav { display: flex; flex-wrap: wrap; gap: 4px 16px; flex: 1; }
.bar a { padding: 2px 0; text-decoration: none; color: var(--muted); }
.bar a:hover { color: var(--ink); }
.bar a[aria-current] { color: var(--ink); font-weight: 600; box-shadow: 0 2px 0 var(--ink); }
.bar form { margin: 0; }
button { padding: 3px 10px; border: 1px solid var(--line); border-radius: 4px; background: var(--soft); color: var(--ink); font: inherit; font-size: 12px; cursor: pointer; }
button:hover { border-color: var(--muted); }
:focus-visible { outline: 2px solid var(--ink); outline-offset: 2px; }
h2 { margin-top: 30px; }
.scroll { overflow-x: auto; }
.pager { display: flex; flex-wrap: wrap; gap: 4px 16px; margin: 10px 0; }
.pager a[aria-current] { font-weight: 600; text-decoration: none; }
.note { padding: 10px 14px; border-radius: 6px; background: var(--soft); max-width: none; overflow-wrap: anywhere; }
.sign-in { max-width: 460px; margin: 10vh auto 0; }
.sign-in form { display: grid; gap: 6px; margin: 20px 0; }
.sign-in label { font-weight: 600; }
.sign-in input { width: 100%; padding: 8px 10px; border: 1px solid var(--muted); border-radius: 4px; background: var(--paper); color: var(--ink); font: 14px ui-monospace, "DejaVu Sans Mono", monospace; }
.sign-in button { justify-self: start; margin-top: 6px; padding: 7px 18px; font-size: 14px; font-weight: 600; background: var(--ink); color: var(--paper); border-color: var(--ink); }
.complaint { margin-top: 14px; padding: 9px 12px; border-radius: 4px; background: var(--red-soft); color: var(--red); font-weight: 600; }
@media (max-width: 640px) { body { padding: 0 12px 32px; } .bar nav { order: 1; flex-basis: 100%; } .bar form { margin-left: auto; } .nowrap { white-space: nowrap; } th, td { padding-right: 8px; }
  .of-branches, .of-decisions, .of-rows { min-width: 720px; } .of-projects, .of-shared { min-width: 520px; } }
`;
