/** Twice what Postgres keeps of a name. */
const MAX_NAME_LENGTH = 126;

/** A name that an unauthenticated client has sent, at a length that is fit for a log. */
export const truncateName = (name: string): string => (name.length > MAX_NAME_LENGTH ? `${name.slice(0, MAX_NAME_LENGTH)}…` : name);
