import type { Account } from "../../contract/account.js";
import { PalisadeError } from "../../contract/errors.js";
import { AuditEventsPage, AuditHead, type AuditRow } from "../../contract/wire/audit.js";
import type { z } from "zod";
import { RateLimiter } from "../../provider/client/rateLimiter.js";
import { createTransport } from "../../provider/client/transport.js";
import { createSession } from "../../provider/sessions.js";
import { isNeon } from "../planeStatus.js";

/** In the place of an organisation: the plane's own stream. */
export const PLANE_STREAM = "plane";

/** Which rows are asked for; all of it must hold. Instants are RFC 3339. */
export interface RowFilter {
  readonly type?: string;
  /** Id of a key's owner, alone or as `user/…`, id of a key, or a role. */
  readonly actor?: string;
  readonly branch?: string;
  readonly since?: string;
  readonly until?: string;
}

/** `examined`: the place of the last row that was looked at, whether or not it was asked for. */
export interface RowPage {
  readonly rows: readonly AuditRow[];
  readonly examined: number;
}

/** The rows of one stream of an embedded plane. */
export class AuditApi {
  private readonly call: typeof fetch;

  private constructor(
    private readonly account: Account,
    readonly orgId: string | null,
  ) {
    this.call = createTransport({ apiKey: account.apiKey, limiter: new RateLimiter() });
  }

  /**
   * @param org an organisation, or {@link PLANE_STREAM}; the configured one, else the only one of the key, when left out
   * @throws PAL_NOT_A_PLANE: Neon's API has no audit rows
   */
  static async open(account: Account, org: string | undefined): Promise<AuditApi> {
    if (isNeon(account)) throw createNotAPlaneError(account);
    if (org === PLANE_STREAM) return new AuditApi(account, null);
    const session = createSession({ ...account, orgId: org ?? account.orgId }, undefined, new AbortController().signal);
    return new AuditApi(account, (await session.getOrigin()).accountId);
  }

  readHead(): Promise<AuditHead> {
    return this.ask(AuditHead, "head", {});
  }

  /** In the order of the chain, page by page; a page may be empty. */
  async *readPages(after: number, { type, actor, branch, since, until }: RowFilter = {}): AsyncGenerator<RowPage> {
    const filter = { type, actor, branch_id: branch, since, until };
    for (let cursor: string | undefined; ;) {
      const { events, pagination } = await this.ask(AuditEventsPage, "events", { ...filter, after: String(after), cursor });
      yield { rows: events, examined: pagination.examined };
      cursor = pagination.next;
      if (cursor === undefined) return;
    }
  }

  private async ask<T extends z.ZodType>(shape: T, what: string, query: Record<string, string | undefined>): Promise<z.output<T>> {
    const given = Object.entries({ ...query, org_id: this.orgId ?? undefined }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    );
    const path = this.orgId === null ? "plane_audit" : "audit";
    const url = `${this.account.apiUrl}/x-palisade/${path}/${what}?${new URLSearchParams(given).toString()}`;
    const answer = await this.call(new Request(url));
    const read = shape.safeParse(await answer.json());
    if (!read.success) throw createNotAPlaneError(this.account);
    return read.data;
  }
}

const createNotAPlaneError = ({ apiUrl }: Account) => new PalisadeError("PAL_NOT_A_PLANE", `${apiUrl}: Neon's API has no audit rows`);
