import * as pulumi from "@pulumi/pulumi";
import { CONNECTION_CLIENTS, type ConnectionClient } from "../../contract/connection.js";
import * as neon from "../../sdk/index.js";

const CLIENTS = Object.keys(CONNECTION_CLIENTS) as ConnectionClient[];
const READS_NO_FILE: readonly ConnectionClient[] = ["node-postgres", "postgres.js"];
const PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
const PLACE = { host: "ep-cool-1.db.localhost", port: 4432, database: "shop", role: "app", password: "s3cret/+&" };
const PASSWORD = "s3cret%2F%2B%26";

/** How each client is told to check everything, with a root of its own and with the system's. */
const FORMS: { readonly [C in ConnectionClient]: [own: unknown, system: unknown] } = {
  psql: uris(`postgresql://app:${PASSWORD}@`, "sslmode=verify-full&sslrootcert=%2Fr.crt&channel_binding=require", [
    "sslrootcert=%2Fr.crt",
    "sslrootcert=system",
  ]),
  libpq: uris(`postgresql://app:${PASSWORD}@`, "sslmode=verify-full&sslrootcert=%2Fr.crt&channel_binding=require", [
    "sslrootcert=%2Fr.crt",
    "sslrootcert=system",
  ]),
  psycopg: uris(`postgresql://app:${PASSWORD}@`, "sslmode=verify-full&sslrootcert=%2Fr.crt&channel_binding=require", [
    "sslrootcert=%2Fr.crt",
    "sslrootcert=system",
  ]),
  sqlalchemy: uris(`postgresql+psycopg://app:${PASSWORD}@`, "sslmode=verify-full&sslrootcert=%2Fr.crt&channel_binding=require", [
    "sslrootcert=%2Fr.crt",
    "sslrootcert=system",
  ]),
  jdbc: uris("jdbc:postgresql://", `user=app&password=${PASSWORD}&sslmode=verify-full&sslrootcert=%2Fr.crt&channelBinding=require`, [
    "sslrootcert=%2Fr.crt",
    "sslfactory=org.postgresql.ssl.DefaultJavaSSLFactory",
  ]),
  npgsql: [
    'Host=ep-cool-1.db.localhost;Port=4432;Database=shop;Username=app;Password="s3cret/+&";SSL Mode=VerifyFull;Root Certificate=/r.crt;Channel Binding=Require',
    'Host=ep-cool-1.db.localhost;Port=4432;Database=shop;Username=app;Password="s3cret/+&";SSL Mode=VerifyFull;Channel Binding=Require',
  ],
  pgx: uris(`postgresql://app:${PASSWORD}@`, "sslmode=verify-full&sslrootcert=%2Fr.crt&channel_binding=require", [
    "&sslrootcert=%2Fr.crt",
    "",
  ]),
  "lib/pq": uris(`postgresql://app:${PASSWORD}@`, "sslmode=verify-full&sslrootcert=%2Fr.crt", ["&sslrootcert=%2Fr.crt", ""]),
  sqlx: uris(`postgresql://app:${PASSWORD}@`, "sslmode=verify-full&sslrootcert=%2Fr.crt", ["&sslrootcert=%2Fr.crt", ""]),
  "tokio-postgres": uris(`postgresql://app:${PASSWORD}@`, "sslmode=require&channel_binding=require", ["", ""]),
  prisma: uris(`postgresql://app:${PASSWORD}@`, "sslmode=require&sslaccept=strict&sslcert=%2Fr.crt&channel_binding=require", [
    "&sslcert=%2Fr.crt",
    "",
  ]),
  "node-postgres": [
    { ...node("user"), ssl: { rejectUnauthorized: true, ca: PEM }, enableChannelBinding: true },
    { ...node("user"), ssl: { rejectUnauthorized: true }, enableChannelBinding: true },
  ],
  "postgres.js": [
    { ...node("username"), ssl: { rejectUnauthorized: true, servername: PLACE.host, ca: PEM } },
    { ...node("username"), ssl: { rejectUnauthorized: true, servername: PLACE.host } },
  ],
};

function uris(start: string, query: string, [own, system]: [string, string]): [string, string] {
  const text = (words: string) => `${start}ep-cool-1.db.localhost:4432/shop?${words}`;
  return [text(query), text(query.replace(own, system))];
}

function node(user: string) {
  return { host: PLACE.host, port: 4432, [user]: "app", database: "shop", password: PLACE.password };
}

