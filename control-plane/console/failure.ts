/** A request that the console does not answer with a page of its content. */
export class ConsoleFailure extends Error {
  constructor(
    readonly status: number,
    /** Of the page. */
    readonly title: string,
    /** What to do about it. */
    sentence: string,
    readonly retryAfterSeconds?: number,
  ) {
    super(sentence);
  }
}

export const createNotFound = (): ConsoleFailure =>
  new ConsoleFailure(404, "Not found", "There is no such page, or this key does not see it. Go back to the overview.");

/** @param name of the parameter */
export const createBadParameter = (name: string): ConsoleFailure =>
  new ConsoleFailure(
    400,
    "Bad address",
    `The parameter ${name} in the address of this page is none that the console makes. Go back to the overview.`,
  );
