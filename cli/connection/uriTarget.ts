import type { ConnectionClient } from "../../contract/connection.js";
import { translateParameters, SECRET_PARAMETERS, listUnenforcedChecks } from "../../contract/connectionParameters.js";
import type { ConnectionTarget } from "./connectionTarget.js";
import type { Login } from "./uri.js";

/** A connection target from a URI, with the further parameters of that URI. */
export interface UriConnectionTarget extends ConnectionTarget {
  readonly channelBinding?: boolean;
  /** What the client can be told, by libpq's names. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Names of what it cannot be told. */
  readonly unsupported?: readonly string[];
  /** Names of secrets that were not asked for. */
  readonly hidden?: readonly string[];
}

/** Converts a URI for another client; every parameter that is dropped is named. */
export function toConnectionTarget(login: Login, client: ConnectionClient, reveal: boolean): UriConnectionTarget {
  const { host, port, database, role, password, channelBinding, parameters } = login;
  const rootCert = login.rootCert === "system" ? undefined : login.rootCert;
  const hidden = reveal ? [] : SECRET_PARAMETERS.filter((name) => name in parameters);
  const { endpoint, rest } = splitOptions(parameters["options"] ?? "");
  const others = Object.entries(parameters).filter(([name]) => name !== "options" && !hidden.includes(name));
  const asked = Object.fromEntries([...others, ...(rest === "" ? [] : [["options", rest]])]) as Record<string, string>;
  const { unsupported: unsaid } = translateParameters(client, asked);
  return {
    host,
    port,
    database,
    role,
    rootCert,
    endpointOption: endpoint,
    password: reveal ? password : undefined,
    channelBinding: channelBinding === undefined || channelBinding === "require",
    parameters: Object.fromEntries(Object.entries(asked).filter(([name]) => !unsaid.includes(name))),
    unsupported: [...listUnenforcedChecks(client, { channelBinding, rootCert }), ...unsaid],
    hidden,
  };
}

/** Neon's proxy reads `endpoint=…` out of the options and passes the rest on. */
function splitOptions(options: string): { endpoint: string | undefined; rest: string } {
  const words = options.split(/\s+/).filter((word) => word !== "");
  const named = words.find((word) => word.startsWith("endpoint="));
  const rest = options.includes("endpoint=") ? words.filter((word) => word !== named).join(" ") : options;
  return { endpoint: named?.slice("endpoint=".length), rest };
}
