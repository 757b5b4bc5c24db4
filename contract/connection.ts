/** The clients whose way of asking for verify-full is known, and what each is given. */
export const CONNECTION_CLIENTS = {
  psql: "URI for psql, pg_dump and the other tools of Postgres",
  libpq: "the same URI, for any program on libpq",
  psycopg: "the same URI, for psycopg 3 (psycopg.connect)",
  sqlalchemy: "URL for SQLAlchemy with psycopg 3 (create_engine)",
  jdbc: "URL for the JDBC driver (DriverManager.getConnection)",
  npgsql: "connection string for Npgsql 8 or newer (.NET)",
  pgx: "URI for pgx 5.9 or newer (Go)",
  "lib/pq": "URI for lib/pq (Go)",
  sqlx: "URL for sqlx (Rust)",
  "tokio-postgres":
    "URI for tokio-postgres (Rust), whose TLS connector checks the certificate and takes the root; with tokio-postgres-rustls 0.13 write channel_binding=prefer",
  prisma: "DATABASE_URL for Prisma's own engines; its adapter for pg takes the form of node-postgres",
  "node-postgres": "configuration object for pg (Node.js)",
  "postgres.js": "options object for postgres (Node.js)",
} as const;

export type ConnectionClient = keyof typeof CONNECTION_CLIENTS;

/** libpq's word for "the store of the machine that connects". */
export const SYSTEM_STORE = "system";
