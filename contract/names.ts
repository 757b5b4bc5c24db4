/** Databases that no tenant makes, owns or takes the name of: Postgres' own, the pooler's console, and the plane's memory. */
const RESERVED_DATABASES: readonly string[] = ["palisade", "pgbouncer", "postgres", "template0", "template1"];

/** Postgres tells names apart by case; the API reserves each spelling. */
export const isReservedDatabase = (name: string): boolean => RESERVED_DATABASES.includes(name.toLowerCase());

/** Reserved by Postgres, by Neon and by the plane, any spelling. `s`: a line break must not hide a prefix. */
const RESERVED_ROLES = /^(pg.*|neon_superuser|cloud_admin|zenith_admin|palisade|palisade_.*|public|none)$/is;

export const isReservedRole = (name: string): boolean => RESERVED_ROLES.test(name);

/** Control characters: Postgres takes some of them, and none belongs into a startup packet, a log or a command. */
export const hasControlCharacter = (name: string): boolean => /\p{Cc}/u.test(name);

/** As SQL, pg_ident.conf and pgbouncer's list of users take any name. */
export const quoteIdentifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;
