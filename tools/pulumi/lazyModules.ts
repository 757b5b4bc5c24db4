/**
 * Preloaded into every Node process of a stack (`node --require`): what `@pulumi/pulumi` loads for the serialisation of functions alone
 * (TypeScript's compiler, npm's reader of dependency trees) is loaded when something of it is used. A program of ours never does, and the
 * two are most of what starting a program or a provider costs: 0.7 s of 1.2 s of processor time, at each call of the CLI.
 */
import Module from "node:module";
import { join } from "node:path";

type Load = (this: unknown, request: string, parent: { filename?: string } | undefined, isMain: boolean) => unknown;
const loader = Module as unknown as { _load: Load };
const load = loader._load;

const LAZY: ReadonlySet<string> = new Set(["@npmcli/arborist", "typescript"]);
const SDK = join("node_modules", "@pulumi", "pulumi");

loader._load = function (request, parent, isMain) {
  const forClosures = LAZY.has(request) && parent?.filename?.includes(SDK) === true;
  return forClosures
    ? createLazyModule(() => load.call(Module, request, parent, isMain) as object)
    : load.call(this, request, parent, isMain);
};

/** What stands for a CommonJS module until something of it is read. */
function createLazyModule(loadModule: () => object): object {
  let loaded: object | undefined;
  const module = (): object => (loaded ??= loadModule());
  return new Proxy(
    {},
    {
      get: (_target, key) => {
        // Else the compiled form of `import * as x` would copy every property at once; it reads the module itself as `default` then.
        if (key === "__esModule") return true;
        return key === "default" ? module() : (Reflect.get(module(), key) as unknown);
      },
      has: (_target, key) => Reflect.has(module(), key),
    },
  );
}
