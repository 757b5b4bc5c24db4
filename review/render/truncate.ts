/** A section of a text of limited size. */
export interface Section {
  /** "3 findings", for saying how many are left out. */
  readonly counted: (number: number) => string;
  /** 1 is dropped last. */
  readonly rank: number;
  /** @param kept how many of the items follow */
  readonly before: (kept: number) => string;
  readonly items: readonly string[];
  readonly after: string;
}

/** For the sentence that says what is left out. */
const NOTE_BYTES = 400;

/** The sections in their order, with as many of their first items as fit; says how many are left out where any are. */
export function fitToBudget(head: string, sections: readonly Section[], foot: string, mostBytes: number): string {
  const whole = `${head}${sections.map((section) => renderSection(section, section.items.length)).join("")}${foot}`;
  if (countBytes(whole) <= mostBytes) return whole;
  let left = mostBytes - countBytes(head) - countBytes(foot) - NOTE_BYTES;
  const kept = new Map<Section, number>();
  for (const section of [...sections].sort((a, b) => a.rank - b.rank)) {
    let used = countBytes(section.before(section.items.length)) + countBytes(section.after) + 1;
    let number = 0;
    for (const item of section.items) {
      if (used + countBytes(item) > left) break;
      used += countBytes(item);
      number += 1;
    }
    kept.set(section, number);
    if (number > 0) left -= used;
  }
  const dropped = sections.flatMap((section) => {
    const number = section.items.length - (kept.get(section) ?? 0);
    return number > 0 ? [section.counted(number)] : [];
  });
  const note = `**Left out, to fit a comment: ${dropped.join(", ")}.** The whole is in \`palisade review --output json\`.\n\n`;
  return `${head}${note}${sections.map((section) => renderSection(section, kept.get(section) ?? 0)).join("")}${foot}`;
}

/** Nothing where it has no items. */
const renderSection = ({ before, items, after }: Section, kept: number): string =>
  kept === 0 ? "" : `${before(kept)}${items.slice(0, kept).join("")}${after}\n`;

const countBytes = (text: string): number => Buffer.byteLength(text);
