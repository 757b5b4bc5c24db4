import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { validateXML } from "xmllint-wasm";
import { toJunit } from "../../../review/render/junit.js";
import { anyReview, finding, HOSTILE, ORIGIN, review } from "./reviews.js";

jest.setTimeout(60_000);

/** The schema of Apache Ant's JUnit report (Windy Road, Apache-2.0), the strictest that is in use. */
const contents = readFileSync(
  join(dirname(require.resolve("jest-junit-reporter/package.json")), "src/__tests__/fixtures/junit.xsd"),
  "utf8",
);
const schema = { fileName: "junit.xsd", contents };

async function faults(...documents: string[]): Promise<string[]> {
  const xml = documents.map((text, at) => ({ fileName: `${at}.xml`, contents: text }));
  return (await validateXML({ xml, schema: [schema], maxMemoryPages: 4096 })).errors.map(({ rawMessage }) => rawMessage);
}

it("notices what is not a report", async () => {
  expect(await faults("<testsuites><testsuite/></testsuites>")).not.toEqual([]);
  expect(await faults("<testsuites>")).not.toEqual([]);
});

it("fails the verdict and what asks for a person, passes remarks, and calls what was not judged an error", async () => {
  const text = toJunit(
    review({
      verdict: "needsReview",
      findings: [finding({ severity: "medium" }), finding({ severity: "low", direction: "closes", rule: "access-narrowed" })],
      unjudged: [{ urn: "urn:a::b::c::list", why: "known only after the update" }],
    }),
    ORIGIN,
  );
  expect(await faults(text)).toEqual([]);
  expect(text).toContain(
    'package="shop/prod" id="0" timestamp="2026-11-26T10:20:30" hostname="localhost" tests="4" failures="2" errors="1"',
  );
  expect(text.match(/<failure /g)).toHaveLength(2);
  expect(text).toContain('<testcase name="access-narrowed: closes project shop" classname="shop/prod" time="0"/>');
  expect(text).toContain("infra/prod/index.ts:12</failure>");
  expect(text).toContain('<error message="known only after the update" type="not judged"/>');
});

it("passes the one case of a change without findings, so that a report is never empty", async () => {
  const text = toJunit(review({ verdict: "approve", findings: [] }), ORIGIN);
  expect(await faults(text)).toEqual([]);
  expect(text).toContain('tests="1" failures="0" errors="0"');
  expect(text).toContain('<testcase name="verdict: APPROVE" classname="shop/prod" time="0"/>');
});

it("is valid whatever the names are, steers no terminal and commands no CI runner", async () => {
  const reviews = [
    ...fc.sample(anyReview, { numRuns: 120, seed: 7 }),
    ...HOSTILE.map((name) =>
      review({ stack: name, findings: [finding({ says: name, before: name, resource: { kind: name, id: name, name } })] }),
    ),
  ];
  const texts = reviews.map((one) => toJunit(one, ORIGIN));
  for (const text of texts) {
    expect(text.replaceAll("\n", "")).toMatch(/^[^\p{C}\p{Zl}\p{Zp}]*$/u);
    expect(text).not.toMatch(/##|^\s*::/m);
  }
  expect(await faults(...texts)).toEqual([]);
});
