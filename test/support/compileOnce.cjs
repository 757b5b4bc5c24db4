const vm = require("node:vm");

const { compileFunction } = vm;

/**
 * What Jest compiles for a file of tests, V8 finds compiled for the next one of its worker: each file loads every module anew, and that was a tenth of
 * all time. `vm.compileFunction` asks no cache, and a script with a callback for `import()` is another script each time.
 */
vm.compileFunction = (source, parameters, options) => {
  if (options?.parsingContext === undefined || /\bimport\s*\(/.test(source)) return compileFunction(source, parameters, options);
  const head = `(function (${parameters.join(", ")}) {`;
  const script = new vm.Script(`${head}${source}\n})`, { filename: options.filename, columnOffset: -head.length });
  return script.runInContext(options.parsingContext);
};
