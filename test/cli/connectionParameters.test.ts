import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { toConnectionTarget } from "../../cli/connection/uriTarget.js";
import { parseUri } from "../../cli/connection/uri.js";
import { CONNECTION_CLIENTS, type ConnectionClient } from "../../contract/connection.js";
import { LIBPQ_PARAMETERS, SECRET_PARAMETERS } from "../../contract/connectionParameters.js";
import { connectionString } from "../../sdk/connectionString.js";

/** What a given URI asks for reaches every client in its own words, or is named. */

const MAIN = resolve(__dirname, "../../dist/cli/main.js");
const CLIENTS = Object.keys(CONNECTION_CLIENTS) as ConnectionClient[];
const URI = "postgresql://app:pw@ep-cool-fox-a1b2c3d4.eu-central-1.aws.neon.tech/shop?sslmode=require";

/** A value of each parameter that is unlike everything else in a string. */
const VALUES: Partial<Record<(typeof LIBPQ_PARAMETERS)[number], string>> = {
  connect_timeout: "17",
  keepalives: "1",
  keepalives_idle: "71",
  keepalives_interval: "72",
  keepalives_count: "73",
  hostaddr: "192.0.2.77",
  target_session_attrs: "read-write",
  gssencmode: "disable",
  sslnegotiation: "direct",
  options: "-c search_path=billing",
};
const valueOf = (name: (typeof LIBPQ_PARAMETERS)[number]) => VALUES[name] ?? `v_${name}`;
const asked = (name: string, value: string) => `${URI}&${name}=${encodeURIComponent(value)}`;

function converted(client: ConnectionClient, uri: string) {
  const { unsupported: unsaid = [], hidden = [], ...place } = toConnectionTarget(parseUri(uri), client, true);
  const form = connectionString({ client, ...place, rootCert: undefined });
  return { unsaid, hidden, text: typeof form === "string" ? form : JSON.stringify(form) };
}

const ALL = [...LIBPQ_PARAMETERS].sort();
/** What each client is told, in its words, with the values above. */
const TOLD: Record<ConnectionClient, readonly string[] | "everything"> = {
  psql: "everything",
  libpq: "everything",
  psycopg: "everything",
  sqlalchemy: "everything",
  jdbc: [
    ...["ApplicationName=v_application_name", "connectTimeout=17", "gssEncMode=disable", "tcpKeepAlive=true"],
    ...["kerberosServerName=v_krbsrvname", "options=-c%20search_path%3Dbilling", "replication=v_replication"],
  ],
  npgsql: [
    ...["Application Name=v_application_name", "Client Encoding=v_client_encoding", "Timeout=17", "Tcp Keepalive=true"],
    ...["Kerberos Service Name=v_krbsrvname", 'Options="-c search_path=billing"', "Passfile=v_passfile"],
    ...["SSL Certificate=v_sslcert", "SSL Key=v_sslkey", "SSL Password=v_sslpassword", "Target Session Attributes=read-write"],
  ],
  pgx: [
    ...["application_name=v_application_name", "client_encoding=v_client_encoding", "connect_timeout=17", "krbsrvname=v_krbsrvname"],
    ...["options=-c%20search_path%3Dbilling", "passfile=v_passfile", "replication=v_replication", "service=v_service"],
    ...["sslcert=v_sslcert", "sslkey=v_sslkey", "sslnegotiation=direct", "sslpassword=v_sslpassword", "sslsni=v_sslsni"],
    "target_session_attrs=read-write",
  ],
  "lib/pq": [
    ...["application_name=v_application_name", "client_encoding=v_client_encoding", "connect_timeout=17"],
    ...["fallback_application_name=v_fallback_application_name", "krbsrvname=v_krbsrvname", "options=-c%20search_path%3Dbilling"],
    ...["passfile=v_passfile", "sslcert=v_sslcert", "sslkey=v_sslkey", "sslsni=v_sslsni"],
  ],
  sqlx: ["application_name=v_application_name", "options=-c%20search_path%3Dbilling", "sslcert=v_sslcert", "sslkey=v_sslkey"],
  "tokio-postgres": [
    ...["application_name=v_application_name", "connect_timeout=17", "hostaddr=192.0.2.77", "keepalives=1", "keepalives_idle=71"],
    ...["keepalives_interval=72", "keepalives_retries=73", "load_balance_hosts=v_load_balance_hosts"],
    ...["options=-c%20search_path%3Dbilling", "target_session_attrs=read-write"],
  ],
  prisma: ["application_name=v_application_name", "connect_timeout=17", "options=-c%20search_path%3Dbilling"],
  "node-postgres": [
    ...['"application_name":"v_application_name"', '"client_encoding":"v_client_encoding"', '"connectionTimeoutMillis":17000'],
    ...['"fallback_application_name":"v_fallback_application_name"', '"keepAlive":true', '"keepAliveInitialDelayMillis":71000'],
    ...['"options":"-c search_path=billing"', '"replication":"v_replication"', '"sslnegotiation":"direct"'],
  ],
  "postgres.js": [
    ...['"connection":{"application_name":"v_application_name"}', '"connection":{"options":"-c search_path=billing"}'],
    ...['"connect_timeout":17', '"keep_alive":71', '"sslnegotiation":"direct"', '"target_session_attrs":"read-write"'],
  ],
};