describe.each(CLIENTS)("for %s", (client) => {
  const rootCert = READS_NO_FILE.includes(client) ? PEM : "/r.crt";
  const text = (args: Partial<neon.ConnectionArgs>) => JSON.stringify(neon.connectionString({ client, ...PLACE, rootCert, ...args }));

  it("checks chain and name, with a root of its own and with the system's", () => {
    expect(neon.connectionString({ client, ...PLACE, rootCert })).toEqual(FORMS[client][0]);
    expect(neon.connectionString({ client, ...PLACE })).toEqual(FORMS[client][1]);
    expect(neon.connectionString({ client, ...PLACE, rootCert: "system" })).toEqual(FORMS[client][1]);
  });

  it("has no weaker form whatever is left out", () => {
    const bare = JSON.stringify(neon.connectionString({ client, host: PLACE.host, database: "d", role: "r", channelBinding: false }));
    const strict = client === "tokio-postgres" ? /sslmode=require/ : /verify-full|VerifyFull|sslaccept=strict|"rejectUnauthorized":true/;
    expect(bare).toMatch(strict);
    expect(bare).not.toMatch(/password|4432|5432/i);
  });

  it("names the compute by the host, or in options on another host; pooled in either way", () => {
    expect(text({ pooled: true })).toContain("ep-cool-1-pooler.db.localhost");
    expect(text({ host: "ep-cool-1-pooler.db.localhost", pooled: true })).not.toContain("-pooler-pooler");
    const other = { host: "localhost", endpointOption: "ep-cool-1" };
    expect(text(other)).toMatch(/endpoint(=|%3D)ep-cool-1(?!-)/);
    expect(text({ ...other, pooled: true })).toMatch(/endpoint(=|%3D)ep-cool-1-pooler/);
    expect(text({})).not.toMatch(/options/i);
  });

  it("leaves channel binding out when told to", () => {
    expect(text({ channelBinding: false })).not.toMatch(/channel.?binding(=|":true)/i);
  });

  it("takes the root in the one way it can use", () => {
    const other = READS_NO_FILE.includes(client) ? "/r.crt" : PEM;
    expect(() => text({ rootCert: other })).toThrow(/rootCert must be the (text|path) of a PEM file.*PAL_CONNECTION/);
  });
});

describe("what cannot be", () => {
  it.each([
    [{ client: "node-postgre" }, 'no client "node-postgre"; did you mean "node-postgres"?'],
    [{ client: "constructor" }, 'no client "constructor"'],
    [{ host: "" }, "host must be a host name"],
    [{ host: "127.0.0.1" }, "host must be a host name"],
    [{ host: "::1" }, "host must be a host name"],
    [{ host: "a,b" }, "host must be a host name"],
    [{ host: "evil.example/x?sslmode=disable&y=" }, "host must be a host name"],
    [{ host: "u@evil.example" }, "host must be a host name"],
    [{ host: "ep-1;SSL Mode=Disable" }, "host must be a host name"],
    [{ host: `${"a".repeat(64)}.example` }, "host must be a host name"],
    [{ port: 0 }, "port must be from 1 to 65535"],
    [{ port: 1.5 }, "port must be from 1 to 65535"],
    [{ database: "" }, "database is empty"],
    [{ role: "" }, "role is empty"],
    [{ password: "" }, "password is empty"],
    [{ role: "a\0b" }, "role holds what Postgres cannot take"],
    [{ database: "half \ud800" }, "database holds what Postgres cannot take"],
    [{ rootCert: "" }, "rootCert is empty"],
    [{ endpointOption: "shop -c x=y" }, "endpointOption must be the id of a compute"],
    [{ endpointOption: "ep-other-2" }, "another compute"],
    [{ host: "localhost", pooled: true }, "pooled needs a host that names the compute"],
    [{ client: "prisma", database: "a b" }, "Prisma's engines do not decode"],
  ])("%j is refused with a reason", (args, reason) => {
    const call = () => neon.connectionString({ client: "psql", ...PLACE, ...args } as neon.ConnectionArgs);
    expect(call).toThrow(reason);
    expect(call).toThrow("[PAL_CONNECTION]");
  });

  it("never shows the password", () => {
    expect(() => neon.connectionString({ client: "psql", ...PLACE, password: "planted\0planted" })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining("planted") as string }) as Error,
    );
  });
});

it("works over outputs and stays secret with them", async () => {
  await pulumi.runtime.setMocks({ newResource: () => ({ id: "", state: {} }), call: () => ({}) });
  const string = pulumi
    .all([pulumi.output(PLACE.host), pulumi.secret(PLACE.password)])
    .apply(([host, password]) => neon.connectionString({ client: "psql", ...PLACE, host, password }));
  expect(await pulumi.isSecret(string)).toBe(true);
  expect(await new Promise((done) => pulumi.unsecret(string).apply(done))).toContain(`app:${PASSWORD}@ep-cool-1.db.localhost:4432`);
});
