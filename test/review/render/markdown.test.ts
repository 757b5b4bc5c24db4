import fc from "fast-check";
import { MOST_BYTES, toMarkdown } from "../../../review/render/markdown.js";
import { anyReview, branch, finding, HOSTILE, review } from "./reviews.js";

const many = (number: number) => ({
  findings: Array.from({ length: number }, (_, at) =>
    finding({
      severity: at < 40 ? "high" : "medium",
      resource: { kind: "branch", id: "x", name: `shop-${at}/main` },
      remedy: `Remedy ${at}.`,
    }),
  ),
  reach: Array.from({ length: number }, (_, at) => branch({ project: `shop-${at}` })),
});

it("tells the verdict first, then one line for each finding of high severity, who may connect, and the rest folded", () => {
  const text = toMarkdown(review({ findings: [finding(), finding({ severity: "medium", says: "Less." })] }));
  expect(text.split("\n").slice(0, 5)).toEqual([
    "<!-- palisade-review:shop/prod -->",
    "## Palisade: BLOCK",
    "",
    "> [!CAUTION]",
    "> **This opens or destroys.** Findings: 1 high, 1 medium.",
  ]);
  expect(text).toContain(
    "- **opens** project `shop` at `index.ts:12`: The branch may then be reached from every address of the internet.\n",
  );
  expect(text).toContain("| `shop/main` | opens | `203.0.113.0/24` (256 IPv4 addresses) | **every address** |\n");
  expect(text).toContain("<summary>All 2 findings: before, after, and what to do</summary>\n\n- **high**");
  expect(text).toContain("  - **Do:** List the addresses that need access instead.\n");
  expect(text).toContain("Never judged: the Data API.");
});

it("lists what could not be judged in sight, and never calls that approved", () => {
  const text = toMarkdown(
    review({
      verdict: "needsReview",
      findings: [],
      unjudged: [{ urn: "urn:a::b::c::list", why: "its ranges are known only after the update" }],
    }),
  );
  expect(text).toContain("> **A person must decide.** No findings; 1 part not judged.");
  expect(text).toContain("### Could not be judged, so it is not approved\n\n- `list`: its ranges are known only after the update\n");
});

it("shows a branch whose rows alone are opened by that, and leaves unchanged branches out", () => {
  const { before, after } = branch();
  if (!before || !after) throw new Error("both sides are there");
  const rows = branch({ branch: "prod", after: { ...before, data: after.data } });
  const text = toMarkdown(
    review({ reach: [rows, branch({ branch: "same", direction: "neutral" }), branch({ branch: "new", before: null })] }),
  );
  expect(text).toContain("| `shop/prod` | its rows, through a copy | `203.0.113.0/24` (256 IPv4 addresses) | **every address** |\n");
  expect(text).not.toContain("| `shop/prod` | opens");
  expect(text).toContain("| `shop/new` | opens | does not exist | **every address** |\n");
  expect(text).not.toContain("same");
});

it("names private endpoints where they change", () => {
  const side = (ids: string[]) => ({ public: "nobody", private: ids });
  const [was, is] = [side(["vpce-1"]), side(["vpce-1", "vpce-2"])];
  const changed = branch({ before: { reach: was, latent: was, data: was }, after: { reach: is, latent: is, data: is } });
  expect(toMarkdown(review({ reach: [changed] }))).toContain("| nobody; privately `vpce-1` | nobody; privately `vpce-1, vpce-2` |\n");
});

describe("what does not fit a comment", () => {
  it("is dropped from the least important end, and how much is said, and where the whole is", () => {
    const text = toMarkdown(review(many(300)));
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MOST_BYTES);
    const [, details, branches] =
      /^\*\*Left out, to fit a comment: (\d+) details, (\d+) further branches\.\*\* .*`palisade review --output json`/m.exec(text) ?? [];
    expect([...text.matchAll(/\*\*Do:\*\* Remedy (\d+)\./g)].map(([, at]) => Number(at))).toEqual(
      Array.from({ length: 300 - Number(details) }, (_, at) => at),
    );
    expect(branches).toBe("288");
    expect(text).toContain(`<summary>The first ${300 - Number(details)} of 300 findings: before, after, and what to do</summary>`);
    expect(text.match(/^- \*\*opens\*\*/gm)).toHaveLength(40 + 3);
    expect(text).toContain("- and 257 more, in the details\n");
  });

  it("is dropped even of what is most important when there is too much of it, verdict and end stay", () => {
    const text = toMarkdown(review({ ...many(0), findings: Array.from({ length: 2000 }, () => finding({ says: "x".repeat(500) })) }));
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MOST_BYTES);
    expect(text).toMatch(/Left out, to fit a comment: \d+ findings of high severity, .*2000 details/);
    expect(text).toMatch(/^<!-- .*\n## Palisade: BLOCK\n[^]*Never judged/);
  });

  it("is nothing while it fits", () => {
    expect(toMarkdown(review(many(20)))).not.toContain("Left out");
  });
});

/** What GitHub could read anything into, once code spans, which it reads nothing into, are taken out. */
const STRUCTURE = [
  /^<!-- palisade-review:[\w./%-]* -->$/,
  /^#{2,3} [\w :,]+(?: \(advisory\))?$/,
  /^> \[!(?:TIP|WARNING|CAUTION)\]$/,
  /^<\/?details>$/,
  /^<summary>[\w :,]+<\/summary>$/,
  /^\| --- \| --- \| --- \| --- \|$/,
  /^(?:> |- | {2}- )?[\w "'(),.;:!?*→×-]*(?:\|[\w "'(),.;:!?*-]*){0,5}$/,
  /^\*\*Left out[\w :,.*]+$/,
];

/** As GFM splits a row into cells. */
const cells = (row: string): number => row.split(/(?<!\\)\|/).length - 2;

it("keeps every name inside of a code span: no markup, mention, reference, link or further cell comes of it", () => {
  fc.assert(
    fc.property(anyReview, (one) => {
      const text = toMarkdown(one);
      expect(text.replaceAll("\n", "")).toMatch(/^[^\p{C}\p{Zl}\p{Zp}]*$/u);
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MOST_BYTES);
      for (const line of text.trimEnd().split("\n")) {
        const bare = line.replace(/`[^`]+`/g, "");
        expect(STRUCTURE.some((pattern) => pattern.test(bare)) ? "" : bare).toBe("");
        if (!line.startsWith("<!--")) expect(bare).not.toMatch(/[0-9a-f]{7}/i);
        if (line.startsWith("|")) expect(cells(line)).toBe(4);
      }
    }),
    { numRuns: 400 },
  );
});

it.each(HOSTILE)("shows %j as the text it is", (name) => {
  const text = toMarkdown(
    review({ stack: name, findings: [finding({ resource: { kind: "branch", id: name, name }, says: `${name} may connect.` })] }),
  );
  expect(text).toMatch(/^<!-- palisade-review:[\w./%-]* -->\n## Palisade/);
  expect(text.replace(/^<!--.*-->/, "").replace(/`[^`]+`/g, "")).not.toMatch(/@|`|~|\\|https?:|www\.|<img|<script|<!--/);
});

it("gives two stacks two markers", () => {
  const markers = ["a/b", "a--b", "a-b", "a%2Fb", "a b", "a_b", "A/b"].map((stack) => toMarkdown(review({ stack })).split("\n", 1)[0]);
  expect(new Set(markers).size).toBe(markers.length);
});
