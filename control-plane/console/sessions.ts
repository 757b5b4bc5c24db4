import { randomBytes } from "node:crypto";
import { type Actor, findOwnerNow, formatOwner } from "../api/actor.js";
import type { Clock } from "../clock.js";
import { hashKey } from "../idGenerator.js";
import type { Store } from "../store/store.js";

/** 256 bits. */
const TOKEN_BYTES = 32;
/** Without a page that a person has opened; what a page fetches by itself does not count. Milliseconds. */
export const IDLE_MS = 30 * 60_000;
/** Whatever is done in it; milliseconds. */
export const LIFETIME_MS = 8 * 60 * 60_000;
/** Of one owner of keys: one more ends the one that was begun first. */
export const MAX_SESSIONS_PER_OWNER = 20;
/** Of all owners: one more ends the first of whoever has most. */
export const MAX_SESSIONS = 1_000;
/** Pages of one session whose state is remembered; more are made anew each time. */
const MAX_VIEWS = 16;
/** No address that the console makes is longer. */
const MAX_URL_LENGTH = 1_024;

interface Session {
  readonly keyId: number;
  /** SHA-256 of the key, hexadecimal: another key under the same number is not this one. */
  readonly keyHash: string;
  /** Of the key. A key of a project does not count with its organisation's: it would end the sessions of who administers it. */
  readonly owner: string;
  readonly startedMs: number;
  usedMs: number;
  /** What was last shown, by address of the page. */
  readonly views: Map<string, View>;
}

/** A page as it was shown: it need not be made again while nothing has changed. */
interface View {
  /** See `Console.state`. */
  readonly state: string;
  readonly etag: string;
}

/** One session as a request finds it. */
export interface FoundSession {
  /** Who is signed in, as of now; undefined once the session has ended. */
  findActor: () => Actor | undefined;
  readonly owner: string;
  /** The ETag of a page that was shown in the same state. */
  findView: (url: string, state: string) => string | undefined;
  rememberView: (url: string, view: View) => void;
}

/** Who is signed in, in memory alone and by the hash of what the browser has: a restart of the plane ends them all. */
export class Sessions {
  /** By SHA-256 of the token, the one begun first in front. */
  private readonly sessions = new Map<string, Session>();

  constructor(
    private readonly store: Store,
    private readonly clock: Pick<Clock, "now">,
  ) {
    // A key that is revoked leaves nothing behind; whether it may still be used is looked up at each request besides.
    store.watch((kind, id) => {
      if (kind === "api_key") this.endRevoked(id);
    });
  }

  /** @returns what the browser is given: nothing else leads back to the session */
  start(actor: Actor, key: string): string {
    this.dropEnded();
    const owner = formatOwner(actor);
    this.makeRoom(owner);
    const token = randomBytes(TOKEN_BYTES).toString("base64url");
    const now = this.clock.now();
    this.sessions.set(hashKey(token), {
      keyId: actor.key.id,
      keyHash: hashKey(key),
      owner,
      startedMs: now,
      usedMs: now,
      views: new Map(),
    });
    return token;
  }

  /** @param isByPerson whether somebody has opened a page, so that the session is not idle */
  find(token: string, isByPerson: boolean): FoundSession | undefined {
    const id = hashKey(token);
    const session = this.sessions.get(id);
    if (session === undefined || this.hasEnded(session) || this.findOwner(session) === undefined) {
      this.sessions.delete(id);
      return undefined;
    }
    if (isByPerson) session.usedMs = this.clock.now();
    const { views, owner } = session;
    return {
      findActor: () => (this.sessions.has(id) ? this.findOwner(session) : undefined),
      owner,
      findView: (url, state) => (views.get(url)?.state === state ? views.get(url)?.etag : undefined),
      rememberView: (url, view) => {
        if (url.length > MAX_URL_LENGTH) return;
        views.delete(url);
        views.set(url, view);
        const [oldest] = views.keys();
        if (views.size > MAX_VIEWS && oldest !== undefined) views.delete(oldest);
      },
    };
  }

  end(token: string): void {
    this.sessions.delete(hashKey(token));
  }

  get size(): number {
    return this.sessions.size;
  }

  private findOwner({ keyId, keyHash }: Session): Actor | undefined {
    return this.store.transact((tx) => findOwnerNow(tx, keyId, keyHash));
  }

  private hasEnded({ startedMs, usedMs }: Session): boolean {
    const now = this.clock.now();
    return now - startedMs >= LIFETIME_MS || now - usedMs >= IDLE_MS;
  }

  private makeRoom(owner: string): void {
    const counts = new Map<string, number>();
    for (const session of this.sessions.values()) counts.set(session.owner, (counts.get(session.owner) ?? 0) + 1);
    const isFull = (counts.get(owner) ?? 0) >= MAX_SESSIONS_PER_OWNER;
    if (!isFull && this.sessions.size < MAX_SESSIONS) return;
    const [most] = [...counts].reduce((one, other) => (other[1] > one[1] ? other : one));
    const crowded = isFull ? owner : most;
    const [first] = [...this.sessions].find(([, session]) => session.owner === crowded) ?? [];
    if (first !== undefined) this.sessions.delete(first);
  }

  private dropEnded(): void {
    for (const [id, session] of this.sessions) if (this.hasEnded(session)) this.sessions.delete(id);
  }

  private endRevoked(keyId: string): void {
    for (const [id, session] of this.sessions)
      if (String(session.keyId) === keyId && this.findOwner(session) === undefined) this.sessions.delete(id);
  }
}
