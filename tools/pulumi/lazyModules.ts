/**
 * Preloaded into every Node process of a stack (`node --require`): what `@pulumi/pulumi` loads for the serialisation of functions, for the
 * Automation API and for traces is loaded when something of it is used. A program of ours never does: a small one
 * takes 0.3 s of processor time instead of 1.2 s, at each call of the CLI. Its stack traces are left as they are compiled, and
 * none is taken for a promise: the SDK does for each, and reads the maps of all its own files for the first.
 */
import Module from "node:module";
import { basename, join } from "node:path";
import { createLazyModule } from "./lazyModule.js";

type Load = (this: unknown, request: string, parent: { filename?: string } | undefined, isMain: boolean) => unknown;
const loader = Module as unknown as { _load: Load };
const load = loader._load;

const LAZY: ReadonlySet<string> = new Set([
  // Functions in a state.
  ...["@npmcli/arborist", "normalize-package-data", "typescript"],
  // The Automation API.
  ...["./automation", "execa", "js-yaml"],
  // Traces.
  ...["core", "exporter-zipkin", "instrumentation", "instrumentation-grpc", "resources", "sdk-trace-base", "sdk-trace-node"].map(
    (name) => `@opentelemetry/${name}`,
  ),
]);
const STACK_TRACES = "source-map-support/register";
const SDK = join("node_modules", "@pulumi", "pulumi");
/** Doubles of providers read an SDK with the compiler once for each installation, and call the services of AWS that a program has kinds of. */
const DOUBLES = join("tools", "counterparts", "providers");

loader._load = function (request, parent, isMain) {
  const from = parent?.filename ?? "";
  const isOfSdk = from.includes(SDK);
  if (isOfSdk && request === STACK_TRACES) return {};
  const isLazy = isOfSdk
    ? LAZY.has(request)
    : from.includes(DOUBLES) && (request === "typescript" || request.startsWith("@aws-sdk/client-"));
  if (isLazy) return createLazyModule(() => load.call(Module, request, parent, isMain) as object);
  const loaded = load.call(this, request, parent, isMain);
  if (isOfSdk && basename(request) === "debuggable") leaveOutStackTraces(loaded as Debuggable);
  return loaded;
};

interface Debuggable {
  debuggablePromise: (...promise: unknown[]) => unknown;
}

const quiet = new WeakSet<Debuggable>();

/** Of promises that never end, which only PULUMI_DEBUG_PROMISE_LEAKS prints; that there are some is told all the same. */
function leaveOutStackTraces(module: Debuggable): void {
  if (quiet.has(module)) return;
  quiet.add(module);
  const { debuggablePromise } = module;
  module.debuggablePromise = (...promise) => {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    try {
      return debuggablePromise(...promise);
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  };
}
