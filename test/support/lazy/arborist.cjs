const { createLazyModule } = require("../../../tools/pulumi/lazyModule");

module.exports = createLazyModule(() => require("../../../node_modules/@npmcli/arborist/lib/index.js"));
