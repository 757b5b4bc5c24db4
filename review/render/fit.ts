/** A part of a text that must not grow over a bound. */
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
export function sized(head: string, sections: readonly Section[], foot: string, mostBytes: number): string {
  const whole = `${head}${sections.map((section) => textOf(section, section.items.length)).join("")}${foot}`;
  if (bytes(whole) <= mostBytes) return whole;
  let left = mostBytes - bytes(head) - bytes(foot) - NOTE_BYTES;
  const kept = new Map<Section, number>();
  for (const section of [...sections].sort((a, b) => a.rank - b.rank)) {
    let used = bytes(section.before(section.items.length)) + bytes(section.after) + 1;
    let number = 0;
    for (const item of section.items) {
      if (used + bytes(item) > left) break;
      used += bytes(item);
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
  return `${head}${note}${sections.map((section) => textOf(section, kept.get(section) ?? 0)).join("")}${foot}`;
}

/** Nothing where it has no items. */
const textOf = ({ before, items, after }: Section, kept: number): string =>
  kept === 0 ? "" : `${before(kept)}${items.slice(0, kept).join("")}${after}\n`;

const bytes = (text: string): number => Buffer.byteLength(text);
