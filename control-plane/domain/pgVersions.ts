/** Major versions of Postgres that a project may ask for. */
export interface PgVersions {
  readonly offered: readonly number[];
  readonly default: number;
}

/** Of Neon (comments of @neon/sdk 6.1.2): for a plane whose computes are records. */
export const NEON_PG_VERSIONS: PgVersions = { offered: [14, 15, 16, 17, 18], default: 17 };

/** What runs is what is offered. */
export const getPgVersions = (postgres: { readonly major: number } | undefined): PgVersions =>
  postgres ? { offered: [postgres.major], default: postgres.major } : NEON_PG_VERSIONS;
