import type { PostureFacts } from "../../../review/posture/facts.js";
import { escapeHtml } from "../../../review/posture/page/markup.js";
import { renderPage } from "../../../review/posture/page/page.js";
import { STYLES } from "../../../review/posture/page/styles.js";
import { buildReachGraph } from "../../../review/posture/page/reachGraph.js";
import { toText } from "../../../review/posture/text.js";
import { sharedPlane } from "../../support/plane.js";
import { look, reportOf } from "./lab.js";

/** The page as a text: what is in it, and what can never be. */
const HOSTILE = "</title><script>alert(1)</script><img src=x onerror=alert(2)>\"'&\\u202egnp.exe\\u0000\\e[2J";
const many = Array.from({ length: 200 }, (_, at) => `{ name: "preview-${at}", computes: [read_write] }`).join(", ");
const plane = sharedPlane({
  seed: `
projects:
  - { name: "${HOSTILE.replaceAll('"', '\\"')}", id: hostile-00000001, settings: { allowed_ips: { ips: [192.0.2.0/24], protected_branches_only: true } }, branches: [{ name: main, protected: true }, { name: "${HOSTILE.replaceAll('"', '\\"')}", computes: [read_write] }] }
  - { name: many, id: many-00000001, settings: { allowed_ips: { ips: [192.0.2.0/24], protected_branches_only: true } }, branches: [{ name: main, protected: true }, ${many}] }
`,
});
let facts: PostureFacts;
let page: string;
beforeAll(async () => {
  const { facts: seen, evidence } = await look(plane);
  facts = seen;
  page = renderPage(reportOf(seen, { evidence }));
});

/** Every tag, without the values of its attributes. */
const tagsOf = (text: string): readonly string[] => text.replace(/"[^"]*"/g, '""').match(/<[a-z][^<>]*>/gi) ?? [];

it("shows names of others as text: no markup, no control, no turned direction comes from them", () => {
  expect(page).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
  expect(page).not.toMatch(/<(?:script|img|iframe|link|object|form|base)\b/i);
  expect(tagsOf(page).filter((tag) => /\son\w+=/i.test(tag))).toEqual([]);
  expect(page.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  expect(page).toContain("\\u{202e}");
  expect(page.match(/<title>/g)).toHaveLength(1);
});

it("escapes every character that ends a text or an attribute", () => {
  expect(escapeHtml(`<a href="x">'&\u202e`)).toBe("&lt;a href=&quot;x&quot;&gt;&#39;&amp;\\u{202e}");
});

it("is shown by one style sheet alone: no script, no style attribute, no address that is asked", () => {
  expect(page).toMatch(
    /<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-[A-Za-z0-9+/=]+'; base-uri 'none'; form-action 'none'">/,
  );
  expect(tagsOf(page).filter((tag) => /\s(?:style|src|srcset)=|^<link/i.test(tag))).toEqual([]);
  expect(STYLES).not.toMatch(/@import|url\(/);
  expect([...page.matchAll(/href="([^"]*)"/g)].filter(([, target = ""]) => !target.startsWith("#"))).toEqual([]);
});

it("leads each link to a place of the page", () => {
  const ids = new Set([...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
  const targets = [...page.matchAll(/href="#([^"]+)"/g)].map(([, target]) => target);
  expect(targets.length).toBeGreaterThan(50);
  expect(targets.filter((target) => !ids.has(target))).toEqual([]);
});

it("of 200 branches is small and made at once, and its picture groups what is alike", () => {
  const started = performance.now();
  const text = renderPage(reportOf(facts));
  expect(performance.now() - started).toBeLessThan(2_000);
  expect(Buffer.byteLength(text)).toBeLessThan(1_000_000);
  const graph = buildReachGraph(
    reportOf(facts).projects.find(({ name }) => name === "many") ?? { id: "", name: "", regionId: "", branches: null },
  );
  expect(graph?.targets.map(({ branches }) => branches.length)).toEqual([1, 200]);
  expect(text).toContain("200 branches: ");
});

it("says nothing is red only where nothing is, and then what is not known", () => {
  const calm = reportOf({ ...facts, projects: [] });
  expect(calm.findings).toEqual([]);
  expect(renderPage(calm)).toContain("Nothing is red.");
  expect(renderPage(calm)).toContain("not known, which is not green");
});

it("is told as text in 100 columns too", () => {
  const lines = toText(reportOf(facts), (_, text) => text).split("\n");
  expect(lines.filter((line) => line.length > 100)).toEqual([]);
  expect(lines.join("\n")).toContain("Controls: ");
  expect(lines.join("")).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
});

it("says of an extension at Neon that it is not available there", () => {
  expect(renderPage(reportOf({ ...facts, isNeon: true }))).toContain("not available at Neon");
  expect(page).not.toContain("not available at Neon");
});
