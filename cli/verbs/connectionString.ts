import { InvalidArgumentError } from "commander";
import { CONNECTION_CLIENTS, type ConnectionClient } from "../../contract/connection.js";
import { formatSuggestion } from "../../contract/didYouMean.js";
import { PalisadeError } from "../../contract/errors.js";
import { EXIT } from "../../contract/exitCodes.js";
import { type ConnectionForm, connectionString as formOf } from "../../sdk/connectionString.js";
import { readConnectionTarget, type ConnectionTarget } from "../connection/connectionTarget.js";
import { readCertificates, findRootStore } from "../connection/rootStore.js";
import { readSettings } from "../connection/settings.js";
import { formatNodePostgresSnippet, formatPostgresJsSnippet } from "../connection/snippet.js";
import { readStandardInput } from "../connection/standardInput.js";
import { type UriConnectionTarget, toConnectionTarget } from "../connection/uriTarget.js";
import { parseUri } from "../connection/uri.js";
import { escapeForTerminal, toSafeJson } from "../../review/terminalText.js";
import type { Verb } from "../verb.js";
import { createOutputOption } from "../options.js";

interface Options {
  client: ConnectionClient;
  project?: string;
  branch?: string;
  role?: string;
  database?: string;
  pooled: boolean;
  revealPassword: boolean;
  stack?: string;
  cwd: string;
  output: "text" | "json";
}

export const connectionString: Verb = (program, ended) =>
  void program
    .command("connection-string")
    .argument("[-]", "- takes a connection URI from standard input instead of asking the API")
    .option("--client <name>", "for which client (see below)", parseClient, "psql")
    .option("--project <id or name>", "project; the only one when omitted")
    .option("--branch <id or name>", "branch; the default one when omitted")
    .option("--role <name>", "role; the only one when omitted")
    .option("--database <name>", "database; the only one when omitted")
    .option("--pooled", "through the pooler", false)
    .option("--reveal-password", "put the password in, too", false)
    .option("--stack <name>", "stack whose configuration names the API; the selected one when omitted")
    .option("--cwd <directory>", "directory of the Pulumi project", ".")
    .addOption(createOutputOption())
    .addHelpText("after", `\nClients:\n${formatClients()}\n\n${NOTES}`)
    .action(async (source: string | undefined, options: Options) => {
      if (source !== undefined && source !== "-")
        throw new PalisadeError("PAL_USAGE", "a URI is taken from standard input only: give - alone");
      const place: UriConnectionTarget =
        source === "-"
          ? await readTargetFromInput(options)
          : await readConnectionTarget(
              (await readSettings(options.cwd, options.stack)).getAccount(undefined),
              options,
              options.revealPassword,
            );
      const printed = options.output === "json" ? `${toSafeJson(toJson(place, options))}\n` : formatConnection(place, options);
      process.stdout.write(printed);
      const { client } = options;
      for (const [names, why] of [
        [place.unsupported ?? [], `${client} cannot be told`],
        [place.hidden ?? [], "secret, and shown by --reveal-password alone"],
      ] as const)
        if (names.length > 0) process.stderr.write(`palisade: left out, ${why}: ${names.map(escapeForTerminal).join(", ")}\n`);
      if (place.password === undefined) process.stderr.write(`palisade: ${formatPasswordNote(options.client)}\n`);
      ended(EXIT.done);
    });

function parseClient(name: string): ConnectionClient {
  const known = Object.keys(CONNECTION_CLIENTS);
  if (!known.includes(name)) throw new InvalidArgumentError(`There is no client "${name}"${formatSuggestion(name, known)}`);
  return name as ConnectionClient;
}

const formatClients = () =>
  Object.entries(CONNECTION_CLIENTS)
    .map(([name, what]) => `  ${name.padEnd(16)} ${what}`)
    .join("\n");

const NOTES = `The root is the plane's own certificate for an embedded plane, sslrootcert of a given URI, else this machine's store (SSL_CERT_FILE, else the
system's file). The string is for this machine: elsewhere that file may be another.`;

async function readTargetFromInput({ revealPassword, ...asked }: Options): Promise<UriConnectionTarget> {
  for (const name of ["project", "branch", "role", "database"] as const)
    if (asked[name] !== undefined)
      throw new PalisadeError("PAL_USAGE", `--${name} is for the API; the URI on standard input says all that itself`);
  return toConnectionTarget(parseUri(await readStandardInput()), asked.client, revealPassword);
}

/** libpq knows the word `system` since 16 only: the file is named where there is one. */
const BY_FILE: readonly ConnectionClient[] = ["psql", "libpq", "psycopg", "sqlalchemy"];
const findRootCertificate = (client: ConnectionClient, { rootCert }: ConnectionTarget) =>
  rootCert ?? (BY_FILE.includes(client) ? findRootStore(process.env) : undefined);

function buildArguments<C extends ConnectionClient>(
  client: C,
  { host, port, endpointOption, database, role, password, parameters, channelBinding }: UriConnectionTarget,
  pooled: boolean,
) {
  return { client, host, port, endpointOption, database, role, password, pooled, parameters, channelBinding };
}

function formatConnection(place: UriConnectionTarget, { client, pooled }: Options): string {
  const root = findRootCertificate(client, place);
  if (client === "node-postgres") return formatNodePostgresSnippet(formOf(buildArguments(client, place, pooled)), root);
  if (client === "postgres.js") return formatPostgresJsSnippet(formOf(buildArguments(client, place, pooled)), root);
  return `${formOf({ ...buildArguments(client, place, pooled), rootCert: root })}\n`;
}

/** The object of an object client is ready to use: with the certificates themselves. */
function toJson(
  place: UriConnectionTarget,
  { client, pooled }: Options,
): { client: string; connection: ConnectionForm<ConnectionClient>; rootCert: string; leftOut: string[] } {
  const root = findRootCertificate(client, place);
  const isObject = client === "node-postgres" || client === "postgres.js";
  const rootCert = root !== undefined && isObject ? readCertificates(root) : root;
  return {
    client,
    connection: formOf({ ...buildArguments(client, place, pooled), rootCert }),
    rootCert: root ?? "system",
    leftOut: [...(place.unsupported ?? []), ...(place.hidden ?? [])],
  };
}

/** Those that take PGPASSWORD from the environment by themselves, or by the line that is printed. */
const NOT_FROM_ENVIRONMENT: readonly ConnectionClient[] = ["jdbc", "prisma", "tokio-postgres"];
const formatPasswordNote = (client: ConnectionClient) =>
  `the password is left out: ${NOT_FROM_ENVIRONMENT.includes(client) ? `give it to ${client} in its own way` : "set PGPASSWORD"}, or add --reveal-password`;