describe.each(CLIENTS)("%s", (client) => {
  const cells = LIBPQ_PARAMETERS.map((name) => ({ name, ...converted(client, asked(name, valueOf(name))) }));
  const plain = converted(client, URI);

  it("is told each parameter of libpq, or the parameter is named", () => {
    for (const { name, unsaid, text } of cells)
      if (unsaid.includes(name)) expect({ name, text }).toEqual({ name, text: plain.text });
      else expect({ name, told: text !== plain.text }).toEqual({ name, told: true });
  });

  it("is told it in its own words", () => {
    const said = cells.filter(({ unsaid, name }) => !unsaid.includes(name));
    const told = TOLD[client];
    if (told === "everything") {
      expect(said.map(({ name }) => name).sort()).toEqual(ALL);
      for (const { name, text } of said) {
        const uri = text.replace("postgresql+psycopg", "postgresql");
        expect(parseUri(uri).parameters).toEqual({ [name]: valueOf(name) });
      }
      return;
    }
    expect(said).toHaveLength(told.length);
    for (const words of told) expect(said.filter(({ text }) => text.includes(words))).toHaveLength(1);
  });

  it("has a name for what it cannot be told of a value, too", () => {
    const { unsaid } = converted(client, asked("target_session_attrs", "of-tomorrow"));
    const takesAny = ["psql", "libpq", "psycopg", "sqlalchemy", "npgsql", "pgx"].includes(client);
    expect(unsaid).toEqual(takesAny ? [] : ["target_session_attrs"]);
  });

  it("is told of no parameter that is none of libpq's", () => {
    expect(converted(client, asked("schema", "billing"))).toEqual({ ...plain, unsaid: ["schema"] });
  });

  it("keeps the compute in the options beside the rest", () => {
    const { text } = converted(client, `postgresql://app@localhost/shop?options=${encodeURIComponent("endpoint=ep-a-1 -c search_path=b")}`);
    expect(decodeURIComponent(text)).toContain("endpoint=ep-a-1 -c search_path=b");
  });
});

it("a secret parameter is shown only where secrets are asked for, and named", () => {
  const uri = SECRET_PARAMETERS.reduce((text, name) => `${text}&${name}=s3cret`, URI);
  const { hidden, parameters } = toConnectionTarget(parseUri(uri), "psql", false);
  expect(hidden).toEqual(SECRET_PARAMETERS);
  expect(JSON.stringify(parameters)).not.toContain("s3cret");
  expect(toConnectionTarget(parseUri(uri), "psql", true).hidden).toEqual([]);
});

it.each([
  ["disable", "psql", ["channel_binding"]],
  ["require", "psql", []],
  ["require", "postgres.js", ["channel_binding"]],
  ["prefer", "postgres.js", []],
] as const)("channel_binding=%s is kept or named for %s", (word, client, unsaid) => {
  expect(toConnectionTarget(parseUri(asked("channel_binding", word)), client, true).unsupported).toEqual(unsaid);
});

describe("a string as it is kept", () => {
  it.each([
    `psql '${URI}'`,
    `psql "${URI}"`,
    `psql ${URI}`,
    `'${URI}'`,
    `DATABASE_URL=${URI}`,
    `DATABASE_URL="${URI}"`,
    `export DATABASE_URL='${URI}';`,
    `  DATABASE_URL = \`${URI}\`\n`,
  ])("is the URI in it: %s", (text) => {
    expect(parseUri(text)).toEqual(parseUri(URI));
  });

  it.each([
    [`jdbc:${URI}`, "there is text before it"],
    [`docker run -e URL=${URI}`, "there is text before it"],
    [`psql '${URI}' -c 'select 1'`, "there is text after it"],
    [`${URI}\nOTHER=1`, "there is text after it"],
    [`psql -h ep-cool-fox -U app shop`, "it must have the form"],
  ])("is refused with what is round it, and not shown: %s", (text, problem) => {
    let message = "";
    try {
      parseUri(text);
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toContain(problem);
    expect(message).not.toContain("ep-cool-fox");
  });
});

describe("the command", () => {
  const palisade = (words: readonly string[], input: string) =>
    spawnSync(process.execPath, [MAIN, "connection-string", "-", ...words], {
      encoding: "utf8",
      input,
      timeout: 30_000,
      env: { PATH: "" },
    });

  it("carries the search path over", () => {
    const { stdout, status } = palisade(["--reveal-password"], asked("options", "-c search_path=billing"));
    expect([status, stdout]).toEqual([0, expect.stringContaining("options=-c%20search_path%3Dbilling")]);
  });

  it("names on standard error what the client cannot be told, and in JSON", () => {
    const uri = `${asked("tcp_user_timeout", "3000")}&sslpassword=hush`;
    const { stdout, stderr } = palisade(["--client", "npgsql"], uri);
    expect(stderr).toContain("left out, npgsql cannot be told: tcp_user_timeout");
    expect(stderr).toContain("left out, secret, and shown by --reveal-password alone: sslpassword");
    expect(`${stdout}${stderr}`).not.toMatch(/hush|3000/);
    const { stdout: json } = palisade(["--client", "npgsql", "--output", "json"], uri);
    expect(JSON.parse(json)).toMatchObject({ leftOut: ["tcp_user_timeout", "sslpassword"] });
  });
});
