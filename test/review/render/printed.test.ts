import fc from "fast-check";
import { renderJson } from "../../../review/render/json.js";
import { toText } from "../../../review/render/text.js";
import { countColumns } from "../../../review/terminalText.js";
import { anyReview, finding, review } from "./reviews.js";

const plain = (_: string, text: string): string => text;

it("a terminal is told the verdict, what it is about, each finding with its line and remedy, and what is never judged", () => {
  expect(toText(review(), plain)).toBe(`BLOCK: this opens or destroys
shop/prod: 1 to update, 4 unchanged
findings: 1 high

high   opens    project shop  index.ts:12
       The branch may then be reached from every address of the internet.
         203.0.113.0/24 (256 IPv4 addresses) -> every address
       List the addresses that need access instead. [opened-to-everyone]

Never judged: the Data API. Branches that this stack does not declare: see palisade scan.
`);
});

it("what is taken for true is told by the object that it is taken of", () => {
  const urn = (kind: string, name: string) => `urn:pulumi:prod::shop::pulumi-nodejs:dynamic/palisade:${kind}::${name}`;
  const about = (name: string) => ({
    urn: urn("IpAllowlistEntry", name),
    property: "projectId",
    target: urn("Project", "decoy"),
    part: "project" as const,
  });
  const tell = (...names: string[]) => toText(review({ assumptions: names.map(about) }), plain).replace(/\s+/g, " ");
  expect(tell("office")).toContain(
    "because a preview does not show it: office is about the project of decoy. palisade guard stops an update",
  );
  expect(tell("office", "home")).toContain("office, home are about the project of decoy.");
});

it("the verdict is repeated below a list that is longer than a screen", () => {
  const text = toText(review({ findings: Array.from({ length: 9 }, () => finding()) }), plain);
  expect(text).toMatch(/^BLOCK: this opens[^]*\nBLOCK: this opens or destroys\n$/);
});

it("colours wrap whole lines, and only what carries a gravity", () => {
  const text = toText(review(), (severity, line) => `<${severity}>${line}</>`);
  expect(text.match(/<\w+>.*?<\/>/g)).toEqual(["<high>BLOCK: this opens or destroys</>", "<high>high   opens    project shop</>"]);
});

it("a terminal of 100 columns is never overrun but by a place, never steered, and no CI runner is commanded", () => {
  fc.assert(
    fc.property(anyReview, (one) => {
      const text = toText(one, plain);
      expect(text.replaceAll("\n", "")).toMatch(/^[^\p{C}\p{Zl}\p{Zp}]*$/u);
      expect(text).not.toMatch(/##|^\s*::/m);
      const findings = one.findings.map(({ location: _, ...rest }) => rest);
      // What commands a runner is shown as an escape, which takes further columns.
      for (const line of toText({ ...one, findings }, plain)
        .replaceAll("\\u{23}", "#")
        .replaceAll("\\u{3a}", ":")
        .split("\n"))
        expect(countColumns(line)).toBeLessThanOrEqual(100);
    }),
  );
});

it("a name that wraps to the start of a line does not begin a workflow command there", () => {
  const says = `${"x".repeat(92)} ::stop-commands::token ##[error]x ##vso[task.setvariable variable=a]b`;
  const text = toText(review({ findings: [finding({ says })] }), plain);
  expect(text).toMatch(/^ {7}\\u\{3a\}:stop-commands::token #\\u\{23\}\[error\]x/m);
});

it("JSON parses back to the same, steers no terminal and commands no CI runner", () => {
  fc.assert(
    fc.property(anyReview, (one) => {
      const text = renderJson(one);
      expect(JSON.parse(text)).toEqual(one);
      expect(text.replaceAll("\n", "")).toMatch(/^[^\p{C}\p{Zl}\p{Zp}]*$/u);
      expect(text).not.toMatch(/##|^\s*::/m);
    }),
  );
});
