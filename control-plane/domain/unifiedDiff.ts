/** Lines around a change. */
const CONTEXT = 3;
/** Beyond so many differing lines the shortest way is not searched: everything between the common ends is replaced. */
const MAX_EDITS = 1_000;

interface Edit {
  sign: " " | "-" | "+";
  line: string;
}

/** The changes from one text to another as `diff -u` writes them; "" for equal texts. */
export function formatUnifiedDiff(from: { name: string; text: string }, to: { name: string; text: string }): string {
  if (from.text === to.text) return "";
  const edits = computeEdits(splitLines(from.text), splitLines(to.text));
  return [`--- ${from.name}`, `+++ ${to.name}`, ...formatHunks(edits), ""].join("\n");
}

const splitLines = (text: string): string[] => (text === "" ? [] : text.replace(/\n$/, "").split("\n"));

function computeEdits(a: readonly string[], b: readonly string[]): Edit[] {
  let [start, ends] = [0, 0];
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  while (ends < a.length - start && ends < b.length - start && a[a.length - 1 - ends] === b[b.length - 1 - ends]) ends++;
  const [middleA, middleB] = [a.slice(start, a.length - ends), b.slice(start, b.length - ends)];
  return [...toEqualEdits(a.slice(0, start)), ...computeShortestEdits(middleA, middleB), ...toEqualEdits(a.slice(a.length - ends))];
}

const toEqualEdits = (lines: readonly string[]): Edit[] => lines.map((line) => ({ sign: " ", line }));
const toReplacementEdits = (a: readonly string[], b: readonly string[]): Edit[] => [
  ...a.map((line): Edit => ({ sign: "-", line })),
  ...b.map((line): Edit => ({ sign: "+", line })),
];

/** Myers' greedy algorithm: per number of edits, how far each diagonal reaches; then back along the way. */
function computeShortestEdits(a: readonly string[], b: readonly string[]): Edit[] {
  const reached: Map<number, number>[] = [];
  let furthest = new Map([[1, 0]]);
  for (let edits = 0; edits <= Math.min(a.length + b.length, MAX_EDITS); edits++) {
    reached.push(furthest);
    const next = new Map<number, number>();
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      let x = isInsertion(furthest, diagonal, edits) ? getReach(furthest, diagonal + 1) : getReach(furthest, diagonal - 1) + 1;
      while (x < a.length && x - diagonal < b.length && a[x] === b[x - diagonal]) x++;
      next.set(diagonal, x);
      if (x >= a.length && x - diagonal >= b.length) return traceEdits(a, b, reached);
    }
    furthest = next;
  }
  return toReplacementEdits(a, b);
}

const getReach = (furthest: ReadonlyMap<number, number>, diagonal: number): number => furthest.get(diagonal) ?? -1;
/** By an insertion rather than by a deletion. */
const isInsertion = (furthest: ReadonlyMap<number, number>, diagonal: number, edits: number): boolean =>
  diagonal === -edits || (diagonal !== edits && getReach(furthest, diagonal - 1) < getReach(furthest, diagonal + 1));

function traceEdits(a: readonly string[], b: readonly string[], reached: readonly ReadonlyMap<number, number>[]): Edit[] {
  const back: Edit[] = [];
  let [x, y] = [a.length, b.length];
  for (let edits = reached.length - 1; edits >= 0; edits--) {
    const furthest = reached[edits] ?? new Map<number, number>();
    const isDown = isInsertion(furthest, x - y, edits);
    const fromX = getReach(furthest, x - y + (isDown ? 1 : -1));
    const fromY = fromX - (x - y + (isDown ? 1 : -1));
    while (x > fromX && y > fromY) {
      back.push({ sign: " ", line: a[--x] ?? "" });
      y--;
    }
    if (edits === 0) break;
    if (isDown) back.push({ sign: "+", line: b[--y] ?? "" });
    else back.push({ sign: "-", line: a[--x] ?? "" });
  }
  return back.reverse();
}

function formatHunks(edits: readonly Edit[]): string[] {
  const near = new Set<number>();
  edits.forEach(({ sign }, index) => {
    if (sign !== " ") for (let place = index - CONTEXT; place <= index + CONTEXT; place++) near.add(place);
  });
  const lines: string[] = [];
  let [lineA, lineB] = [1, 1];
  let head = -1;
  let counts = { a: 0, b: 0, fromA: 1, fromB: 1 };
  const close = () => {
    const { a, b, fromA, fromB } = counts;
    if (head >= 0) lines[head] = `@@ -${formatRange(fromA, a)} +${formatRange(fromB, b)} @@`;
    head = -1;
  };
  edits.forEach(({ sign, line }, index) => {
    if (!near.has(index)) close();
    else {
      if (head < 0) {
        head = lines.push("") - 1;
        counts = { a: 0, b: 0, fromA: lineA, fromB: lineB };
      }
      lines.push(sign + line);
      if (sign !== "+") counts.a++;
      if (sign !== "-") counts.b++;
    }
    if (sign !== "+") lineA++;
    if (sign !== "-") lineB++;
  });
  close();
  return lines;
}

/** An empty range names the line before it. */
const formatRange = (from: number, count: number): string => (count === 1 ? String(from) : `${count === 0 ? from - 1 : from},${count}`);
