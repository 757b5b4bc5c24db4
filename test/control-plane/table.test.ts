import { readFileSync } from "node:fs";
import { join } from "node:path";
import { GeneralError } from "@palisade/neon/contract/wire/common";
import { sharedPlane } from "../support/plane.js";
import { LINES, TABLE } from "./table.js";
import type { Scene } from "./tableLine.js";

/** Neon's status codes, line by line, on running planes. */
const scene: Scene = {
  scale: sharedPlane(),
  free: sharedPlane({ plan: "free" }),
  slow: sharedPlane({ operationTimeMs: 60_000 }),
  limited: sharedPlane({ rateLimits: "neon" }),
};

const lines = TABLE.map((line, index) => ({ ...line, number: index + 1 }));
const cases = lines.flatMap((line) => ("cases" in line ? line.cases.map((each) => ({ ...line, ...each })) : []));

test.each(cases)(
  "line $number, $situation: $status $code",
  async ({ status, code, text, provoke }) => {
    const answer = await provoke(scene);
    const error = GeneralError.parse(answer.body);
    expect([answer.status, error.code]).toEqual([status, code]);
    if (typeof text === "string") expect(error.message).toBe(text);
    else expect(error.message).toMatch(text);
  },
  30_000,
);

test.each(lines.flatMap((line) => ("reason" in line ? [line] : [])))(
  "line $number, $situation: no answer of a plane, for a written reason, and held by $held.test",
  ({ reason, held }) => {
    expect(reason.length).toBeGreaterThan(20);
    expect(readFileSync(join(__dirname, held.file), "utf8")).toContain(`"${held.test}"`);
  },
);

test("no line is left out, and none is there twice", () => {
  expect(TABLE).toHaveLength(LINES);
  expect(new Set(TABLE.map(({ situation }) => situation)).size).toBe(LINES);
});
