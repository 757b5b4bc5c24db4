import { PalisadeError } from "../../contract/errors.js";
import type { Bag } from "./define.js";
import { mustBeKnown } from "./version.js";

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
  /** For refreshing many objects: one list may answer for all of them. */
  readonly reading: Ctx;
  /** For what earlier runs have left: as it was when this run first looked. */
  readonly before: Ctx;
  /** `palisade:stackId`, where configured. */
  readonly stackId: string | undefined;
  /** Asks the API once per process; throws when the key or the organisation is not right. */
  origin(): Promise<Origin>;
}

/** Gives the session of an account by name; undefined = the main one. Awaits the configuration, which may arrive after the first call. */
export type Sessions<Ctx> = (account: string | undefined) => Promise<Session<Ctx>>;

/** The session in which a recorded resource may be read or changed. @throws PAL_ORIGIN when it lives elsewhere, PAL_STATE_NEWER */
export async function sessionOf<Ctx>(
  sessions: Sessions<Ctx>,
  recorded: Bag,
  account: unknown = recorded["account"],
): Promise<{ session: Session<Ctx>; origin: Origin }> {
  mustBeKnown(recorded);
  const session = await sessions(account as string | undefined);
  const origin = await session.origin();
  const was = recorded["origin"] as Origin | undefined;
  if (was && (was.host !== origin.host || was.accountId !== origin.accountId))
    throw new PalisadeError(
      "PAL_ORIGIN",
      `it was made at ${was.host} in ${was.accountId}, the configuration says ${origin.host} and ${origin.accountId}`,
    );
  return { session, origin };
}
