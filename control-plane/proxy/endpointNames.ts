import { createRefusal } from "./refusals.js";

/** A compute, and whether its pooler is meant: its name then ends with `-pooler`. */
export interface EndpointName {
  readonly id: string;
  readonly pooled: boolean;
}

/**
 * Which compute is meant: the label of the SNI name in front of the domain, or the one `endpoint=` (or `project=`) in `options`; both must agree.
 * `undefined` where neither names any. Throws a Refusal.
 */
export function parseEndpointName(domain: string, sni: string | undefined, options: string | undefined): EndpointName | undefined {
  const label = findLabel(domain, sni);
  const option = findOption(options);
  if (label !== undefined && option !== undefined && label !== option) throw createRefusal("inconsistent-endpoint-names", label, option);
  const name = label ?? option;
  return name === undefined ? undefined : toEndpointName(name);
}

/**
 * The last resort of clients that send neither: `endpoint=<id>;<password>` (or `project=`, or `$` between the two) as the password.
 * Throws a Refusal.
 */
export function parseEndpointInPassword(text: string): { named: EndpointName; password: string } {
  const [, name, password] = /^(?:endpoint|project)=([^;$]*)[;$](.*)$/s.exec(text) ?? [];
  if (name === undefined || name === "" || password === undefined) throw createRefusal("missing-endpoint-name");
  return { named: toEndpointName(name), password };
}

function toEndpointName(name: string): EndpointName {
  if (!/^[\p{Alphabetic}\p{N}-]*$/u.test(name)) throw createRefusal("malformed-endpoint-name", name);
  return { id: name.replace(/-pooler$/, ""), pooled: name.endsWith("-pooler") };
}

/**
 * What Postgres is told of a client's startup parameters: Neon's choice of five, and UTF8; with `neon_proxy_params_compat:true` in `options`, all.
 * Words of `options` that are for the proxy do not reach Postgres.
 */
export function filterStartupParameters(parameters: ReadonlyMap<string, string>): [string, string][] {
  const words = splitOptions(parameters.get("options"));
  const options = words.filter((word) => parseEndpointWord(word) === undefined && !FOR_NEON.test(word)).join(" ");
  const all = words.includes("neon_proxy_params_compat:true");
  const kept = [...parameters].filter(
    ([name]) => name !== "options" && !name.startsWith("_pq_.") && (all || FORWARDED_PARAMETERS.includes(name)),
  );
  return [...kept, ...(all ? [] : [CLIENT_ENCODING]), ...(options === "" ? [] : [["options", options] as [string, string]])];
}

const FORWARDED_PARAMETERS = ["user", "database", "application_name", "replication"];
const CLIENT_ENCODING: [string, string] = ["client_encoding", "UTF8"];
const FOR_NEON = /^neon_\w+:/;

/** Exactly one label: a certificate for `*.<domain>` is good for no more. */
function findLabel(domain: string, sni: string | undefined): string | undefined {
  const suffix = `.${domain}`;
  const name = sni?.toLowerCase();
  const label = name?.endsWith(suffix) ? name.slice(0, -suffix.length) : "";
  return label === "" || label.includes(".") ? undefined : label;
}

/** Two names are as good as none: nobody knows which one is meant. */
function findOption(options: string | undefined): string | undefined {
  const named = splitOptions(options).flatMap((word) => parseEndpointWord(word) ?? []);
  return named.length === 1 && named[0] !== "" ? named[0] : undefined;
}

const parseEndpointWord = (word: string): string | undefined => /^(?:endpoint|project)=(.*)$/s.exec(word)?.[1];

/** As Postgres splits `options`: at white space that no backslash is before. */
const splitOptions = (options = ""): string[] => options.match(/(?:\\[\s\S]|[^\s\\]|\\$)+/g) ?? [];
