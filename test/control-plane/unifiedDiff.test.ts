import fc from "fast-check";
import { formatUnifiedDiff } from "../../control-plane/domain/unifiedDiff.js";

const diff = (a: string, b: string) => formatUnifiedDiff({ name: "a", text: a }, { name: "b", text: b });
const text = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join("");

/** What `patch` does: takes the lines of each hunk out of the one text and puts the others in, and insists on what it finds. */
function patched(from: readonly string[], changes: string): string[] {
  const result: string[] = [];
  let place = 0;
  for (const hunk of changes.split(/^@@ /m).slice(1)) {
    const [head = "", ...lines] = hunk.replace(/\n$/, "").split("\n");
    const [, at = "", count = "1"] = /^-(\d+)(?:,(\d+))? \+\d+(?:,\d+)? @@$/.exec(head) ?? [];
    const begin = Number(at) - (count === "0" ? 0 : 1);
    result.push(...from.slice(place, begin));
    place = begin;
    for (const line of lines) {
      if (line.startsWith("+")) result.push(line.slice(1));
      else {
        expect(from[place++]).toBe(line.slice(1));
        if (line.startsWith(" ")) result.push(line.slice(1));
      }
    }
    expect(place - begin).toBe(Number(count));
  }
  return [...result, ...from.slice(place)];
}

const lines = fc.array(fc.constantFrom("a", "b", "c", "-d", "+e", ""), { maxLength: 40 });

test("applied to the one text it gives the other", () => {
  fc.assert(
    fc.property(lines, lines, (a, b) => {
      expect(patched(a, diff(text(a), text(b)))).toEqual(b);
    }),
    { numRuns: 1_000 },
  );
});

test("equal texts have none, and a change is shown with three lines around it", () => {
  expect(diff("a\n", "a\n")).toBe("");
  const numbers = Array.from({ length: 20 }, (_, index) => String(index + 1));
  expect(diff(text(numbers), text(numbers.map((line) => (line === "10" ? "ten" : line))))).toBe(
    text(["--- a", "+++ b", "@@ -7,7 +7,7 @@", " 7", " 8", " 9", "-10", "+ten", " 11", " 12", " 13"]),
  );
});

test("it takes as few lines as possible, and where nearly all differ it does not search", () => {
  const changed = (changes: string) => changes.split("\n").filter((line) => /^[-+](?!--|\+\+)/.test(line)).length;
  expect(changed(diff("a\nb\nc\na\nb\nb\na\n", "c\nb\na\nb\na\nc\n"))).toBe(5);
  const [old, now] = ["old", "new"].map((word) => Array.from({ length: 5_000 }, (_, index) => `${word} ${index}`)) as [string[], string[]];
  expect(patched(old, diff(text(old), text(now)))).toEqual(now);
});
