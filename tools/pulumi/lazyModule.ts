/** What stands for a CommonJS module until something of it is read. */
export function createLazyModule(loadModule: () => object): object {
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
