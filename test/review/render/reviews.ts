import fc from "fast-check";
import type { ReviewJson } from "../../../review/render/json.js";
import { RULE_TEXTS } from "../../../review/render/ruleTexts.js";
import { anyText } from "../../support/anyText.js";

export const ORIGIN = { folder: "infra/prod", version: "1.2.3", at: new Date("2026-11-26T10:20:30.400Z") };

type FindingJson = ReviewJson["findings"][number];

export const finding = (parts: Partial<FindingJson> = {}): FindingJson => ({
  rule: "opened-to-everyone",
  severity: "high",
  direction: "opens",
  urn: "urn:pulumi:prod::shop::pulumi-nodejs:dynamic/palisade:Project::shop",
  resource: { kind: "project", id: "quiet-lake-12345678", name: "shop" },
  before: "203.0.113.0/24 (256 IPv4 addresses)",
  after: "every address",
  location: "index.ts:12",
  property: "network",
  addresses: { opened: ["0.0.0.0/0", "::/0"], closed: [], witness: "0.0.0.0" },
  says: "The branch may then be reached from every address of the internet.",
  remedy: "List the addresses that need access instead.",
  ...parts,
});

const LISTED = { public: "203.0.113.0/24 (256 IPv4 addresses)", private: [] };
const EVERYONE = { public: "every address", private: [] };
export const branch = (parts: Partial<ReviewJson["reach"][number]> = {}): ReviewJson["reach"][number] => ({
  project: "shop",
  branch: "main",
  direction: "opens",
  before: { reach: LISTED, latent: LISTED, data: LISTED },
  after: { reach: EVERYONE, latent: EVERYONE, data: EVERYONE },
  ...parts,
});

export const review = (parts: Partial<ReviewJson> = {}): ReviewJson => ({
  version: 1,
  stack: "shop/prod",
  verdict: "block",
  advisory: false,
  findings: [finding()],
  unjudged: [],
  assumptions: [],
  notJudged: ["the Data API"],
  counts: { update: 1, same: 4 },
  others: 0,
  policyPacks: {},
  reach: [branch()],
  ...parts,
});

/** What somebody who may name things would try, in Markdown, HTML, terminals, CI logs, SARIF and XML. */
export const HOSTILE = [
  "@everyone #1 GH-1 owner/repo#2 https://evil.example www.evil.example a@evil.example",
  "| a | b |\n| --- | --- |",
  "`code` ```js\nx\n``` ~~~",
  "<img src=x onerror=alert(1)><!-- --></details></code><script>",
  "[click](https://evil.example) ![x](y) [x]: z",
  "**bold** _it_ ~~no~~ $x$ :tada: \\",
  "\u202egnp.exe\u2066\u200b\ufeff\u0000\u001b[31m\r\n\u2028\ud800\uffff\u{e0041}",
  "::error file=a::pwned",
  "##vso[task.setvariable variable=x]y ##[error]z ##teamcity[x]",
  "]]> <![CDATA[ & &lt; ' \" %0A %",
  "{0} {1}",
  "deadbeef deadbeefdeadbeefdeadbeefdeadbeefdeadbeef",
  "-->",
  "--",
  " ",
  "",
  "- x\n# y\n1. z\n> w\n===\n---",
];

export const SECRETS = [
  "napi_plantedplantedplanted1",
  "npg_plantedplanted2",
  "postgresql://app:planted3@ep-x.eu-central-1.aws.neon.tech/db",
  "Bearer planted4planted4",
];

const text = fc.oneof(
  anyText({ maxLength: 60 }),
  fc.array(fc.constantFrom(...HOSTILE), { maxLength: 3 }).map((parts) => parts.join(" ")),
  fc.string({ unit: fc.constantFrom(...Array.from("|`@#<>[]()\\*_~:%&{}!-/.\n\u202e\u0000 a1")), maxLength: 60 }),
);
const location = fc.oneof(
  fc.constant("index.ts:3"),
  text,
  fc.tuple(text, fc.nat()).map(([path, line]) => `${path}:${line}`),
);
const findings = fc.record(
  {
    rule: fc.oneof(fc.constantFrom(...Object.keys(RULE_TEXTS)), text),
    severity: fc.constantFrom("high", "medium", "low"),
    direction: fc.constantFrom("opens", "closes", "neutral", "destroys", "unknown"),
    urn: text,
    resource: fc.record({ kind: text, id: text, name: text }),
    says: text,
    remedy: text,
    before: text,
    after: text,
    location,
    property: text,
    dependents: fc.array(text, { maxLength: 7 }),
    addresses: fc.record({ opened: fc.array(text, { maxLength: 2 }), closed: fc.array(text, { maxLength: 2 }) }),
  },
  { requiredKeys: ["rule", "severity", "direction", "urn", "resource", "says", "remedy"] },
);
const reach = fc.record({ public: text, private: fc.array(text, { maxLength: 2 }) });
const reaches = fc.option(fc.record({ reach, latent: reach, data: reach }));
const branches = fc.record({
  project: text,
  branch: text,
  direction: fc.constantFrom("opens", "closes", "neutral"),
  before: reaches,
  after: reaches,
});

/** Any review there could be; names and values are anything. */
export const anyReview: fc.Arbitrary<ReviewJson> = fc.record({
  version: fc.constant(1 as const),
  stack: text,
  verdict: fc.constantFrom("approve", "needsReview", "block"),
  advisory: fc.boolean(),
  findings: fc.array(findings as fc.Arbitrary<FindingJson>, { maxLength: 12 }),
  unjudged: fc.array(fc.record({ urn: text, why: text }), { maxLength: 4 }),
  assumptions: fc.array(fc.record({ urn: text, property: text, target: text, part: fc.constantFrom("project", "branch") }), {
    maxLength: 8,
  }),
  notJudged: fc.constant(["the Data API"]),
  counts: fc.constant({ update: 2 }),
  others: fc.nat({ max: 3 }),
  policyPacks: fc.dictionary(text, text, { maxKeys: 2 }),
  reach: fc.array(branches as fc.Arbitrary<ReviewJson["reach"][number]>, { maxLength: 6 }),
});
