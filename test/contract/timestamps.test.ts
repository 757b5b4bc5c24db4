import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Branch } from "../../contract/wire/branch.js";
import { Operation, Timestamp } from "../../contract/wire/common.js";

const WIRE = resolve(__dirname, "../../contract/wire");

/** A time that cannot be read compares with nothing: what is to end by it would never end, and nothing would be overdue. */
it("a text that is no time is a wrong answer", () => {
  expect(Timestamp.safeParse("2026-11-30T09:00:00Z").success).toBe(true);
  for (const text of ["", "never", "30 h", "2026-13-40T00:00:00Z"]) expect(Timestamp.safeParse(text).success).toBe(false);
  expect(Operation.shape.created_at).toBe(Timestamp);
  expect(Branch.shape.expires_at.unwrap()).toBe(Timestamp);
});

it("no answer has a time that is any text", () => {
  const named = /\b((?:\w+_)?(?:at|until|start|end)|\w*timestamp): z\s*\.string\(\)/g;
  const found = readdirSync(WIRE).flatMap((file) =>
    [...readFileSync(join(WIRE, file), "utf8").matchAll(named)].map(([, field]) => `${file}: ${field ?? ""}`),
  );
  expect(found).toEqual([]);
});
