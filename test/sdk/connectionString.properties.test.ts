import fc from "fast-check";
import { Client } from "pg";
import postgres from "postgres";
import { connectionString } from "../../sdk/connectionString.js";
import { parseUri } from "../../cli/connection/uri.js";
import { anyText } from "../support/anyText.js";

/** Anything that Postgres can hold, with the characters that mean something somewhere far more often than chance. */
const TEXT = fc
  .array(fc.oneof(anyText(), fc.constantFrom(..."%/?#&=+:@[];'\"\\ $`{}.,!*()\n\t".split(""), "%2F", "%25", "..", "é", "☃", "𝄞")), {
    minLength: 1,
    maxLength: 12,
  })
  .map((parts) => parts.join("").replaceAll("\0", ""))
  .filter((text) => text !== "");
const LABEL = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?$/);
const PLACE = fc.record({
  host: fc.oneof(
    LABEL.map((label) => ({ host: `ep-${label}.neon.example` })),
    LABEL.map((label) => ({ host: "localhost", endpointOption: `ep-${label}` })),
  ),
  port: fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined }),
  database: TEXT,
  role: TEXT,
  password: fc.option(TEXT, { nil: undefined }),
});
interface Place {
  host: string;
  endpointOption?: string | undefined;
  port: number | undefined;
  database: string;
  role: string;
  password: string | undefined;
}
const PLACES: fc.Arbitrary<Place> = PLACE.map(({ host, ...rest }) => ({ ...host, ...rest }));
const optionOf = ({ endpointOption }: Place) => (endpointOption === undefined ? undefined : `endpoint=${endpointOption}`);

/** What pg's client keeps and its types do not tell. */
interface Held {
  connectionParameters: { options?: string };
}

describe("any names and passwords come back as they went in", () => {
  it("from the libpq form, read by libpq's rules", () => {
    fc.assert(
      fc.property(PLACES, TEXT, (place, rootCert) => {
        expect(parseUri(connectionString({ client: "psql", ...place, rootCert }))).toMatchObject({
          host: place.host,
          port: place.port,
          database: place.database,
          role: place.role,
          password: place.password,
          rootCert,
          sslMode: "verify-full",
          channelBinding: "require",
          options: optionOf(place),
        });
      }),
      { numRuns: 500 },
    );
  });

  it("from the libpq form, read by pg's own parser, but for the database, of which it decodes less", () => {
    fc.assert(
      fc.property(PLACES, (place) => {
        const found = new Client(connectionString({ client: "pgx", ...place })) as Client & Held;
        expect([found.host, found.user, found.connectionParameters.options]).toEqual([place.host, place.role, optionOf(place)]);
        if (place.password !== undefined) expect(found.password).toBe(place.password);
        expect(found.ssl).toEqual({});
      }),
      { numRuns: 500 },
    );
  });

  it("from the form of pg, as its client holds them", () => {
    fc.assert(
      fc.property(PLACES, (place) => {
        const config = connectionString({ client: "node-postgres", ...place });
        const client = new Client(config);
        expect([client.host, client.user, client.database]).toEqual([place.host, place.role, place.database]);
        if (place.password !== undefined) expect(client.password).toBe(place.password);
        if (place.port !== undefined) expect(client.port).toBe(place.port);
      }),
      { numRuns: 300 },
    );
  });

  it("from the form of postgres.js, as its client holds them", () => {
    fc.assert(
      fc.property(PLACES, (place) => {
        const { options } = postgres(connectionString({ client: "postgres.js", ...place }));
        expect([options.host, options.user, options.database]).toEqual([[place.host], place.role, place.database]);
        if (place.password !== undefined) expect(options.pass).toBe(place.password);
        expect(options.ssl).toEqual({ rejectUnauthorized: true, servername: place.host });
        expect((options.connection as { options?: string }).options).toBe(optionOf(place));
      }),
      { numRuns: 300 },
    );
  });

  it("from the JDBC form, read as java.net.URLDecoder does", () => {
    fc.assert(
      fc.property(PLACES, (place) => {
        const [, authority, database, query] =
          /^jdbc:postgresql:\/\/([^/]*)\/([^?]*)\?(.*)$/.exec(connectionString({ client: "jdbc", ...place })) ?? [];
        expect(authority).toBe(place.host + (place.port === undefined ? "" : `:${place.port}`));
        expect(urlDecoder(database ?? "")).toBe(place.database);
        const words = new Map((query ?? "").split("&").map((pair) => pair.split("=").map(urlDecoder) as [string, string]));
        expect([words.get("user"), words.get("password"), words.get("options"), words.get("sslmode")]).toEqual([
          place.role,
          place.password,
          optionOf(place),
          "verify-full",
        ]);
      }),
      { numRuns: 300 },
    );
  });

  it("from the form of Npgsql, read by the rules of DbConnectionStringBuilder", () => {
    fc.assert(
      fc.property(PLACES, (place) => {
        const words = new Map(
          [...connectionString({ client: "npgsql", ...place }).matchAll(/([^=;]+)=(?:"((?:[^"]|"")*)"|([^;]*))(?:;|$)/g)].map(
            ([, name, quoted, plain]) => [name, quoted?.replaceAll('""', '"') ?? plain],
          ),
        );
        expect([words.get("Database"), words.get("Username"), words.get("Password"), words.get("SSL Mode")]).toEqual([
          place.database,
          place.role,
          place.password,
          "VerifyFull",
        ]);
        expect(words.size).toBeLessThanOrEqual(9);
      }),
      { numRuns: 300 },
    );
  });
});

const urlDecoder = (text: string) => decodeURIComponent(text.replaceAll("+", " "));

it("a string is safe between single quotes of a shell", () => {
  fc.assert(
    fc.property(PLACES, (place) => {
      for (const client of ["psql", "sqlalchemy", "jdbc", "sqlx", "tokio-postgres"] as const)
        expect(connectionString({ client, ...place })).toMatch(/^[\w\-.~:/@?&=%+]+$/);
    }),
  );
});
