/**
 * Preloaded into every Node process of a stack (`node --require`): what `@pulumi/pulumi` loads for the serialisation of functions, for the
 * Automation API and for traces is loaded when something of it is used. A program of ours never does, and it is most of what starting a
 * program or a provider costs: 0.9 s of 1.2 s of processor time, at each call of the CLI. Its stack traces are left as they are compiled: the
 * SDK takes one for each promise and each resource, and the maps of all its own files are read for the first.
 */
import Module from "node:module";
import { join } from "node:path";
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

loader._load = function (request, parent, isMain) {
  if (parent?.filename?.includes(SDK) !== true) return load.call(this, request, parent, isMain);
  if (request === STACK_TRACES) return {};
  return LAZY.has(request)
    ? createLazyModule(() => load.call(Module, request, parent, isMain) as object)
    : load.call(this, request, parent, isMain);
};
