const vm = require("node:vm");

/** Neither a script that V8 has compiled nor what is kept of one has what Node asks for an `import()`. */
const IMPORTS = /\bimport\s*\(/;

/**
 * A CommonJS module as a script, whose value is the function that loads it: V8 finds one compiled again, and no `vm.compileFunction`.
 * @returns nothing where the source imports when it runs, or is no CommonJS: whoever asks compiles that as ever, and tells what is wrong with it
 */
exports.createModuleScript = (source, parameters, { filename, cachedData }) => {
  if (IMPORTS.test(source)) return undefined;
  const head = `(function (${parameters.join(", ")}) {`;
  try {
    return new vm.Script(`${head}${source}\n})`, { filename, columnOffset: -head.length, ...(cachedData && { cachedData }) });
  } catch {
    return undefined;
  }
};
