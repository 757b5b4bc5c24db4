import { BoundedMap } from "./boundedMap.js";
import { DAY_MS, HOUR_MS, MAX_EVIDENCE } from "./finding.js";

/** How long networks are taken for known without a word, from the first sight of a role or key. */
export const LEARNING_MS = 7 * DAY_MS;
/** Networks that a role or key may have at the end of that; with more it has no habit that could be broken. */
const MOST_AT_ONCE = 6;
/** A network becomes known when it was seen on so many days, over so long a time, and nothing spoke against it. */
const LEAST_DAYS = 5;
const LEAST_MS = 7 * DAY_MS;
/** And so, where something did: who is told of it has had the time to act. */
const LEAST_DAYS_IF_TOLD = 15;
const LEAST_MS_IF_TOLD = 30 * DAY_MS;
/** Who is in two places within an hour, there and back, is not one; or is a person with two ways to the internet. */
const OVERLAP_MS = HOUR_MS;
/** In use in at least half of the hours of the first week: a program, for which once is enough. Of people it takes so many days. */
const CONSTANT_HOURS = LEARNING_MS / HOUR_MS / 2;
const OVERLAP_DAYS = 3;
const MOST_KNOWN = 32;
const MOST_UNKNOWN = 16;

interface UnknownNetwork {
  firstAt: number;
  lastDay: number;
  days: number;
  /** Days on which it was used while a known one was: no more than an hour after a known use, and before the next. */
  overlapDays: number;
  lastOverlapDay: number;
  /** `at` of the use that followed one of a known network within an hour, until the next known use. */
  overlapFrom: number | undefined;
  seqs: number[];
}

/** What one use of a role or key means. */
export type Sight =
  | { readonly sight: "known" | "learning" }
  /** The end of learning, once: there is nothing to go by. */
  | { readonly sight: "changing"; readonly networks: number }
  | { readonly sight: "unknown"; readonly network: string; readonly isFirst: boolean; readonly evidence: readonly number[] }
  /** A known network is used, and the other was within the last hour, and a known one in the hour before that: more often than chance has it. */
  | { readonly sight: "overlap"; readonly network: string; readonly evidence: readonly number[] };

/**
 * Which networks a role or an API key comes from. Only the first week teaches without a word. After that a network becomes known by days, and by
 * many more of them once it was used beside the known ones: connections alone, however many, teach nothing.
 */
export class Habit {
  private readonly known = new BoundedMap<string, true>(MOST_KNOWN);
  private readonly unknown = new BoundedMap<string, UnknownNetwork>(MOST_UNKNOWN);
  private networks = 0;
  private readonly hours = new Set<number>();
  private isChanging: boolean | undefined;
  private lastKnownAt = -Infinity;

  constructor(private readonly firstAt: number) {}

  get isLearning(): boolean {
    return this.isChanging === undefined;
  }

  see(network: string, at: number, seq: number): Sight {
    if (at - this.firstAt < LEARNING_MS) {
      if (this.known.get(network) === undefined) this.networks++;
      this.hours.add(Math.floor(at / HOUR_MS));
      this.useKnown(network, at);
      return { sight: "learning" };
    }
    if (this.isChanging === undefined) {
      this.isChanging = this.networks > MOST_AT_ONCE;
      if (this.isChanging) return { sight: "changing", networks: this.networks };
    }
    if (this.isChanging) return { sight: "known" };
    return this.known.get(network) === undefined ? this.useUnknown(network, at, seq) : this.judgeKnownUse(network, at, seq);
  }

  private useKnown(network: string, at: number): void {
    this.known.set(network, true);
    this.lastKnownAt = at;
  }

  private judgeKnownUse(network: string, at: number, seq: number): Sight {
    this.useKnown(network, at);
    const day = Math.floor(at / DAY_MS);
    let found: Sight = { sight: "known" };
    for (const [name, one] of this.unknown) {
      const isBetween = one.overlapFrom !== undefined && at - one.overlapFrom <= OVERLAP_MS;
      one.overlapFrom = undefined;
      if (!isBetween || one.lastOverlapDay === day) continue;
      [one.overlapDays, one.lastOverlapDay] = [one.overlapDays + 1, day];
      if (this.isTelling(one)) found = { sight: "overlap", network: name, evidence: [...one.seqs, seq].slice(-MAX_EVIDENCE) };
    }
    return found;
  }

  private isTelling({ overlapDays }: UnknownNetwork): boolean {
    return overlapDays >= (this.hours.size >= CONSTANT_HOURS ? 1 : OVERLAP_DAYS);
  }

  private useUnknown(network: string, at: number, seq: number): Sight {
    const day = Math.floor(at / DAY_MS);
    const isFirst = this.unknown.get(network) === undefined;
    const one = this.unknown.touch(network, () => createUnknown(at, day));
    if (one.lastDay !== day) [one.days, one.lastDay] = [one.days + 1, day];
    one.seqs = [...one.seqs, seq].slice(-MAX_EVIDENCE);
    if (at - this.lastKnownAt <= OVERLAP_MS) one.overlapFrom = at;
    const [days, time] = this.isTelling(one) ? [LEAST_DAYS_IF_TOLD, LEAST_MS_IF_TOLD] : [LEAST_DAYS, LEAST_MS];
    if (one.days >= days && at - one.firstAt >= time) {
      this.unknown.delete(network);
      this.useKnown(network, at);
      return { sight: "known" };
    }
    return { sight: "unknown", network, isFirst, evidence: one.seqs };
  }
}

const createUnknown = (at: number, day: number): UnknownNetwork => ({
  firstAt: at,
  lastDay: day,
  days: 1,
  overlapDays: 0,
  lastOverlapDay: -1,
  overlapFrom: undefined,
  seqs: [],
});

interface Entry<H> {
  readonly value: H;
  at: number;
}

/** Without a use for so long, a habit gives way to a new one. */
const FORGOTTEN_MS = 180 * DAY_MS;

/**
 * Habits by name, so many at most. What is new gives way before what is established, so that nobody pushes old ones out by making many new ones.
 */
export class Habits<H extends { readonly habit: Habit }> {
  private readonly entries = new Map<string, Entry<H>>();

  constructor(private readonly most: number) {}

  get size(): number {
    return this.entries.size;
  }

  touch(name: string, at: number, create: () => H): H {
    const entry = this.entries.get(name) ?? { value: create(), at };
    entry.at = at;
    this.entries.delete(name);
    this.entries.set(name, entry);
    if (this.entries.size > this.most) this.entries.delete(this.findLeastWanted(name, at));
    return entry.value;
  }

  private findLeastWanted(newcomer: string, now: number): string {
    for (const [name, { at, value }] of this.entries)
      if (name !== newcomer && (now - at > FORGOTTEN_MS || value.habit.isLearning)) return name;
    return newcomer;
  }
}
