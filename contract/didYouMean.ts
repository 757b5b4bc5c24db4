/** The candidate nearest to `text` by edit distance, when it is near enough to be a typing error; else undefined. */
export function findNearest(text: string, candidates: readonly string[]): string | undefined {
  const ranked = candidates.map((candidate) => ({ candidate, distance: computeEditDistance(text.toLowerCase(), candidate.toLowerCase()) }));
  const best = ranked.sort((a, b) => a.distance - b.distance)[0];
  return best && best.distance <= Math.max(2, Math.floor(best.candidate.length / 3)) ? best.candidate : undefined;
}

/** `; did you mean "x"?`, or nothing. */
export function formatSuggestion(text: string, candidates: readonly string[]): string {
  const guess = findNearest(text, candidates);
  return guess === undefined ? "" : `; did you mean "${guess}"?`;
}

function computeEditDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = getAt(previous, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(getAt(previous, j) + 1, getAt(row, j - 1) + 1, substitution));
    }
    previous = row;
  }
  return getAt(previous, b.length);
}

const getAt = (row: readonly number[], index: number): number => row[index] ?? Number.POSITIVE_INFINITY;
