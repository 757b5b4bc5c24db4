import { readFileSync } from "node:fs";
import Ajv from "ajv";
import addFormats from "ajv-formats";
import fc from "fast-check";
import { toSarif } from "../../../review/render/sarif.js";
import { anyReview, finding, HOSTILE, ORIGIN, review } from "./reviews.js";

interface Log {
  runs: [
    {
      tool: { driver: { rules: { id: string; shortDescription: { text: string }; help: { text: string } }[] } };
      automationDetails: { id: string };
      results: Result[];
    },
  ];
}
interface Result {
  ruleId: string;
  ruleIndex: number;
  level: string;
  message: { text: string };
  locations: [{ physicalLocation: { artifactLocation: { uri: string }; region: { startLine: number } } }];
  partialFingerprints: Record<string, string>;
  properties: Record<string, unknown>;
}

/** The schema of 2.1.0 as SchemaStore publishes it: of draft 4, of whose differences it uses nothing but `id`, and with patterns of before Unicode. */
const {
  $schema: _,
  id: __,
  ...schema
} = JSON.parse(readFileSync(require.resolve("@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"), "utf8")) as Record<
  string,
  unknown
>;
const ajv = addFormats(new Ajv({ strict: false, allErrors: true, unicodeRegExp: false }));
const validate = ajv.compile(schema);

function log(text: string): Log {
  const value: unknown = JSON.parse(text);
  validate(value);
  expect(validate.errors ?? []).toEqual([]);
  return value as Log;
}
const results = (parts: Parameters<typeof review>[0]): Result[] => log(toSarif(review(parts), ORIGIN)).runs[0].results;

it("notices what is not SARIF", () => {
  expect(validate({ version: "2.1.0", runs: [{ tool: { driver: { name: "x" } }, results: [{ message: {}, level: "grave" }] }] })).toBe(
    false,
  );
});

it("places a finding in the repository, with its rule, its level and its direction", () => {
  const text = toSarif(
    review({ findings: [finding(), finding({ severity: "low", direction: "closes", rule: "access-narrowed" })] }),
    ORIGIN,
  );
  const [run] = log(text).runs;
  expect(run.automationDetails.id).toBe("palisade-review/shop/prod/");
  const [first, second] = run.results as [Result, Result];
  expect(first.locations[0].physicalLocation).toEqual({
    artifactLocation: { uri: "infra/prod/index.ts", uriBaseId: "%SRCROOT%" },
    region: { startLine: 12 },
  });
  expect([first.level, first.properties["direction"], second.level]).toEqual(["error", "opens", "note"]);
  expect(run.tool.driver.rules.map(({ id }) => id)).toEqual([first.ruleId, second.ruleId]);
  expect(run.tool.driver.rules[first.ruleIndex]?.help.text).toContain("every address of the internet");
});

it("points at the project's file where no line is known, so that nothing is lost on upload", () => {
  const { location: _none, ...placeless } = finding();
  const [one] = results({ findings: [placeless] });
  expect(one?.locations[0].physicalLocation.artifactLocation.uri).toBe("infra/prod/Pulumi.yaml");
});

it("makes a result of what could not be judged", () => {
  const [one] = results({ findings: [], unjudged: [{ urn: "urn:a::b::c::list", why: "known only after the update" }] });
  expect(one).toMatchObject({ ruleId: "not-judged", level: "warning", message: { text: "list: known only after the update" } });
});

describe("a fingerprint", () => {
  const print = (parts: Parameters<typeof finding>[0]) =>
    results({ findings: [finding(parts)] })[0]?.partialFingerprints["primaryLocationLineHash"];

  it("stays when the line moves or the file does", () => {
    expect(print({ location: "other.ts:900" })).toBe(print({}));
    expect(print({})).toMatch(/^[0-9a-f]{32}:1$/);
  });

  it("is another for another opening, so that whoever dismissed the first sees the second", () => {
    const others = [
      { after: "198.51.100.0/24" },
      { addresses: { opened: ["192.0.2.1"], closed: [] } },
      { urn: "urn:x" },
      { rule: "born-open" },
    ];
    expect(new Set([print({}), ...others.map(print)]).size).toBe(others.length + 1);
  });
});

it("lets no name become a link or a placeholder of a message", () => {
  const [one] = results({ findings: [finding({ says: "[click](https://evil.example) {0} \\" })] });
  expect(one?.message.text).toContain("\\[click\\](https://evil.example) {{0}} \\\\ |");
});

it("is valid whatever the names are, steers no terminal and commands no CI runner", () => {
  fc.assert(
    fc.property(anyReview, (one) => {
      const text = toSarif(one, ORIGIN);
      log(text);
      expect(text.replaceAll("\n", "")).toMatch(/^[^\p{C}\p{Zl}\p{Zp}]*$/u);
      expect(text).not.toMatch(/##|^\s*::/m);
    }),
    { numRuns: 150 },
  );
  for (const name of HOSTILE) log(toSarif(review({ stack: name, findings: [finding({ location: `${name}:3` })] }), ORIGIN));
});
