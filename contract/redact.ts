const SECRETS: readonly [RegExp, string][] = [
  [/napi_[A-Za-z0-9_]{4,}/g, "napi_…"],
  [/npg_[A-Za-z0-9]{4,}/g, "npg_…"],
  [/(Bearer\s+)[^\s"']+/gi, "$1…"],
];

/** A connection URI up to the colon before its password, and the rest of the word: where no `@` follows, it was a port. */
const LOGIN = /(postgres(?:ql)?:\/\/[^:/?#\s@]+:)(\S*)/g;

/** Where the password of a login ends, in the rest of the word: at its last `@`, and before a quote that ends the URI if there is one. */
function findPasswordEnd(rest: string): number {
  const quote = rest.search(/["'<>]/);
  const within = rest.slice(0, quote < 0 ? rest.length : quote).lastIndexOf("@");
  return within > 0 ? within : rest.indexOf("@", 1);
}

/** Whether a text holds a connection URI with a password. */
export const hasPasswordUri = (text: string): boolean => [...text.matchAll(LOGIN)].some(([, , rest = ""]) => findPasswordEnd(rest) > 0);

function redactLogin(whole: string, login: string, rest: string): string {
  const end = findPasswordEnd(rest);
  return end > 0 ? `${login}…${rest.slice(end)}` : whole;
}

/** Redacts API keys, generated passwords, bearer tokens and passwords of connection URIs in a text. Linear in its length. */
export const redact = (text: string): string =>
  SECRETS.reduce((rest, [pattern, mask]) => rest.replace(pattern, mask), text.replace(LOGIN, redactLogin));
