import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import type { PlaneOptions } from "@palisade/neon/contract/plane";
import type { ConnectionUri } from "@palisade/neon/contract/wire/connection";
import type { ProxyFacts } from "@palisade/neon/contract/wire/planeStatus";
import type { Endpoint } from "@palisade/neon/contract/wire/endpoint";
import type { StoredEndpoint } from "./store/kinds.js";

/** Where a compute is reached from this machine, and the connection strings that work here as they are. */
export interface Hosts {
  /** What Neon calls `proxy_host`: the domain of all computes. */
  readonly proxyHost: string;
  /** Absent where computes are records. */
  readonly proxy: ProxyFacts | undefined;
  formatHost: (endpointId: string) => string;
  /** A stored compute as it is answered: the way names resolve is the machine's, not the data's. */
  toEndpoint: (endpoint: StoredEndpoint) => Endpoint;
  formatUri: (to: Login, pooled?: boolean) => string;
  toConnection: (to: Login) => ConnectionUri;
}

/** Who connects, to what. A role without a password gets a string without one. */
export interface Login {
  endpointId: string;
  role: string;
  password: string | undefined;
  database: string;
}

/** Computes are `<id>.db.localhost`: two labels, because clients refuse a wildcard right below a top-level domain. */
export const DOMAIN = "db.localhost";
const UNIVERSAL = "localhost";
/** It, and what is below it: labels, and nothing that ends a name in a URL. */
const NAME = /^(?:[a-z0-9_-]+\.)*localhost$/;

/**
 * Whether a `Host` is a name or an address of this machine alone. A web page whose name its author's DNS leads here (DNS rebinding) sends that name,
 * and would else be of the plane's own origin.
 */
export function isOwnHost(host = ""): boolean {
  const name = host.replace(/:\d{1,5}$/, "").toLowerCase();
  return NAME.test(name) || name === "[::1]" || (isIP(name) === 4 && name.startsWith("127."));
}

/** A resolver that has not answered by then would make every connection slow too. */
const PROBE_MS = 300;

/** `sni`: a name per compute under db.localhost; `universal`: localhost, with the compute in `options`. */
export function createHosts(mode: "sni" | "universal", proxyPort: number, rootCert: string | undefined): Hosts {
  const sni = mode === "sni";
  const name = (endpointId: string, pooled: boolean) => `${endpointId}${pooled ? "-pooler" : ""}`;
  const host = (endpointId: string, pooled = false) => (sni ? `${name(endpointId, pooled)}.${DOMAIN}` : UNIVERSAL);
  const proxyHost = sni ? DOMAIN : UNIVERSAL;
  // With our own authority at hand there is no reason for less than the full check; without a proxy, Neon's usual form.
  const tls = rootCert === undefined ? "sslmode=require" : `sslmode=verify-full&sslrootcert=${encodeURIComponent(rootCert)}`;
  const uri = ({ endpointId, role, password, database }: Login, pooled = false) => {
    const user = encodeURIComponent(role) + (password === undefined ? "" : `:${encodeURIComponent(password)}`);
    const port = proxyPort === 0 ? "" : `:${proxyPort}`;
    const options = sni ? "" : `&options=endpoint%3D${name(endpointId, pooled)}`;
    return `postgresql://${user}@${host(endpointId, pooled)}${port}/${encodeURIComponent(database)}?${tls}&channel_binding=require${options}`;
  };
  return {
    proxyHost,
    proxy: rootCert === undefined ? undefined : { port: proxyPort, root_cert: rootCert },
    formatHost: host,
    formatUri: uri,
    toEndpoint: (endpoint) => ({ ...endpoint, host: host(endpoint.id), proxy_host: proxyHost }),
    toConnection: (to) => ({
      connection_uri: uri(to),
      connection_parameters: {
        database: to.database,
        password: to.password ?? "",
        role: to.role,
        host: host(to.endpointId),
        pooler_host: host(to.endpointId, true),
      },
    }),
  };
}

/** `auto` asks this machine whether names under db.localhost lead to it. */
export async function detectHostsMode(asked: PlaneOptions["hosts"]): Promise<"sni" | "universal"> {
  if (asked !== "auto") return asked;
  const late = new Promise<undefined>((resolve) => setTimeout(resolve, PROBE_MS, undefined).unref());
  const found = await Promise.race([lookup(`x.${DOMAIN}`).catch(() => undefined), late]);
  return found && (found.address === "::1" || found.address.startsWith("127.")) ? "sni" : "universal";
}
