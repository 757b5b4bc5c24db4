import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Branch } from "../../contract/wire/branch.js";
import { Operation, Timestamp } from "../../contract/wire/common.js";

const WIRE = resolve(__dirname, "../../contract/wire");

/** A time that cannot be read compares with nothing: what is to end by it would never end, and nothing would be overdue. */
it("a text that is no time is a wrong answer", () => {
  expect(Timestamp.safeParse("2026-11-30T09:00:00Z").success).toBe(true);
  expect(Timestamp.safeParse("2026-11-30T09:00:00.123456+01:00").success).toBe(true);
  const read = ["30", "2026-11-30", "Mon, 30 Nov 2026 09:00:00 GMT", "2026-11-30 09:00:00 (\u001b[2J)", "2026-11-30T09:00:00"];
  for (const text of ["", "never", "30 h", "2026-13-40T00:00:00Z", ...read]) expect(Timestamp.safeParse(text).success).toBe(false);
  expect(Operation.shape.created_at).toBe(Timestamp);
  expect(Branch.shape.expires_at.unwrap()).toBe(Timestamp);
});

it("no answer has a time that is any text", () => {
  const named = /\b((?:\w+_)?(?:at|since|until|start|end)|\w*timestamp): z\s*\.string\(\)/g;
  const found = readdirSync(WIRE).flatMap((file) =>
    [...readFileSync(join(WIRE, file), "utf8").matchAll(named)].map(([, field]) => `${file}: ${field ?? ""}`),
  );
  expect(found).toEqual([]);
});
