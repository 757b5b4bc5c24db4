import { refusal } from "./refusals.js";

/** A compute, and whether its pooler is meant: its name then ends with `-pooler`. */
export interface Named {
  readonly id: string;
  readonly pooled: boolean;
}

/**
 * Which compute is meant: the label of the SNI name in front of the domain, or the one `endpoint=` (or `project=`) in `options`; both must agree.
 * `undefined` where neither names any. Throws a Refusal.
 */
export function endpointNamed(domain: string, sni: string | undefined, options: string | undefined): Named | undefined {
  const label = labelOf(domain, sni);
  const option = optionOf(options);
  if (label !== undefined && option !== undefined && label !== option) throw refusal("inconsistent-endpoint-names", label, option);
  const name = label ?? option;
  return name === undefined ? undefined : namedBy(name);
}

/**
 * The last resort of clients that send neither: `endpoint=<id>;<password>` (or `project=`, or `$` between the two) as the password.
 * Throws a Refusal.
 */
export function endpointInPassword(text: string): { named: Named; password: string } {
  const [, name, password] = /^(?:endpoint|project)=([^;$]*)[;$](.*)$/s.exec(text) ?? [];
  if (name === undefined || name === "" || password === undefined) throw refusal("missing-endpoint-name");
  return { named: namedBy(name), password };
}

function namedBy(name: string): Named {
  if (!/^[\p{Alphabetic}\p{N}-]*$/u.test(name)) throw refusal("malformed-endpoint-name", name);
  return { id: name.replace(/-pooler$/, ""), pooled: name.endsWith("-pooler") };
}

/**
 * What Postgres is told of a client's startup parameters: Neon's choice of five, and UTF8; with `neon_proxy_params_compat:true` in `options`, all.
 * Words of `options` that are for the proxy do not reach Postgres.
 */
export function forwarded(parameters: ReadonlyMap<string, string>): [string, string][] {
  const words = wordsOf(parameters.get("options"));
  const options = words.filter((word) => endpointWord(word) === undefined && !FOR_NEON.test(word)).join(" ");
  const all = words.includes("neon_proxy_params_compat:true");
  const kept = [...parameters].filter(([name]) => name !== "options" && !name.startsWith("_pq_.") && (all || FORWARDED.includes(name)));
  return [...kept, ...(all ? [] : [CLIENT_ENCODING]), ...(options === "" ? [] : [["options", options] as [string, string]])];
}

const FORWARDED = ["user", "database", "application_name", "replication"];
const CLIENT_ENCODING: [string, string] = ["client_encoding", "UTF8"];
const FOR_NEON = /^neon_\w+:/;

/** Exactly one label: a certificate for `*.<domain>` is good for no more. */
function labelOf(domain: string, sni: string | undefined): string | undefined {
  const suffix = `.${domain}`;
  const name = sni?.toLowerCase();
  const label = name?.endsWith(suffix) ? name.slice(0, -suffix.length) : "";
  return label === "" || label.includes(".") ? undefined : label;
}

/** Two names are as good as none: nobody knows which one is meant. */
function optionOf(options: string | undefined): string | undefined {
  const named = wordsOf(options).flatMap((word) => endpointWord(word) ?? []);
  return named.length === 1 && named[0] !== "" ? named[0] : undefined;
}

const endpointWord = (word: string): string | undefined => /^(?:endpoint|project)=(.*)$/s.exec(word)?.[1];

/** As Postgres splits `options`: at white space that no backslash is before. */
const wordsOf = (options = ""): string[] => options.match(/(?:\\[\s\S]|[^\s\\]|\\$)+/g) ?? [];
