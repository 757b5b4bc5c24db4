import { PalisadeError } from "../../contract/errors.js";
import type { Properties } from "./define.js";
import { assertSupportedSchemaVersion } from "./schemaVersion.js";

/** Where a resource lives: which control API, and which organisation of it. Recorded with every resource. */
export interface Origin {
  /** Host and port of the API: `console.neon.tech`. */
  host: string;
  /** The organisation's id. */
  accountId: string;
}

/** One account, ready to be called. */
export interface Session<Ctx> {
  /** For work on one object: what it says is so now. */
  readonly ctx: Ctx;
  /** For looking at many objects that are to be changed: lists of this run, kept true by what it writes. */
  readonly updateCtx: Ctx;
  /** For refreshing many objects: one list may answer for all of them. */
  readonly refreshCtx: Ctx;
  /** For what earlier runs have left: as it was when this run first looked. */
  readonly initialCtx: Ctx;
  /** A deletion: returns when it is answered, and the last of those under way when it is known how all of them have ended. */
  runRemoval(remove: () => Promise<void>): Promise<void>;
  /** `palisade:stackId`, where configured. */
  readonly stackId: string | undefined;
  /** Host and port of the API, and the account where the configuration names it. */
  readonly configured: { host: string; accountId?: string | undefined };
  /** Asks the API once per process; throws when the key or the organisation is not right. */
  getOrigin(): Promise<Origin>;
}

/** Gives the session of an account by name; undefined = the main one. Awaits the configuration, which may arrive after the first call. */
export type Sessions<Ctx> = (account: string | undefined) => Promise<Session<Ctx>>;

/** The session in which a recorded resource may be read or changed. @throws PAL_ORIGIN when it lives elsewhere, PAL_STATE_NEWER */
export async function openSession<Ctx>(
  sessions: Sessions<Ctx>,
  recorded: Properties,
  account: unknown = recorded["account"],
): Promise<{ session: Session<Ctx>; origin: Origin }> {
  assertSupportedSchemaVersion(recorded);
  const session = await sessions(account as string | undefined);
  const origin = await session.getOrigin();
  assertOrigin(recorded["origin"] as Origin | undefined, origin);
  return { session, origin };
}

/**
 * The same, where the object is looked at anyway: one that names the recorded account itself lives there, and the API need not be asked.
 * @param look sees the object; what it sees, and that it does not, counts only when the origin is proved
 */
export async function openSessionAndObserve<Ctx, Seen extends { accountId?: string | undefined }>(
  sessions: Sessions<Ctx>,
  recorded: Properties,
  account: unknown,
  look: (session: Session<Ctx>) => Promise<Seen | undefined>,
): Promise<{ session: Session<Ctx>; origin: Origin; live: Seen | undefined }> {
  assertSupportedSchemaVersion(recorded);
  const session = await sessions(account as string | undefined);
  const pinned = recorded["origin"] as Origin | undefined;
  const { host, accountId = pinned?.accountId } = session.configured;
  if (pinned && accountId !== undefined) assertOrigin(pinned, { host, accountId });
  const seen = await look(session).then(
    (live) => ({ live }),
    (failure: unknown) => ({ failure }),
  );
  const isProved = pinned !== undefined && "live" in seen && seen.live?.accountId === pinned.accountId;
  const origin = isProved ? pinned : await session.getOrigin();
  assertOrigin(pinned, origin);
  if ("failure" in seen) throw seen.failure;
  return { session, origin, live: seen.live };
}

function assertOrigin(recorded: Origin | undefined, origin: Origin): void {
  if (recorded && (recorded.host !== origin.host || recorded.accountId !== origin.accountId))
    throw new PalisadeError(
      "PAL_ORIGIN",
      `it was made at ${recorded.host} in ${recorded.accountId}, the configuration says ${origin.host} and ${origin.accountId}`,
    );
}
