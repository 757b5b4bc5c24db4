const { createLazyModule } = require("../../../tools/pulumi/lazyModule");

module.exports = createLazyModule(() => require("../../../node_modules/typescript/lib/typescript.js"));
