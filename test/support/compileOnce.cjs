const vm = require("node:vm");
const { createModuleScript } = require("./moduleScript.cjs");

const { compileFunction } = vm;

/**
 * What Jest compiles for a file of tests, V8 finds compiled for the next one of its worker: each file loads every module anew, and that was a tenth of
 * all time. `vm.compileFunction` asks no cache, and a script with a callback for `import()` is another script each time.
 */
vm.compileFunction = (source, parameters, options) => {
  const context = options?.parsingContext;
  const script = context && createModuleScript(source, parameters, options);
  return script === undefined ? compileFunction(source, parameters, options) : script.runInContext(context);
};
