import type { Config } from "../contract/account.js";
import { type Configuration, readConfiguration } from "./client/configuration.js";
import { Declarations } from "./engine/declarations.js";
import { type Hooks, createHooks } from "./engine/hooks.js";
import { UnmanagedEntries } from "./resources/shared/unmanagedEntries.js";
import { catalogue, type Kind } from "./resources/index.js";
import type { Sessions } from "./engine/session.js";
import type { NeonContext } from "./resources/shared/context.js";

/** What the dynamic host calls: the hooks, and `configure` once for each kind. */
interface DynamicProvider extends Hooks {
  configure(request: { config: Config }): Promise<void>;
}

// The host may call a hook while the first `configure` still runs (reproduced on @pulumi/pulumi 3.248 and 3.270): hooks wait for this promise.
let configured: (configuration: Configuration) => void;
const configuration = new Promise<Configuration>((resolve) => (configured = resolve));
const stop = new AbortController();
const foreign = new UnmanagedEntries();
const declarations = new Declarations();
// The client is loaded by the first call: a preview, and an `up` with nothing to do, make none.
let client: Promise<Sessions<NeonContext>> | undefined;
const getSession: Sessions<NeonContext> = async (account) => {
  client ??= import("./sessions.js").then(({ createSessions }) => createSessions(configuration, stop.signal, foreign));
  return (await client)(account);
};
let running = 0;

// The engine ends its plugins by SIGINT: at once when nothing runs; else waits stop, and what is half-made is still reported.
process.on("SIGINT", () => {
  stop.abort();
  if (running === 0) process.exit(0);
});

function createProvider(kind: Kind): DynamicProvider {
  const inner = createHooks(catalogue[kind] as never, getSession, declarations, async (account) => (await configuration).getHost(account));
  const counted =
    <A extends unknown[], R>(hook: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      running += 1;
      try {
        return await hook(...args);
      } finally {
        // Before the last answer leaves: the engine may end the process after it.
        if (running === 1) for (const line of [...foreign.takeNotices(), ...declarations.takeNotices()]) console.log(line);
        running -= 1;
        // After the answer has left.
        if (stop.signal.aborted && running === 0) setImmediate(() => setTimeout(() => process.exit(0), 100));
      }
    };
  return {
    check: inner.check,
    diff: inner.diff,
    create: counted(inner.create),
    read: counted(inner.read),
    update: counted(inner.update),
    delete: counted(inner.delete),
    configure: ({ config }) => {
      configured(
        readConfiguration(config, process.env, (line) => {
          console.log(line);
        }),
      );
      return Promise.resolve();
    },
  };
}

/**
 * What the text in Pulumi's state requires, by the name of the kind:
 * `exports.handler=()=>require("@palisade/neon/provider").Branch`.
 */
const providers = {} as Record<Kind, DynamicProvider>;
for (const kind of Object.keys(catalogue) as Kind[]) {
  let provider: DynamicProvider | undefined;
  Object.defineProperty(providers, kind, { enumerable: true, get: () => (provider ??= createProvider(kind)) });
}
export = providers;
