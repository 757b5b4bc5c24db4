/** How fast a bucket refills, in units per second, and how many it holds. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

export interface Limits {
  /** Until the startup packet is read; milliseconds. */
  readonly handshakeMs: number;
  /** From the request for a password to its proof; milliseconds. */
  readonly authenticationMs: number;
  /** From the proof to the first ReadyForQuery, cold start included; milliseconds. */
  readonly computeMs: number;
  /** Within that, how long a login waits for what the API was asked to do with the compute or its branch; milliseconds. */
  readonly settleMs: number;
  /** How long open sessions may go on when the proxy stops; milliseconds. */
  readonly drainMs: number;
  /** Connections to one compute that passed its rules. */
  readonly connections: Rate;
  /** Cancel requests from one source (/24, /64). */
  readonly cancels: Rate;
  /** Wrong passwords from one source (/24, /64) at one project: when they are used up, it is refused before it can try another. */
  readonly wrongPasswords: Rate;
}

/** Deadlines of handshake and authentication, and the rates of connections and cancels, are those of Neon's proxy. */
export const LIMITS: Limits = {
  handshakeMs: 15_000,
  authenticationMs: 15_000,
  computeMs: 60_000,
  // Neon's proxy asks for a compute again for some seconds; a copy takes longer where files cannot share their blocks.
  settleMs: 30_000,
  drainMs: 5_000,
  connections: { perSecond: 600, burst: 1_500 },
  cancels: { perSecond: 600, burst: 1_500 },
  wrongPasswords: { perSecond: 1, burst: 60 },
};

/** One leaky bucket for each key. Keeps no more keys than `MAX_KEYS`: the one untouched for longest is forgotten, hence full again. */
export class LeakyBuckets {
  private readonly buckets = new Map<string, { level: number; at: number }>();

  constructor(
    private readonly rate: Rate,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Whether there is one unit left, without taking it. */
  has(key: string): boolean {
    return this.computeLevel(key) >= 1;
  }

  /** Takes one unit; false when there is none. */
  take(key: string): boolean {
    const level = this.computeLevel(key);
    this.buckets.delete(key);
    this.buckets.set(key, { level: level >= 1 ? level - 1 : level, at: this.now() });
    const [oldest] = this.buckets.keys();
    if (this.buckets.size > MAX_KEYS && oldest !== undefined) this.buckets.delete(oldest);
    return level >= 1;
  }

  get size(): number {
    return this.buckets.size;
  }

  private computeLevel(key: string): number {
    const bucket = this.buckets.get(key);
    if (bucket === undefined) return this.rate.burst;
    return Math.min(this.rate.burst, bucket.level + ((this.now() - bucket.at) / 1_000) * this.rate.perSecond);
  }
}

export const MAX_KEYS = 10_000;
