import { type LookupAddress, lookup } from "node:dns";
import { Resolver } from "node:dns/promises";

/** Of one name, both families together; milliseconds. */
const DEADLINE_MS = 8_000;
/** Of one question to one server, doubled when it is asked again; milliseconds. */
const QUESTION_MS = 1_500;
const TRIES = 2;

/**
 * The addresses of a name that the operator has not allowed, by questions to name servers alone. `getaddrinfo` would take one of the process's four
 * threads until a server answers, and a tenant chooses the server: the plane's files and passwords wait for the same threads.
 * @param signal ends it, for a sink that is closed
 * @param servers of tests: `127.0.0.1:PORT`. Default: those of the system
 */
export async function resolveByNameServers(name: string, signal: AbortSignal, servers?: readonly string[]): Promise<LookupAddress[]> {
  // One for each look-up: what is cancelled is its own.
  const resolver = new Resolver({ timeout: QUESTION_MS, tries: TRIES });
  if (servers) resolver.setServers(servers);
  const cancel = () => {
    resolver.cancel();
  };
  const deadline = setTimeout(cancel, DEADLINE_MS);
  signal.addEventListener("abort", cancel, { once: true });
  try {
    const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
    const found = answers.flatMap((answer, at) =>
      answer.status === "fulfilled" ? answer.value.map((address) => ({ address, family: at === 0 ? 4 : 6 })) : [],
    );
    const failed = answers.find((answer) => answer.status === "rejected");
    if (found.length === 0 && failed) throw failed.reason;
    return found;
  } finally {
    clearTimeout(deadline);
    signal.removeEventListener("abort", cancel);
  }
}

/** As every program of the machine finds it, its own hosts included: for names that the operator allows. */
export const resolveBySystem = (name: string): Promise<LookupAddress[]> =>
  new Promise((resolve, reject) => {
    lookup(name, { all: true }, (error, addresses) => {
      if (error === null) resolve(addresses);
      else reject(error);
    });
  });
